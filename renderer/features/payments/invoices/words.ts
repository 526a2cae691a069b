import { useTranslation } from 'react-i18next'
import type { IssuedDocument } from '#protocol/payments-invoices.ts'
import { documentName } from '#protocol/payments-invoicing.ts'
import { documentCurrency, isReduced } from '#protocol/payments-tax.ts'
import { useMoney } from '../words.ts'

export const useYen = () => {
  const amount = useMoney()
  return (minor: bigint | number | string): string => amount(documentCurrency, minor)
}

export const useDocumentWords = () => {
  const { t } = useTranslation('invoices')
  return {
    name: (document: Pick<IssuedDocument, 'kind' | 'qualified'>): string => t(`name.${documentName(document)}`),
    rate: (rate: number): string =>
      rate === 0 ? t('rates.none') : t(isReduced(rate) ? 'rates.reduced' : 'rates.percent', { rate }),
  }
}
