import type { Instant } from '#protocol/ids.ts'
import type { Money } from '#protocol/money.ts'
import type { ActId, PaymentId, ProviderName } from '#protocol/payments.ts'
import type { CallWatch } from './watch.ts'

/**
 * The port that every payment provider stands behind. An adapter knows one provider's protocol and nothing of ledgers,
 * logs or operators; it keeps no state that matters (its process may end between any two calls).
 *
 * Three rules:
 * - *Unknown is not failure.* Whatever leaves it open whether the provider acted (a time-out, a cut connection, half an
 *   answer, 5xx, an answer that can't be read) is `unknown`; `refused` and `busy` promise that nothing happened.
 * - *Only {@link Provider.lookup} counts.* What acts answer and what webhooks say are hints; money is booked from
 *   snapshots that we asked for ourselves.
 * - Methods never throw but when `signal` is aborted; everything else is one of the answers.
 */

/** Limits of one call. A call ends by itself before `signal` does, as `unknown`. */
export interface Call {
  readonly signal: AbortSignal
}

/** A stable code for logs and screens: the provider's own where it has one (`REFUND_WINDOW_EXCEED`), else ours (`time-out`). */
export type ProviderCode = string

/** This try did nothing, and the same request never will. Of tries before it it says nothing. */
export interface Refused {
  readonly is: 'refused'
  readonly code: ProviderCode
}
/** Nothing happened; the same request may succeed later (429 and `retry_after`, maintenance, one refund a minute). */
export interface Busy {
  readonly is: 'busy'
  readonly code: ProviderCode
  /** What the provider asked for, ms; null: it did not say. */
  readonly retryAfterMs: number | null
}
/** It may have happened. */
export interface Unknown {
  readonly is: 'unknown'
  readonly code: ProviderCode
}
export type NotDone = Refused | Busy | Unknown

/** What a payment is created from. Repeating it with the same `payment` gives the same link, and never a second charge. */
export interface Order {
  readonly payment: PaymentId
  /** Idempotency key. */
  readonly act: ActId
  readonly amount: Money
  /** What the buyer is shown, at most `providerTraits.title` characters. */
  readonly title: string
  /** `authorise`: reserve only; money moves by {@link Provider.capture}. */
  readonly intent: 'capture' | 'authorise'
  readonly orderedAt: Instant
}
export interface Created {
  readonly is: 'created'
  /** The provider's id of the order; for providers that have none before it is paid, our own. */
  readonly reference: string
  /** What the buyer opens, or scans as QR. https, or the provider's own scheme. */
  readonly url: string
  /** null: it does not expire. */
  readonly expiresAt: Instant | null
}

/** Which payment is meant: our id and, once known, the provider's of the order. */
export interface PaymentRef {
  readonly payment: PaymentId
  /** As in {@link Created} or {@link Snapshot}; null while unknown. */
  readonly reference: string | null
  /** When it was ordered; bounds the search where a provider has to page through its transactions. */
  readonly orderedAt: Instant
  /** It was ordered to be reserved first: what was cancelled then had not been taken. Absent: not known, so it was not. */
  readonly reserves?: boolean
  /** Of a dispute that we were told of: looked at by itself, as lists may show it later. */
  readonly dispute?: string | undefined
}

/** Asked for by an operator. `accepted`: the provider took it on; {@link Provider.lookup} shows what becomes of it. */
export type Acted = { readonly is: 'accepted' } | NotDone

export interface CaptureOrder extends PaymentRef {
  readonly act: ActId
  /** The id of {@link Snapshot.authorisation}. */
  readonly authorisation: string
  readonly amount: Money
}
export interface CancelOrder extends PaymentRef {
  readonly act: ActId
  /** What it is now: an open link, a reservation, or money that was captured today. */
  readonly of: 'link' | 'authorisation' | 'capture'
  /** The id of the authorisation or capture; null for a link. */
  readonly id: string | null
}
export interface RefundOrder extends PaymentRef {
  readonly act: ActId
  /** The id of the capture that is refunded. */
  readonly capture: string
  readonly amount: Money
  /** It is all that was captured: for providers that know full refunds only. */
  readonly whole: boolean
}

