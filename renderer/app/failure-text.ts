import i18n from 'i18next'
import type { Failure } from '#protocol/errors.ts'
import type { Locale } from '#protocol/notices.ts'
import { fieldName, whyNotText } from '#protocol/payments-words.ts'
import { localeNow, useLocale } from '../i18n/i18n.ts'

const currencyName = (locale: Locale, currency: string): string =>
  i18n.t(`payments:currency.${currency}` as 'payments:currency.JPY', { lng: locale, defaultValue: currency })

/** Names within the parameters of some failures, put into words. */
const wording: Readonly<Record<string, readonly [param: string, word: (locale: Locale, name: string) => string]>> = {
  'payments.keys-needed': ['keys', fieldName],
  'payments.field-unknown': ['field', fieldName],
  'payments.address-unsafe': ['address', fieldName],
  'payments.not-possible': ['reason', whyNotText],
  'payments.currency-not-offered': ['currency', currencyName],
  'payments.invoice-currency': ['currency', currencyName],
}

/** Parameters as they are read: names of settings and reasons in words, everything else as it came. */
const wordedParams = (locale: Locale, { code, params }: Failure): Failure['params'] => {
  const [name, word] = wording[code] ?? []
  if (name === undefined || word === undefined || params[name] === undefined) return params
  const names = String(params[name]).split(', ')
  return { ...params, [name]: names.map((one) => word(locale, one)).join(locale === 'ja' ? '、' : ', ') }
}

/** What happened and what to do, in the language of the screen as it is now. */
export const failureText = (failure: Failure): { readonly what: string; readonly todo: string } => {
  const params = wordedParams(localeNow(), failure)
  return {
    what: i18n.t(`errors:${failure.code}.what` as 'errors:internal.unexpected.what', params),
    todo: i18n.t(`errors:${failure.code}.todo` as 'errors:internal.unexpected.todo', params),
  }
}

/** As {@link failureText}, anew when the language changes. */
export const useFailureText = (failure: Failure): ReturnType<typeof failureText> => {
  useLocale()
  return failureText(failure)
}
