import type { ErrorCode } from '#protocol/errors.ts'
import type { RefusalCount } from './kernel.ts'

/**
 * Refusals counted by who and why, so that the log gets a summary a minute and no attacker can fill it: bounded in
 * memory, and in what is handed out.
 */
export interface Refusals {
  count(actor: string, reason: string): void
  /** At most 100 kinds, the most frequent first; what is handed out is forgotten. */
  drain(): readonly RefusalCount[]
  readonly total: () => number
}

const kindsKept = 1_000
const kindsHandedOut = 100

/** Codes that say "you may not", not "try again" or "mistyped". */
const refusing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'command.id-reused',
  'command.wrong-context',
  'command.digest-mismatch',
  'command.signature-invalid',
  'command.key-unknown',
  'command.key-not-allowed',
  'command.not-permitted',
  'command.not-risk-allowed',
  'command.from-future',
  'session.ended',
  'session.operator-unknown',
  'sealed.not-custodian',
  'sealed.not-recorded',
  'session.certificate-revoked',
  'session.certificate-expired',
])
export const isRefusal = (code: ErrorCode): boolean => refusing.has(code) || code.startsWith('context-lock.')

export const createRefusals = (): Refusals => {
  let kinds = new Map<string, RefusalCount>()
  let total = 0
  return {
    total: () => total,
    count: (actor, reason) => {
      total++
      const wanted = `${actor}\u0000${reason}`
      const others = kinds.size >= kindsKept && !kinds.has(wanted)
      const key = others ? '' : wanted
      const kind = kinds.get(key) ?? {
        actor: others ? 'others' : actor.slice(0, 64),
        reason: reason.slice(0, 64),
        count: 0,
      }
      kinds.set(key, { ...kind, count: kind.count + 1 })
    },
    drain: () => {
      const sorted = [...kinds].sort(([, one], [, other]) => other.count - one.count)
      kinds = new Map(sorted.slice(kindsHandedOut))
      return sorted.slice(0, kindsHandedOut).map(([, kind]) => kind)
    },
  }
}