/**
 * A payment as its provider has it now: everything that happened so far, each with the provider's own id. What happened
 * once stays in every later snapshot. Amounts are as the provider says them, also where they are wrong: the ledger judges.
 */
export interface Snapshot {
  /** Of the order; that of {@link Created}, or a better one (PayPay's paymentId, a Stars charge id). */
  readonly reference: string
  /** Our id as the provider has it; null: it keeps none. */
  readonly payment: PaymentId | null
  /** What was ordered. */
  readonly amount: Money
  /**
   * open: nobody has paid. processing: paid, and not decided yet. authorised: reserved. captured: money moved, whatever
   * was refunded since. cancelled, expired, failed: for good, and no money moved or all of it went back.
   */
  readonly state: 'open' | 'processing' | 'authorised' | 'captured' | 'cancelled' | 'expired' | 'failed'
  readonly authorisation: {
    readonly id: string
    readonly amount: Money
    readonly at: Instant
    readonly expiresAt: Instant | null
  } | null
  readonly captures: readonly {
    readonly id: string
    readonly amount: Money
    /** What the provider keeps of it, in the same currency; null: it does not say (yet). */
    readonly fee: Money | null
    readonly at: Instant
  }[]
  /** A cancellation of what was captured stands here as a refund of all of it, with an id of its own. */
  readonly refunds: readonly {
    readonly id: string
    /** The act that asked for it, where the provider gives it back; null: unknown, or made elsewhere. */
    readonly act: ActId | null
    readonly amount: Money
    /** What the provider gave back of its fee. */
    readonly feeBack: Money | null
    readonly state: 'pending' | 'done' | 'failed'
    readonly at: Instant
  }[]
  /** `won`: the money came back to us. */
  readonly disputes: readonly {
    readonly id: string
    readonly amount: Money
    readonly state: 'open' | 'won' | 'lost'
    readonly at: Instant
  }[]
  /** Who paid: personal data, sealed before it is kept. `account` is the provider's own id of the buyer. */
  readonly payer: { readonly account: string; readonly name: string | null; readonly email: string | null } | null
}

/** `absent`: the provider answers that it knows of no such payment. It is an answer, as `refused` is one for acts. */
export type Looked = { readonly is: 'found'; readonly snapshot: Snapshot } | { readonly is: 'absent' } | NotDone

