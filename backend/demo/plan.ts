import type { Instant } from '#protocol/ids.ts'
import type { PaymentCurrency, ProviderName } from '#protocol/payments.ts'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { businessDay } from '../modules/payments/business-day.ts'
import { seeded } from './providers/faulty-http.ts'

/** What a demo sells, and what becomes of each sale: decided by a seed alone, so that the same seed tells the same story. */

export const fates = [
  'paid',
  'refunded',
  'refunded-in-part',
  /** On the provider's own pages. */
  'refunded-elsewhere',
  'disputed',
  'dispute-won',
  /** Its refund gets no answer. */
  'unknown',
  'failed',
  'expired',
  'waiting',
  'reserved',
] as const
export type Fate = (typeof fates)[number]

export interface Sale {
  readonly provider: ProviderName
  readonly currency: PaymentCurrency
  /** Minor units. */
  readonly minor: number
  readonly title: string
  readonly note: string
  readonly taxRate: 10 | 8
  readonly merchant: string
  readonly fate: Fate
  /** Number of the buyer's account. */
  readonly buyer: number
}
export type Step =
  | { readonly kind: 'sales'; readonly at: Instant; readonly sales: readonly Sale[] }
  /** The morning after: providers hand out their accounts of that day (20261121); `stranger`: with a line of nobody's. */
  | { readonly kind: 'morning'; readonly at: Instant; readonly day: number; readonly stranger: boolean }

interface Good {
  readonly title: string
  readonly minor: number
  readonly taxRate: 10 | 8
  readonly merchant: string
}
const goods: Readonly<Record<ProviderName, { readonly currency: PaymentCurrency; readonly all: readonly Good[] }>> = {
  stars: {
    currency: 'XTR',
    all: [
      { title: 'スタンプセット', minor: 50, taxRate: 10, merchant: 'bot' },
      { title: '一日パス', minor: 120, taxRate: 10, merchant: 'bot' },
      { title: '月額プラン', minor: 500, taxRate: 10, merchant: 'bot' },
    ],
  },
  paypay: {
    currency: 'JPY',
    all: [
      { title: 'コーヒー豆 200g', minor: 1_480, taxRate: 8, merchant: 'shop' },
      { title: '焼き菓子の詰め合わせ', minor: 3_240, taxRate: 8, merchant: 'shop' },
      { title: 'マグカップ', minor: 2_200, taxRate: 10, merchant: 'shop' },
      { title: '体験教室（1名）', minor: 5_500, taxRate: 10, merchant: 'events' },
    ],
  },
  paypal: {
    currency: 'USD',
    all: [
      { title: 'Online workshop', minor: 4_800, taxRate: 10, merchant: 'events' },
      { title: 'Coffee beans 500g', minor: 2_650, taxRate: 8, merchant: 'shop' },
      { title: 'Gift card', minor: 10_000, taxRate: 10, merchant: 'shop' },
    ],
  },
}
const notes = ['', '', '', '店頭', '再注文', '電話で受付'] as const
const shares: readonly (readonly [ProviderName, number])[] = [
  ['paypay', 0.5],
  ['stars', 0.8],
  ['paypal', 1],
]
/** What a day has now and then. */
const usual: readonly (readonly [Fate, number])[] = [
  ['refunded', 0.04],
  ['expired', 0.07],
  ['failed', 0.09],
]

