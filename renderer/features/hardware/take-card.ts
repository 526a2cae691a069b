import i18n from 'i18next'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { showToast } from '../../app/toasts.ts'

/** @returns true: taken or refused, and said so; false: a certificate has to be made first, for which a name is needed */
export const takeCard = async (card: string): Promise<boolean> => {
  const taken = await act(() =>
    desktop.hardware.takeCard({ card, person: null }).then(
      () => 'taken' as const,
      (thrown: unknown) => {
        if (failureIn(thrown).code === 'hardware.needs-certificate') return 'unnamed' as const
        throw thrown
      },
    ),
  )
  if (taken === 'taken') showToast({ tone: 'ok', title: i18n.t('hardware:done.taken') })
  return taken !== 'unnamed'
}