/** What came from outside, as it came: a webhook, or one update of a long poll. */
export interface RawMessage {
  readonly receivedAt: Instant
  readonly body: Uint8Array
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** What we fetched ourselves says so; the way in keeps no such header of a sender's. */
export const ownPollHeader = 'libral-own-poll'

/**
 * What a message is. `about`: look this payment up. `forged`: it fails a check that the provider's genuine messages pass;
 * it is refused, and kept. `irrelevant`: genuine, and nothing of ours. `later`: could not be judged now (its certificate
 * could not be fetched, say).
 */
export type Read =
  | {
      readonly is: 'about'
      /** Either tells which payment; our own id wins. */
      readonly payment: PaymentId | null
      readonly reference: string | null
      /** How far its origin is proved; `none`: the provider signs nothing (PayPay). */
      readonly proof: 'signature' | 'secret' | 'own-poll' | 'none'
      /** The dispute that it tells of. */
      readonly dispute?: string | undefined
      /** All that it takes to verify the signature again years later (trust/paypal/evidence.ts); to be kept. */
      readonly evidence?: Uint8Array
    }
  | { readonly is: 'irrelevant'; readonly code: ProviderCode }
  | { readonly is: 'forged'; readonly code: ProviderCode }
  | { readonly is: 'later'; readonly code: ProviderCode }

/** One line of a provider's own account of a day: as it stands there. */
export interface StatementLine {
  readonly kind: 'capture' | 'refund' | 'dispute' | 'fee' | 'payout' | 'other'
  /** The id that {@link Snapshot} gives the same thing. */
  readonly id: string
  readonly reference: string | null
  readonly payment: PaymentId | null
  /** Positive; `kind` says the direction. */
  readonly amount: Money
  readonly fee: Money | null
  readonly at: Instant
}
/** `not-yet`: the provider has not closed that day (PayPay's file comes between 01:30 and 10:00 JST). */
export type Statement =
  | { readonly is: 'statement'; readonly lines: AsyncIterable<StatementLine> }
  | { readonly is: 'not-yet' }
  | NotDone

/** A time of the provider's own clock. null: as far back as it goes; up to now. */
export interface Stretch {
  readonly after: Instant | null
  readonly before: Instant | null
}
/**
 * What changed then. `more`: there is more than fits one page, or than is read at all; nothing says which part this is.
 * `asOf`: the provider's clock before it answered.
 */
export type Changes =
  | {
      readonly is: 'changes'
      readonly messages: readonly RawMessage[]
      readonly more: boolean
      readonly asOf: Instant
    }
  | NotDone

/** What happened in the last hours. */
export type Recent = { readonly is: 'recent'; readonly messages: readonly RawMessage[] } | NotDone

/** What a test of the connection found; `down` with `not-configured` where a key or an address is missing. */
export type ProviderHealth =
  | { readonly is: 'up'; readonly latencyMs: number; readonly account: string | null }
  | { readonly is: 'down'; readonly code: ProviderCode }

export type MayPay = 'yes' | 'unknown-payment' | 'not-open' | 'other-amount'

/** What an adapter may ask and tell of us. */
export interface ProviderHost {
  readonly now: () => Instant
  /**
   * Hands over a message that the adapter fetched itself; resolves when it is durable, and only then may the provider be
   * told so. @throws when it could not be kept: don't acknowledge
   */
  readonly deliver: (message: RawMessage) => Promise<void>
  /** Before money is taken: whether this payment still waits for just this amount. */
  readonly mayPay: (payment: PaymentId, amount: Money) => Promise<MayPay>
  /**
   * The same, and who asked by `query` is told yes: nobody else is, until it is seen what became of it. Durable when it
   * resolves. @throws when that can't be: don't say yes
   */
  readonly promise: (payment: PaymentId, amount: Money, query: string, call: Call) => Promise<MayPay | 'under-way'>
  /** Told of every call over HTTP, where somebody watches. */
  readonly watch?: CallWatch | undefined
}

/** Where a provider is and what it knows us by; from settings and the vault, never from code. */
export interface ProviderSettings {
  /** Without a slash at its end; a sandbox or a fake is another address. */
  readonly baseAddress: string
  /** Merchant ids and the like, by name; not secret. */
  readonly values: Readonly<Record<string, string>>
  /** Keys and tokens, by name. @throws never; undefined where it was not set */
  readonly secret: (name: string) => string | undefined
}

export interface Provider {
  readonly name: ProviderName
  create(order: Order, call: Call): Promise<Created | NotDone>
  lookup(ref: PaymentRef, call: Call): Promise<Looked>
  capture(order: CaptureOrder, call: Call): Promise<Acted>
  cancel(order: CancelOrder, call: Call): Promise<Acted>
  refund(order: RefundOrder, call: Call): Promise<Acted>
  /**
   * What makes two deliveries one, 1 to 128 characters of printable ASCII: the provider's event id, else a digest of what
   * identifies the event. Before any check, so it never throws; what can't be read gets the SHA-256 of its body.
   */
  messageId(message: RawMessage): string
  /** Verifies, then reads. Also later, over the bytes as kept: time is the message's. */
  read(message: RawMessage, call: Call): Promise<Read>
  /** Fetches messages until `signal` is aborted, by itself coming back from every failure; absent: nothing to fetch. */
  readonly listen?: (host: ProviderHost, signal: AbortSignal) => Promise<void>
  /**
   * The provider's list of what changed, for what only webhooks tell otherwise; absent: it has none. `account` names whose
   * list it is: `[A-Za-z0-9_-]`, at most 64. `whole`: all pages are read.
   */
  readonly changes?: {
    readonly account: string
    readonly look: (asked: Stretch & { readonly whole: boolean }, call: Call) => Promise<Changes>
  }
  /** What a closing would find a day later; it may miss some, which the closing then finds. Absent: nothing to ask. */
  readonly recent?: (call: Call) => Promise<Recent>
  /** `day` is YYYY-MM-DD in JST. */
  statement(day: string, call: Call): Promise<Statement>
  health(call: Call): Promise<ProviderHealth>
}
export type CreateProvider = (settings: ProviderSettings, host: ProviderHost) => Provider
