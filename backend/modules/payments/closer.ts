import { failureOf } from '#protocol/errors.ts'
import type { PaymentId, ProviderName } from '#protocol/payments.ts'
import {
  type ClosingResult,
  closingKey,
  closingLimits,
  closings,
  type Difference,
  type MovementRow,
  movements,
  recordClosing,
  recordClosingDelay,
  recordDifference,
} from '#protocol/payments-closings.ts'
import { dayText } from '#protocol/payments-day.ts'
import { cases, payments, referenceKey, references } from '#protocol/payments-records.ts'
import { sha256 } from '#trust/bytes.ts'
import type { ModuleContext } from '../../kernel/module.ts'
import { dayAfter, dayBefore } from './business-day.ts'
import { type ClosingLine, type Comparison, compareDay } from './closing.ts'
import type { Desk } from './desk.ts'
import type { Provider, StatementLine } from './provider.ts'
import { telling } from './tell.ts'

/** Closes days: asks for the account, asks after what does not fit, and records what is left. */
export interface Closer {
  /**
   * Safe to repeat, and to end at any line: cases have names of their own, and a closing that says nothing new is none.
   * @throws when the provider can't be asked now
   */
  close(provider: ProviderName, day: number, signal: AbortSignal): Promise<void>
}

export interface CloserDeps {
  readonly context: Pick<ModuleContext, 'read' | 'submit'>
  readonly provider: (name: ProviderName) => Provider | undefined
  readonly desk: Pick<Desk, 'look'>
}

/** Beyond it the account is not read: no shop of ours sells so much in a day, and it is all held in memory. */
const mostLines = 500_000
/** Of one closing: a person who finds two hundred has to look at the whole, not at each. */
const mostTold = 200
const mostLooks = 200
const looksAtOnce = 8
/** A look that another one overtook is taken anew, so often. */
const mostTries = 5

interface Look {
  readonly name: ProviderName
  readonly day: number
  /** When the day had been compared last, as this look began. */
  readonly over: number | null
}

