import { useTranslation } from 'react-i18next'
import type { Currency, Money } from '#protocol/money.ts'
import { fieldName, providerName, recordText } from '#protocol/payments-words.ts'
import { money, moneyShown } from '../../format/money.ts'
import { useLocale } from '../../i18n/i18n.ts'

/** Writes amounts in the language of the screen, from minor units as rows hold them. */
export const useMoney = () => {
  const locale = useLocale()
  return (currency: Currency, minor: bigint | number | string): string =>
    money(locale, { currency, minor: BigInt(minor) } satisfies Money)
}

/** `PayPay`; a provider that this build does not know reads as it is called. */
export const useProviderLabel = () => providerName

/** What a provider's message tells of, in plain words; empty for kinds that this build does not know. */
export const useMessageKind = () => {
  const { t } = useTranslation('payments')
  return (kind: string): string =>
    // Dots and spaces of theirs part keys of texts.
    t(`messageKind.${kind.replaceAll(/[. ]/g, '-')}` as 'messageKind.successful_payment', { defaultValue: '' })
}

/** What a provider is told of us: 「加盟店ID（Merchant ID）」. */
export const useFieldName = () => {
  const locale = useLocale()
  return (field: string): string => fieldName(locale, field)
}

/** What a record of theirs or ours says: 「入金 ￥1,200」. */
export const useRecordText = () => {
  const locale = useLocale()
  return (said: string): string => moneyShown(locale, recordText(locale, said))
}
