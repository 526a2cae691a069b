import type { z } from 'zod'
import type { CollectionDefinition } from '#protocol/collection.ts'
import { type OperatorRow, operators, type SessionRow, sessions, type TokenRow, tokens } from '#protocol/session.ts'
import type { ModuleContext } from '../../kernel/module.ts'
import { isUsable } from './tokens.ts'

/**
 * Operators, sessions and tokens in memory, following each commit: every call of every connection asks whether its
 * session still stands, and a look at the database for each would cost more than the call.
 */
export interface Directory {
  readonly operators: ReadonlyMap<string, OperatorRow>
  readonly sessions: ReadonlyMap<string, SessionRow>
  readonly tokens: ReadonlyMap<string, TokenRow>
}

const fill = async <Row extends z.ZodType>(
  context: ModuleContext,
  collection: CollectionDefinition<Row>,
  into: Map<string, z.output<Row>>,
): Promise<void> => {
  for (const row of await context.read.list(collection)) {
    const key = collection.key(row)
    // What a commit brought in the meantime is newer than this list.
    if (!into.has(key)) into.set(key, row)
  }
}

/** Reads the three collections and follows them until `stop`. */
export const openDirectory = async (
  context: ModuleContext,
): Promise<{ readonly directory: Directory; readonly stop: () => void }> => {
  const maps = {
    [operators.name]: new Map<string, OperatorRow>(),
    [sessions.name]: new Map<string, SessionRow>(),
    [tokens.name]: new Map<string, TokenRow>(),
  }
  const stop = context.onCommit([operators, sessions, tokens], (changes) => {
    for (const { collection, key, row } of changes) {
      const map = maps[collection] as Map<string, unknown> | undefined
      if (row === null) map?.delete(key)
      else map?.set(key, row)
    }
  })
  const directory = {
    operators: maps[operators.name] as Map<string, OperatorRow>,
    sessions: maps[sessions.name] as Map<string, SessionRow>,
    tokens: maps[tokens.name] as Map<string, TokenRow>,
  }
  await fill(context, operators, directory.operators)
  await fill(context, sessions, directory.sessions)
  await fill(context, tokens, directory.tokens)
  return { directory, stop }
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
  return null
}

/**
 * Keys of sessions that the record still shows as open though their operator is disabled, their token revoked, or the
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
