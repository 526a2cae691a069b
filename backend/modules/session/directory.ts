import { type CertificateRow, certificateRefusal, certificates } from '#protocol/certificates.ts'
import {
  type CodeRow,
  codes,
  type OperatorRow,
  operators,
  type SessionRow,
  sessions,
  type TokenRow,
  tokens,
} from '#protocol/session.ts'
import type { ModuleContext } from '../../kernel/module.ts'
import { follow } from '../follow.ts'
import { isUsable } from './tokens.ts'

/**
 * Operators, sessions, tokens and certificates in memory, following each commit: every call of every connection asks whether its
 * session still stands, and a look at the database for each would cost more than the call.
 */
export interface Directory {
  readonly certificates: ReadonlyMap<string, CertificateRow>
  readonly operators: ReadonlyMap<string, OperatorRow>
  readonly sessions: ReadonlyMap<string, SessionRow>
  readonly tokens: ReadonlyMap<string, TokenRow>
  readonly codes: ReadonlyMap<string, CodeRow>
}

/** Reads these collections and follows them until `stop`. */
export const openDirectory = async (
  context: ModuleContext,
): Promise<{ readonly directory: Directory; readonly stop: () => void }> => {
  const followed = await Promise.all([
    follow(context, operators),
    follow(context, sessions),
    follow(context, tokens),
    follow(context, codes),
    follow(context, certificates),
  ])
  const [byOperator, byKey, byDigest, code, byFingerprint] = followed
  return {
    directory: {
      operators: byOperator.rows,
      sessions: byKey.rows,
      tokens: byDigest.rows,
      codes: code.rows,
      certificates: byFingerprint.rows,
    },
    stop: () => {
      for (const one of followed) one.stop()
    },
  }
}

/** Why a session does not stand at this time, or null when it does. */
export const standing = (
  session: SessionRow | undefined,
  directory: Directory,
  at: number,
): 'session.required' | 'session.ended' | 'session.expired' | null => {
  if (!session) return 'session.required'
  if (session.endedAt !== null) return 'session.ended'
  if (session.expiresAt <= at) return 'session.expired'
  const operator = directory.operators.get(session.operator)
  if (!operator || operator.disabled) return 'session.ended'
  if (session.token !== null && !isUsable(directory.tokens.get(session.token), at)) return 'session.ended'
  const { certificate } = session
  if (certificate !== null && certificateRefusal(directory.certificates.get(certificate), at) !== null) {
    return 'session.ended'
  }
  return null
}

/**
 * Keys of sessions that the record still shows as open though their operator is disabled, their token or certificate revoked, or the
 * operator has more than `perOperator` of them (the oldest go).
 */
export const toEnd = (directory: Directory, at: number, perOperator: number): readonly string[] => {
  const live = [...directory.sessions.values()].filter((row) => row.endedAt === null && row.expiresAt > at)
  const fallen = live.filter((row) => standing(row, directory, at) === 'session.ended')
  const others = live.filter((row) => standing(row, directory, at) === null)
  const byOperator = Map.groupBy(others, (row) => row.operator)
  const surplus = [...byOperator.values()].flatMap((rows) =>
    rows.toSorted((one, other) => other.openedAt - one.openedAt).slice(perOperator),
  )
  return [...fallen, ...surplus].map((row) => row.key)
}
