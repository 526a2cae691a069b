import { Ban, CircleAlert, CircleCheck, CirclePlus, type LucideIcon, Send, ShieldAlert, Undo } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { CaseRow, PaymentRow } from '#protocol/payments-records.ts'
import { dateTime } from '../../format/instant.ts'
import { useActorName } from '../../i18n/names.ts'
import { type StoryItem, storyOf } from './story.ts'
import { useMoney } from './words.ts'

const icons: Readonly<Record<StoryItem['what'], LucideIcon>> = {
  created: CirclePlus,
  asked: Send,
  captured: CircleCheck,
  refunded: Undo,
  disputed: ShieldAlert,
  ended: Ban,
  case: CircleAlert,
}

/** One line of the story, and what stands small below it. */
const useSaid = (currency: PaymentRow['currency']) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const actor = useActorName()
  return (item: StoryItem): { readonly text: string; readonly detail: string } => {
    switch (item.what) {
      case 'created':
        return { text: t('story.created'), detail: actor(item.by) }
      case 'asked': {
        const { kind, minor, state, code, by } = item.act
        const text = t(`story.asked.${kind}`, { amount: amount(currency, minor) })
        return { text: `${text}　${t(`actState.${state}`)}`, detail: [actor(by), code].filter(Boolean).join('　') }
      }
      case 'captured':
        return {
          text: t('story.captured', { amount: amount(currency, item.minor) }),
          detail: item.fee === null ? t('story.feeUnknown') : t('story.fee', { amount: amount(currency, item.fee) }),
        }
      case 'refunded':
        return {
          text: t('story.refunded', { amount: amount(currency, item.minor) }),
          detail: item.elsewhere ? t('story.elsewhere') : '',
        }
      case 'disputed':
        return {
          text: t('story.disputed', { amount: amount(currency, item.minor) }),
          detail: t(`story.dispute.${item.state}`),
        }
      case 'ended':
        return { text: t(`story.ended.${item.ending}`), detail: '' }
      case 'case': {
        const { did, by, note } = item.entry
        const kind = t(`case.kind.${item.of.kind}`)
        return { text: `${t(`case.did.${did}`)}　${kind}`, detail: [actor(by), note].filter(Boolean).join('　') }
      }
    }
  }
}

/** What happened to a payment, in its order. */
export const Story = ({ row, cases }: { readonly row: PaymentRow; readonly cases: readonly CaseRow[] }) => {
  const { t } = useTranslation('payments')
  const said = useSaid(row.currency)
  return (
    <ol aria-label={t('story.title')} className="flex flex-col">
      {storyOf(row, cases).map((item) => {
        const Icon = icons[item.what]
        const { text, detail } = said(item)
        return (
          <li key={item.key} className="flex gap-3 border-line border-b py-1.5 last:border-b-0">
            <Icon size={16} aria-hidden="true" className="mt-1 shrink-0 text-faint" />
            <span className="figure w-40 shrink-0 whitespace-nowrap text-muted">{dateTime(item.at)}</span>
            <span className="min-w-0 flex-1 break-words">
              {text}
              {detail !== '' && <span className="block text-faint">{detail}</span>}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
