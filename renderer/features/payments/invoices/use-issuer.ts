import { type IssuerRow, issuers } from '#protocol/payments-invoices.ts'
import { useList } from '../../../app/collection.ts'

/** Who issues; null: nobody is registered. undefined: not known yet. */
export const useIssuer = (): IssuerRow | null | undefined => {
  const list = useList<IssuerRow>(issuers.name)
  return list.rows[0] ?? (list.state === 'ready' ? null : undefined)
}