type Random = () => number
const pick = <Item>(random: Random, from: readonly Item[]): Item => {
  const item = from[Math.floor(random() * from.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}
const byShare = <Item extends string>(random: Random, from: readonly (readonly [Item, number])[]): Item | undefined => {
  const drawn = random()
  return from.find(([, upTo]) => drawn < upTo)?.[0]
}
/** Stars are refunded whole, and fail nowhere: who can't pay isn't asked. Nor does PayPal's order. */
const possible: Readonly<Record<ProviderName, readonly Fate[]>> = {
  stars: ['paid', 'refunded', 'waiting'],
  paypay: ['paid', 'refunded', 'refunded-in-part', 'refunded-elsewhere', 'failed', 'expired', 'waiting', 'reserved'],
  paypal: ['paid', 'refunded', 'refunded-in-part', 'disputed', 'dispute-won', 'unknown', 'waiting', 'reserved'],
}
export const isPossible = ({ provider, fate }: Pick<Sale, 'provider' | 'fate'>): boolean =>
  possible[provider].includes(fate)

export const saleOf = (random: Random, wanted?: { readonly provider: ProviderName; readonly fate: Fate }): Sale => {
  const provider = wanted?.provider ?? byShare(random, shares) ?? 'paypay'
  const { currency, all } = goods[provider]
  const drawn = byShare(random, usual) ?? 'paid'
  const fate = wanted?.fate ?? (isPossible({ provider, fate: drawn }) ? drawn : 'paid')
  const note = pick(random, notes)
  return { provider, currency, ...pick(random, all), note, fate, buyer: 1_001 + Math.floor(random() * 40) }
}

/** What an operator's own payment comes to, by a word of its title, as sandboxes of providers have it; else it is paid. */
const wished: readonly (readonly [RegExp, Fate])[] = [
  [/係争|dispute/i, 'disputed'],
  [/失敗|fail/i, 'failed'],
  [/未払い|unpaid/i, 'waiting'],
]
export const fateOf = ({ provider, title, intent }: Pick<PaymentRow, 'provider' | 'title' | 'intent'>): Fate => {
  const paid = intent === 'authorise' ? 'reserved' : 'paid'
  const fate = wished.find(([word]) => word.test(title))?.[1] ?? paid
  return isPossible({ provider, fate }) ? fate : paid
}

/** What every demo shows, whatever the seed: so many days ago. */
const shown: readonly (readonly [daysAgo: number, ProviderName, Fate])[] = [
  [5, 'paypal', 'dispute-won'],
  [4, 'paypay', 'refunded-in-part'],
  [4, 'stars', 'refunded'],
  [3, 'paypay', 'refunded-elsewhere'],
  [3, 'paypay', 'expired'],
  [2, 'paypal', 'disputed'],
  [2, 'paypal', 'refunded-in-part'],
  [1, 'paypal', 'unknown'],
  [1, 'paypay', 'failed'],
  [1, 'paypal', 'reserved'],
  [1, 'paypay', 'waiting'],
  [1, 'stars', 'waiting'],
]
export const demoDays = 7
const dayMs = 86_400_000
const jstMs = 9 * 3_600_000
const clockTimes = ['10:05', '13:20', '17:40', '20:10'] as const
/** Before the demo opens. */
const recentMs = [110 * 60_000, 70 * 60_000, 32 * 60_000] as const
/** A wave takes this much of the demo's time at most. */
export const waveMs = 30 * 60_000

/** Steps in the order of their time; all over when the demo opens. Pure. */
export const planOf = (seed: number, now: Instant): readonly Step[] => {
  const random = seeded(seed)
  const steps: Step[] = []
  for (let ago = demoDays; ago >= 0; ago--) {
    const date = new Date(now + jstMs - ago * dayMs).toISOString().slice(0, 10)
    const timeOf = (clock: string): Instant => Date.parse(`${date}T${clock}:00+09:00`)
    if (ago < demoDays) {
      const day = businessDay(timeOf('00:00') - 1)
      steps.push({ kind: 'morning', at: timeOf('07:30'), day, stranger: ago === 3 })
    }
    const wanted = shown.filter(([days]) => days === ago)
    for (const [nth, clock] of clockTimes.entries()) {
      const usualSales = Array.from({ length: 3 + Math.floor(random() * 3) }, () => saleOf(random))
      const some = wanted.filter((_, at) => at % clockTimes.length === nth)
      const sales = [...usualSales, ...some.map(([, provider, fate]) => saleOf(random, { provider, fate }))]
      steps.push({ kind: 'sales', at: timeOf(clock), sales })
    }
  }
  // Whatever the hour, somebody has bought something just now.
  for (const before of recentMs) {
    const sales = Array.from({ length: 3 }, () => saleOf(random))
    steps.push({ kind: 'sales', at: now - before, sales })
  }
  return steps.filter(({ at }) => at + waveMs <= now).toSorted((one, other) => one.at - other.at)
}
