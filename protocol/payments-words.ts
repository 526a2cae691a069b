import type { ProviderName } from './payments.ts'

/**
 * Words of 決済 that more than one house says: notices, the vault's window, pages. It imports nothing, so that notices do
 * not bring the schemas along.
 */

type Locale = 'ja' | 'en'
const known = <Key extends string>(names: Readonly<Record<Key, string>>, name: string): string | undefined =>
  Object.hasOwn(names, name) ? names[name as Key] : undefined

/** As people call them, in every language. */
export const providerNames: Readonly<Record<ProviderName, string>> = {
  stars: 'Telegram Stars',
  paypay: 'PayPay',
  paypal: 'PayPal',
}
/** One that this build does not know reads as it is called. */
export const providerName = (provider: string): string => known(providerNames, provider) ?? provider

/** What a provider is told of us, by its name in `providerFields`. */
export const fieldNames = {
  ja: {
    webhookAddress: '通知を受けるURL',
    botToken: 'ボットのトークン',
    webhookSecret: '通知の合言葉',
    merchantId: '加盟店ID（Merchant ID）',
    returnAddress: '支払い後に戻るページ',
    cancelAddress: '取りやめたときのページ',
    fileOrigins: '取引ファイルの置き場所',
    apiKey: 'APIキー',
    apiSecret: 'APIキーシークレット',
    clientId: 'Client ID',
    webhookId: 'Webhook ID',
    clientSecret: 'Client Secret',
  },
  en: {
    webhookAddress: 'Address for webhooks',
    botToken: 'Bot token',
    webhookSecret: 'Webhook secret',
    merchantId: 'Merchant ID',
    returnAddress: 'Page after paying',
    cancelAddress: 'Page after giving up',
    fileOrigins: 'Where its files are',
    apiKey: 'API key',
    apiSecret: 'API key secret',
    clientId: 'Client ID',
    webhookId: 'Webhook ID',
    clientSecret: 'Client secret',
  },
} as const satisfies Readonly<Record<Locale, Readonly<Record<string, string>>>>
export const fieldName = (locale: Locale, field: string): string => known(fieldNames[locale], field) ?? field
/** `加盟店ID（Merchant ID）：123`; without a value the name alone. */
export const settingText = (locale: Locale, field: string, value: string): string => {
  const name = fieldName(locale, field)
  return value === '' ? name : `${name}${locale === 'ja' ? '：' : ': '}${value}`
}

/** Accounts of the books, by what stands before the colon. */
const accountNames = {
  ja: {
    clearing: '決済サービスへの未収金',
    fees: '決済手数料',
    disputes: '係争中の留保',
    holds: '与信枠',
    held: '与信枠（対照）',
    merchant: '売上',
    taxes: '預かり消費税',
    refunds: '返金',
    losses: '係争の損失',
    adjustments: '調整',
    bank: '銀行口座',
  },
  en: {
    clearing: 'Clearing',
    fees: 'Fees',
    disputes: 'Held in disputes',
    holds: 'Reservations',
    held: 'Reservations (contra)',
    merchant: 'Sales',
    taxes: 'Consumption tax',
    refunds: 'Refunds',
    losses: 'Losses',
    adjustments: 'Adjustments',
    bank: 'Bank',
  },
} as const satisfies Readonly<Record<Locale, Readonly<Record<string, string>>>>

/** `売上（main）`: an account by its word, and whose it is where there are several. */
export const accountName = (locale: Locale, account: string): string => {
  const [kind = '', whose] = account.split(':')
  const word = known(accountNames[locale], kind)
  if (word === undefined) return account
  if (whose === undefined) return word
  const of = kind === 'merchant' ? whose : providerName(whose)
  return locale === 'ja' ? `${word}（${of}）` : `${word} (${of})`
}

/** Why something is not possible, in a word; pages have sentences of their own. */
const whyNotWords = {
  ja: {
    state: '状態が変わりました',
    'under-way': '別の操作を処理中です',
    'not-offered': 'この決済サービスにはありません',
    'too-late': '期限を過ぎました',
    'nothing-left': '残りがありません',
    'too-many': '操作が多すぎます',
  },
  en: {
    state: 'its state has changed',
    'under-way': 'another act is under way',
    'not-offered': 'this provider does not offer it',
    'too-late': 'too late',
    'nothing-left': 'nothing is left',
    'too-many': 'too many acts',
  },
} as const satisfies Readonly<Record<Locale, Readonly<Record<string, string>>>>
export const whyNotText = (locale: Locale, why: string): string => known(whyNotWords[locale], why) ?? why

/** The words that records of providers and ours are told in (`theirs` and `ours` of cases, codes of closings). */
const recordWords = {
  ja: {
    capture: '入金',
    refund: '返金',
    dispute: '係争',
    fee: '手数料',
    created: '作成中',
    open: '支払い待ち',
    pending: '支払い待ち',
    processing: '処理中',
    authorised: '売上確定前',
    captured: '支払い済み',
    'partly-refunded': '一部返金',
    refunded: '返金済み',
    disputed: '係争中',
    cancelled: '取り消し',
    expired: '期限切れ',
    failed: '失敗',
    unknown: '不明',
    won: '売り手の主張を認めた',
    lost: '購入者の主張を認めた',
    found: '記録あり',
    absent: '記録なし',
    'not-yet': '先方が、まだこの日を締めていません',
    'not-configured': 'この決済サービスは設定されていません',
    'statement-unreadable': '届いた取引ファイルを読めません',
    'too-large': '取引が多すぎます',
  },
  en: {
    capture: 'paid',
    refund: 'refunded',
    dispute: 'disputed',
    fee: 'fee',
    created: 'being made',
    open: 'not paid yet',
    pending: 'not paid yet',
    processing: 'under way',
    authorised: 'authorised',
    captured: 'paid',
    'partly-refunded': 'partly refunded',
    refunded: 'refunded',
    disputed: 'in dispute',
    cancelled: 'cancelled',
    expired: 'expired',
    failed: 'failed',
    unknown: 'unknown',
    won: 'decided for the seller',
    lost: 'decided for the buyer',
    found: 'they have it',
    absent: 'they do not have it',
    'not-yet': 'they have not closed this day yet',
    'not-configured': 'this provider is not set up',
    'statement-unreadable': 'their file can’t be read',
    'too-large': 'too many transactions',
  },
} as const satisfies Readonly<Record<Locale, Readonly<Record<string, string>>>>

/**
 * What a record says, in words: `capture 1,200 JPY` reads 「入金 1,200 JPY」, `absent` 「記録なし」. What is no word of ours
 * (an amount, a number, a provider's own code) stays as it is.
 */
export const recordText = (locale: Locale, said: string): string => {
  const [first = '', ...rest] = said.split(' ')
  const word = known(recordWords[locale], first)
  return word === undefined ? said : [word, ...rest].join(' ')
}
