import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SignedCommand } from '#protocol/command.ts'
import type { Role } from '#protocol/permission.ts'
import { act } from '../../app/act.ts'
import { backendNow } from '../../app/clock.ts'
import { desktop } from '../../app/desktop.ts'
import { goTo } from '../../app/navigation.ts'
import type { Proposable } from '../../app/proposing.ts'
import { dateTime } from '../../format/instant.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { DescribedLines, useDescribed } from './described.tsx'

/** Offers to put a command before its approvers: what it does to whom, how many, of which roles, until when. */
export const ProposeDialog = ({ sent, params, onClose }: Proposable & { readonly onClose: () => void }) => {
  const { t } = useTranslation('approvals')
  const { t: common } = useTranslation()
  const { described, title } = useDescribed({
    statement: { command: sent.command },
    params: params as SignedCommand['params'],
  })
  const [busy, setBusy] = useState(false)
  const { count = 1, roles = '', withinMs = 0 } = sent.failure?.params ?? {}
  const [until] = useState(() => backendNow() + Number(withinMs))
  const named = String(roles)
    .split(' ')
    .filter(Boolean)
    .map((role) => common(`role.${role as Role}`))
    .join(t('or'))
  const propose = async (): Promise<void> => {
    setBusy(true)
    const done = await act(
      () => desktop.approvals.propose({ id: sent.id }),
      () => t('proposed'),
    )
    setBusy(false)
    if (done === null) return
    onClose()
    goTo({ page: 'approvals', key: null })
  }
  return (
    <Confirm
      open
      title={t('propose.title')}
      description={t('propose.text')}
      action={t('propose.action')}
      look="primary"
      busy={busy}
      onCancel={onClose}
      onConfirm={() => void propose()}
    >
      <section aria-label={title} className="flex flex-col gap-1 rounded-md bg-raised px-3 py-2">
        <p className="font-bold">{title}</p>
        <DescribedLines described={described} />
      </section>
      <dl className="mt-3 grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
        <dt className="text-muted">{t('propose.needs')}</dt>
        <dd>{t('propose.count', { count: Number(count), roles: named })}</dd>
        <dt className="text-muted">{t('propose.until')}</dt>
        <dd className="figure">{dateTime(until)}</dd>
      </dl>
    </Confirm>
  )
}
