import type { CaseRow } from '#protocol/payments-records.ts'
import { isService } from '../../i18n/names.ts'
import type { Tone } from '../../ui/status.tsx'

/** What may be said of a case of 要対応, pure. */

export type CaseStep = 'took' | 'noted' | 'closed' | 'reopened'
/** What can be done with a case as it stands, in the order of its buttons: the backend refuses the rest. */
export const caseSteps: Readonly<Record<CaseRow['state'], readonly CaseStep[]>> = {
  open: ['took', 'noted', 'closed'],
  taken: ['took', 'noted', 'closed'],
  closed: ['reopened'],
}

export const caseTones: Readonly<Record<CaseRow['state'], Tone>> = { open: 'warning', taken: 'busy', closed: 'ok' }

/** Closed by a later look that found it gone: nobody had to. */
export const settledItself = ({ state, history }: Pick<CaseRow, 'state' | 'history'>): boolean =>
  state === 'closed' && isService(history.at(-1)?.by ?? '')

/** What a case is about where it is the payment as a whole: no id to show. */
const wholeOrder = 'order'
/** A number that helps to find it at the provider; null: none. */
export const numberOf = ({ about, kind }: Pick<CaseRow, 'about' | 'kind'>): string | null =>
  about === '' || about === wholeOrder || about === 'end' || kind === 'unknown-for-long' ? null : about

/** Whether what stands on our side is part of the case: these two are about what our books hold already. */
export const comparesOurs = ({ kind, ours }: Pick<CaseRow, 'kind' | 'ours'>): boolean =>
  ours !== '' || (kind !== 'dispute' && kind !== 'unknown-for-long')
