import { useTranslation } from 'react-i18next'
import type { Currency, Money } from '#protocol/money.ts'
import { money } from '../../format/money.ts'
import { useLocale } from '../../i18n/i18n.ts'

/** Writes amounts in the language of the screen, from minor units as rows hold them. */
export const useMoney = () => {
  const locale = useLocale()
  return (currency: Currency, minor: bigint | number | string): string =>
    money(locale, { currency, minor: BigInt(minor) } satisfies Money)
}

/** `PayPay`; a provider that this build does not know reads as its name. */
export const useProviderLabel = () => {
  const { t } = useTranslation('payments')
  return (provider: string): string => t(`provider.${provider}` as 'provider.stars', { defaultValue: provider })
}