export const createCloser = ({ context, provider, desk }: CloserDeps): Closer => {
  const { read } = context
  const tell = telling(context)

  const statementOf = async (
    adapter: Provider,
    day: number,
    signal: AbortSignal,
  ): Promise<StatementLine[] | string> => {
    const statement = await adapter.statement(dayText(day), { signal })
    if (statement.is === 'not-yet') return 'not-yet'
    if (statement.is !== 'statement') return statement.code
    const lines: StatementLine[] = []
    for await (const line of statement.lines) {
      if (lines.length >= mostLines) return 'too-large'
      lines.push(line)
    }
    return lines
  }

  /** Whose each line is: by our id, else by an id of the provider's that stands in the books. */
  const named = async (name: ProviderName, lines: readonly StatementLine[]): Promise<ClosingLine[]> => {
    const ownerOf = async ({ payment, reference, id }: StatementLine): Promise<PaymentId | null> => {
      const known = payment === null ? undefined : await read.get(payments, payment)
      if (known) return known.provider === name ? known.payment : null
      for (const one of [id, reference]) {
        const owner = one === null ? undefined : await read.get(references, referenceKey(name, one))
        if (owner) return owner.payment
      }
      return null
    }
    const found: ClosingLine[] = []
    for (let at = 0; at < lines.length; at += 64) {
      const some = lines.slice(at, at + 64)
      const owners = await Promise.all(some.map(ownerOf))
      found.push(
        ...some.map(({ kind, id, amount, fee, at: when }, n) => {
          return { kind, id, amount, fee, at: when, payment: owners[n] ?? null }
        }),
      )
    }
    return found
  }

  const bookedAround = async (name: ProviderName, day: number): Promise<MovementRow[]> => {
    const days = [dayBefore(day), day, dayAfter(day)]
    return (await Promise.all(days.map((one) => read.list(movements, `${name}/${one}/`)))).flat()
  }

  /** Asks after what the books don't have, or have otherwise: it may be that we were never told. */
  const look = async ({ found }: Comparison, signal: AbortSignal): Promise<boolean> => {
    const doubtful = found.filter(({ kind }) => kind === 'missing-here' || kind === 'statement-differs')
    const asked = [...new Set(doubtful.flatMap(({ payment }) => payment || []))].slice(0, mostLooks)
    for (let at = 0; at < asked.length; at += looksAtOnce) {
      await Promise.all(asked.slice(at, at + looksAtOnce).map((payment) => desk.look(payment, signal)))
    }
    return asked.length > 0
  }

  const lastClosed = async (name: ProviderName, day: number): Promise<number | null> =>
    (await read.get(closings, closingKey(name, day)))?.closedAt ?? null

  const closeOnce: Closer['close'] = async (name, day, signal) => {
    const over = await lastClosed(name, day)
    const adapter = provider(name)
    const got = adapter ? await statementOf(adapter, day, signal) : 'not-configured'
    if (typeof got === 'string') {
      const state = got === 'not-yet' ? 'waiting' : 'failed'
      await tell(recordClosingDelay, { provider: name, day, state, code: got.replace(/[^\w.-]/g, '-').slice(0, 64) })
      return
    }
    const before = await read.get(closings, closingKey(name, dayBefore(day)))
    const carriedBefore = new Set(before?.carried ?? [])
    const lines = await named(name, got)
    const compared = async () => compareDay({ day, lines, booked: await bookedAround(name, day), carriedBefore })
    const first = await compared()
    const result = (await look(first, signal)) ? await compared() : first
    signal.throwIfAborted()
    await record({ name, day, over }, result)
  }

  /** Open cases of the day that this look did not find again, whoever opened them: also one that was killed over it. */
  const strays = async (name: ProviderName, day: number, standing: ReadonlySet<string>): Promise<string[]> => {
    const listed = (await read.get(closings, closingKey(name, day)))?.differences.map((one) => one.case) ?? []
    const earlier = await Promise.all(listed.map((key) => read.get(cases, key)))
    const own = await read.list(cases, `${casesOf(name, day)}/`)
    const open = [...earlier, ...own].filter((row) => row !== undefined && row.state !== 'closed')
    return [...new Set(open.flatMap((row) => row?.key ?? []))].filter((key) => !standing.has(key))
  }

  const record = async ({ name, day, over }: Look, { found, counts, sums, carried }: Comparison) => {
    const differences = found.slice(0, mostTold).map((one): Difference => ({ ...one, case: caseOf(name, day, one) }))
    for (const one of differences) {
      if (!(await read.get(cases, one.case))) await tell(recordDifference, { ...one, provider: name, day, over })
    }
    const standing = new Set(differences.map((one) => one.case))
    const closing: ClosingResult = {
      ...{ provider: name, day, state: found.length > 0 ? 'differs' : 'matched', counts, sums: [...sums] },
      differences: differences.slice(0, closingLimits.differences),
      untold: Math.max(0, found.length - mostTold),
      carried: [...carried],
    }
    const most = closingLimits.resolved
    for (let seen = over; ; seen = await lastClosed(name, day)) {
      const resolved = (await strays(name, day, standing)).slice(0, most)
      await tell(recordClosing, { ...closing, resolved, over: seen })
      if (resolved.length < most) return
    }
  }

  /** By hand and by the job at once, on one instance or two: whichever is recorded second looks again. */
  const close: Closer['close'] = async (name, day, signal) => {
    for (let tries = 1; ; tries++) {
      try {
        return await closeOnce(name, day, signal)
      } catch (thrown) {
        if (failureOf(thrown).code !== 'payments.changed' || tries === mostTries) throw thrown
      }
    }
  }

  return { close }
}

const casesOf = (provider: ProviderName, day: number): string => `closing/${provider}/${day}`

/** The same difference of a day has the same case, whoever finds it and however often. */
const caseOf = (provider: ProviderName, day: number, { kind, about }: Pick<Difference, 'kind' | 'about'>): string =>
  `${casesOf(provider, day)}/${kind}/${Buffer.from(sha256(Buffer.from(about)))
    .toString('hex')
    .slice(0, 32)}`
