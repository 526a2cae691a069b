import { Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { expiryDay, lastHeldDay } from '#protocol/payments-stars.ts'
import { act } from '../../app/act.ts'
import { useNow } from '../../app/clock.ts'
import { showToast } from '../../app/toasts.ts'
import { IconButton } from '../../ui/button.tsx'
import { dayNumber, jstDay, slashedDay } from './business-days.ts'
import { useMoney, useProviderLabel } from './words.ts'

/** A text that is copied with one press: ids are read out, pasted and searched for elsewhere. */
const Copied = ({ label, text }: { readonly label: string; readonly text: string }) => {
  const { t } = useTranslation()
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    showToast({ tone: 'ok', title: t('action.copied') })
  }
  return (
    <span className="flex items-center gap-1">
      <span className="selectable min-w-0 break-all font-mono">{text}</span>
      <IconButton label={`${t('action.copy')}: ${label}`} className="size-6" onClick={() => void act(copy)}>
        <Copy size={13} aria-hidden="true" />
      </IconButton>
    </span>
  )
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <div className="grid grid-cols-[120px_minmax(0,1fr)] gap-3 py-1.5">
    <dt className="text-faint">{name}</dt>
    <dd className="min-w-0 break-words">{children}</dd>
  </div>
)

/** When Stars that stayed may be withdrawn, and when they run out. */
const StarsFacts = ({ row }: { readonly row: PaymentRow }) => {
  const { t } = useTranslation('payments')
  const today = dayNumber(jstDay(useNow())) ?? 0
  const [first] = row.captures
  if (!first || BigInt(row.sums.refunded) + BigInt(row.sums.lost) >= BigInt(row.sums.captured)) return null
  const received = dayNumber(jstDay(first.at)) ?? 0
  const until = lastHeldDay(received)
  return (
    <>
      <Fact name={t('stars.held')}>
        {t(until >= today ? 'stars.heldUntil' : 'stars.free', { day: slashedDay(until) })}
      </Fact>
      <Fact name={t('stars.expires')}>{t('stars.expiresOn', { day: slashedDay(expiryDay(received)) })}</Fact>
    </>
  )
}

/** Sums, tax and every number under which a payment is known. */
export const PaymentFacts = ({ row }: { readonly row: PaymentRow }) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const provider = useProviderLabel()
  const sum = (name: keyof PaymentRow['sums']): ReactNode =>
    row.sums[name] === '0' ? null : (
      <Fact name={t(`sums.${name}`)}>
        <span className="figure">{amount(row.currency, row.sums[name])}</span>
      </Fact>
    )
  const ids = [
    ['reference', row.reference],
    ...row.captures.map(({ id }) => ['capture', id]),
    ...(row.authorisation ? [['authorisation', row.authorisation.id]] : []),
    ...row.refunds.map(({ id }) => ['refund', id]),
    ...row.disputes.map(({ id }) => ['dispute', id]),
  ].filter(([, id]) => id !== '') as ['reference' | 'capture' | 'authorisation' | 'refund' | 'dispute', string][]
  return (
    <dl className="divide-y divide-line">
      <Fact name={t('column.provider')}>{provider(row.provider)}</Fact>
      {sum('held')}
      {sum('captured')}
      {sum('refunded')}
      {sum('disputed')}
      {sum('lost')}
      {sum('fees')}
      {row.provider === 'stars' && <StarsFacts row={row} />}
      <Fact name={t('facts.tax')}>{t('facts.taxRate', { rate: row.taxRate })}</Fact>
      <Fact name={t('column.merchant')}>{row.merchant}</Fact>
      {row.note !== '' && <Fact name={t('facts.note')}>{row.note}</Fact>}
      <Fact name={t('facts.id')}>
        <Copied label={t('facts.id')} text={row.payment} />
      </Fact>
      {ids.map(([name, id]) => (
        <Fact key={`${name} ${id}`} name={t(`facts.${name}`)}>
          <Copied label={t(`facts.${name}`)} text={id} />
        </Fact>
      ))}
    </dl>
  )
}
