import { useTranslation } from 'react-i18next'
import type { Failure } from '#protocol/errors.ts'

/** What happened and what to do, in the language of the screen. */
export const useFailureText = (failure: Failure): { readonly what: string; readonly todo: string } => {
  const { t } = useTranslation('errors')
  return {
    what: t(`${failure.code}.what` as 'internal.unexpected.what', failure.params),
    todo: t(`${failure.code}.todo` as 'internal.unexpected.todo', failure.params),
  }
}
