import { CircleCheck } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { PaymentCurrency } from '#protocol/payments.ts'
import type { Account, Transfer } from '#protocol/payments-ledger.ts'
import { accountName } from '#protocol/payments-words.ts'
import { dateTime } from '../../format/instant.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { useMoney } from './words.ts'

export const useAccountLabel = () => {
  const locale = useLocale()
  return (account: Account): string => accountName(locale, account)
}

export interface Entry extends Transfer {
  readonly key: string
  readonly currency: PaymentCurrency
  /** null: not booked yet. */
  readonly at: number | null
}

/** Who uses the keyboard must be able to scroll what is wider than its place. */
const scrollable = (label: string) => ({ role: 'group', 'aria-label': label, tabIndex: 0 })

interface EntriesTableProps {
  readonly label: string
  readonly entries: readonly Entry[]
}

/** Transfers as 借方 and 貸方, with the sums of both sides for each currency. */
export const EntriesTable = ({ label, entries }: EntriesTableProps) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const account = useAccountLabel()
  const dated = entries.some(({ at }) => at !== null)
  const currencies = [...new Set(entries.map(({ currency }) => currency))]
  return (
    <div className="overflow-x-auto" {...scrollable(label)}>
      <table className="w-full border-collapse" aria-label={label}>
        <thead>
          <tr className="border-line border-y bg-raised text-faint">
            {dated && <th className="px-2 py-1 text-left font-normal">{t('entries.at')}</th>}
            <th className="px-2 py-1 text-left font-normal">{t('entries.kind')}</th>
            <th className="px-2 py-1 text-left font-normal">{t('entries.debit')}</th>
            <th className="px-2 py-1 text-right font-normal">{t('entries.debitAmount')}</th>
            <th className="px-2 py-1 text-left font-normal">{t('entries.credit')}</th>
            <th className="px-2 py-1 text-right font-normal">{t('entries.creditAmount')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.key} className="border-line border-b">
              {dated && (
                <td className="figure px-2 py-1.5 text-muted">{entry.at === null ? '' : dateTime(entry.at)}</td>
              )}
              <td className="px-2 py-1.5 whitespace-nowrap">{t(`transfer.${entry.kind}`)}</td>
              <td className="px-2 py-1.5">{account(entry.debit)}</td>
              <td className="figure px-2 py-1.5 text-right whitespace-nowrap">{amount(entry.currency, entry.minor)}</td>
              <td className="px-2 py-1.5">{account(entry.credit)}</td>
              <td className="figure px-2 py-1.5 text-right whitespace-nowrap">{amount(entry.currency, entry.minor)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          {currencies.map((currency) => {
            const of = entries.filter((entry) => entry.currency === currency)
            // Each transfer is both sides of one amount, so their sums are one.
            const sum = of.reduce((all, { minor }) => all + BigInt(minor), 0n)
            return (
              <tr key={currency} className="font-bold">
                <td className="px-2 py-1.5" colSpan={dated ? 3 : 2}>
                  <span className="inline-flex items-center gap-2">
                    {t('entries.sum')}
                    <span className="inline-flex items-center gap-1 text-ok">
                      <CircleCheck size={14} aria-hidden="true" />
                      {t('entries.balanced')}
                    </span>
                  </span>
                </td>
                <td className="figure px-2 py-1.5 text-right whitespace-nowrap">{amount(currency, sum)}</td>
                <td />
                <td className="figure px-2 py-1.5 text-right whitespace-nowrap">{amount(currency, sum)}</td>
              </tr>
            )
          })}
        </tfoot>
      </table>
    </div>
  )
}
