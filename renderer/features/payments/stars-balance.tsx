import { useTranslation } from 'react-i18next'
import { type AccountRow, accountKey, accounts } from '#protocol/payments-records.ts'
import { type LotRow, lots, starsBalance } from '#protocol/payments-stars.ts'
import { useList } from '../../app/collection.ts'
import { slashedDay } from './business-days.ts'
import { useMoney } from './words.ts'

const clearing = accountKey('clearing:stars', 'XTR')

/** How much of the Stars that Telegram owes us may be withdrawn, and when the rest. */
export const StarsBalance = ({ today }: { readonly today: number }) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const received = useList<LotRow>(lots.name, { limit: 500 })
  const owed = useList<AccountRow>(accounts.name, { where: { account: ['clearing:stars'] }, limit: 5 })
  // Sums of what was not read whole would be taken for true.
  if (received.state !== 'ready' || owed.state !== 'ready') return null
  const account = owed.rows.find(({ key }) => key === clearing)
  const balance = BigInt(account?.debits ?? 0) - BigInt(account?.credits ?? 0)
  const { held, free, next, expiring } = starsBalance(received.rows, balance, today)
  const stars = (minor: bigint): string => amount('XTR', minor)
  const figures = [
    [t('stars.balance'), stars(balance), ''],
    [t('stars.freeNow'), stars(free), ''],
    [
      t('stars.stillHeld'),
      stars(held),
      next === null
        ? t('stars.noneHeld')
        : t('stars.next', { day: slashedDay(next.heldUntil), amount: stars(next.minor) }),
    ],
    ...(expiring === null
      ? []
      : [
          [
            t('stars.expiring'),
            t('stars.expiringOn', { day: slashedDay(expiring.day), amount: stars(expiring.minor) }),
            '',
          ],
        ]),
  ]
  return (
    <div className="border-line border-t pt-2">
      <dl className="grid grid-cols-[repeat(auto-fit,minmax(150px,1fr))] gap-x-4 gap-y-1">
        {figures.map(([name, value, detail]) => (
          <div key={name}>
            <dt className="text-muted">{name}</dt>
            <dd className="figure font-bold">{value}</dd>
            {detail !== '' && <dd className="text-faint">{detail}</dd>}
          </div>
        ))}
      </dl>
      <p className="mt-1 text-faint">{t('stars.about')}</p>
    </div>
  )
}
