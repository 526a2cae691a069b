import { useTranslation } from 'react-i18next'
import type { InvoiceRow } from '#protocol/payments-invoices.ts'
import { Status } from '../../../ui/status.tsx'

/** 有効, 再発行 or 旧版. */
export const DocumentState = ({ row }: { readonly row: Pick<InvoiceRow, 'state' | 'revision'> }) => {
  const { t } = useTranslation('invoices')
  if (row.state === 'replaced') return <Status tone="off">{t('state.replaced')}</Status>
  if (row.revision > 0) return <Status tone="warning">{t('state.reissued', { text: row.revision })}</Status>
  return <Status tone="ok">{t('state.current')}</Status>
}
