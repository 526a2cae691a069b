import { z } from 'zod'
import { type ProviderName, providers } from './payments.ts'

/**
 * The books of 決済: double entry by transfers. A transfer moves one amount of one currency from the credit of one account
 * to the debit of another, so debits equal credits by its very form; it is never changed, and what was wrong is put right
 * by another one. Nothing is converted: a currency is kept for itself.
 */

/** Of each provider. */
const perProvider = ['clearing', 'fees', 'disputes', 'holds', 'held'] as const
/** Of the deployment. */
const common = ['taxes', 'refunds', 'losses', 'adjustments', 'bank'] as const

/**
 * - `clearing:P` what provider P owes us; `fees:P` what it kept; `disputes:P` what it holds back while a dispute is open
 * - `merchant:M` what is sold, without tax; `taxes` consumption tax in it; `refunds` given back (without its tax);
 *   `losses` disputes that were lost; `adjustments` and `bank`: by hand
 * - `holds:P` against `held:P`: amounts that are reserved and not money yet
 *
 * Payouts, splits and subscriptions get accounts of their own when they come.
 */
export const accountSchema = z
  .string()
  .regex(
    new RegExp(
      `^((${perProvider.join('|')}):(${providers.join('|')})|merchant:[a-z0-9][a-z0-9-]{0,31}|${common.join('|')})$`,
    ),
  )
  .brand('Account')
export type Account = z.infer<typeof accountSchema>

export const accountOf = (kind: (typeof perProvider)[number], provider: ProviderName): Account =>
  `${kind}:${provider}` as Account
export const merchantAccount = (merchant: string): Account => accountSchema.parse(`merchant:${merchant}`)
export const commonAccount = (kind: (typeof common)[number]): Account => kind as Account
/** Reservations are the providers' alone; a person books none. */
export const byHand = (account: Account): boolean => !/^(holds|held):/.test(account)

export const transferKinds = [
  'hold',
  'release',
  'capture',
  'fee',
  'refund',
  'fee-back',
  'dispute',
  'dispute-won',
  'dispute-lost',
  'manual',
] as const
export const transferKindSchema = z.enum(transferKinds)
export type TransferKind = (typeof transferKinds)[number]

/** An amount that a transfer moves: never zero, up to 38 digits. */
const positiveSchema = z.string().regex(/^[1-9][0-9]{0,37}$/)
export const transferSchema = z.strictObject({
  kind: transferKindSchema,
  debit: accountSchema,
  credit: accountSchema,
  /** Minor units; the currency is the event's. */
  minor: positiveSchema,
})
export type Transfer = z.infer<typeof transferSchema>

const transfer = (kind: TransferKind, debit: Account, credit: Account, minor: bigint): readonly Transfer[] =>
  minor === 0n ? [] : [{ kind, debit, credit, minor: minor.toString() }]

/** What the transfers of one payment depend on. */
export interface Books {
  readonly provider: ProviderName
  readonly merchant: string
  /** Percent of consumption tax that the price includes. */
  readonly taxRate: number
}

/** The tax within an amount that includes it, rounded down. Of running totals, so that parts always add up to the whole. */
export const taxWithin = (minor: bigint, rate: number): bigint => (minor * BigInt(rate)) / BigInt(100 + rate)

/** @param before what of the same kind was booked before it */
const taxOf = (minor: bigint, before: bigint, { taxRate }: Books): bigint =>
  taxWithin(before + minor, taxRate) - taxWithin(before, taxRate)

export const holdTransfers = ({ provider }: Books, minor: bigint): readonly Transfer[] =>
  transfer('hold', accountOf('holds', provider), accountOf('held', provider), minor)
export const releaseTransfers = ({ provider }: Books, minor: bigint): readonly Transfer[] =>
  transfer('release', accountOf('held', provider), accountOf('holds', provider), minor)

/** @param before captured before it */
export const captureTransfers = (books: Books, minor: bigint, before: bigint): readonly Transfer[] => {
  const clearing = accountOf('clearing', books.provider)
  const tax = taxOf(minor, before, books)
  return [
    ...transfer('capture', clearing, merchantAccount(books.merchant), minor - tax),
    ...transfer('capture', clearing, commonAccount('taxes'), tax),
  ]
}
export const feeTransfers = ({ provider }: Books, minor: bigint): readonly Transfer[] =>
  transfer('fee', accountOf('fees', provider), accountOf('clearing', provider), minor)
export const feeBackTransfers = ({ provider }: Books, minor: bigint): readonly Transfer[] =>
  transfer('fee-back', accountOf('clearing', provider), accountOf('fees', provider), minor)

/** @param before refunded before it */
export const refundTransfers = (books: Books, minor: bigint, before: bigint): readonly Transfer[] => {
  const clearing = accountOf('clearing', books.provider)
  const tax = taxOf(minor, before, books)
  return [
    ...transfer('refund', commonAccount('refunds'), clearing, minor - tax),
    ...transfer('refund', commonAccount('taxes'), clearing, tax),
  ]
}
export const disputeTransfers = ({ provider }: Books, minor: bigint): readonly Transfer[] =>
  transfer('dispute', accountOf('disputes', provider), accountOf('clearing', provider), minor)
export const disputeWonTransfers = ({ provider }: Books, minor: bigint): readonly Transfer[] =>
  transfer('dispute-won', accountOf('clearing', provider), accountOf('disputes', provider), minor)
export const disputeLostTransfers = ({ provider }: Books, minor: bigint): readonly Transfer[] =>
  transfer('dispute-lost', commonAccount('losses'), accountOf('disputes', provider), minor)
export const manualTransfers = (debit: Account, credit: Account, minor: bigint): readonly Transfer[] =>
  transfer('manual', debit, credit, minor)

/** What the transfers of a payment add up to, minor units. */
export interface Sums {
  /** Reserved now. */
  readonly held: bigint
  readonly captured: bigint
  readonly refunded: bigint
  /** In open disputes. */
  readonly disputed: bigint
  readonly lost: bigint
  /** Kept by the provider. */
  readonly fees: bigint
}
export const noSums: Sums = { held: 0n, captured: 0n, refunded: 0n, disputed: 0n, lost: 0n, fees: 0n }

const effects: Readonly<Record<TransferKind, readonly (readonly [keyof Sums, 1n | -1n])[]>> = {
  hold: [['held', 1n]],
  release: [['held', -1n]],
  capture: [['captured', 1n]],
  fee: [['fees', 1n]],
  refund: [['refunded', 1n]],
  'fee-back': [['fees', -1n]],
  dispute: [['disputed', 1n]],
  'dispute-won': [['disputed', -1n]],
  'dispute-lost': [
    ['disputed', -1n],
    ['lost', 1n],
  ],
  manual: [],
}
export const addTransfers = (sums: Sums, transfers: readonly Pick<Transfer, 'kind' | 'minor'>[]): Sums => {
  const added = { ...sums }
  for (const { kind, minor } of transfers) {
    for (const [sum, sign] of effects[kind]) added[sum] += sign * BigInt(minor)
  }
  return added
}
