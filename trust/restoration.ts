import type { Json } from '#protocol/command.ts'
import type { Restoration, RestoreStatement } from '#protocol/log.ts'
import { fromBase64url, toBase64url, utf8 } from './bytes.ts'
import { canonicalBytes } from './canonical.ts'
import { type Signer, verifySync } from './ed25519.ts'

/**
 * A restored backup: a log with an id of its own, whose first entry under that id names the head of the backup. It never
 * passes for the log that it was taken from; what the log's key and an administrator's sign explains the break.
 */

const domain = 'libral restored log v1\n'

export const restoreStatementBytes = (statement: RestoreStatement): Uint8Array =>
  canonicalBytes(statement as unknown as Json)

const loggedBytes = (statement: RestoreStatement): Uint8Array =>
  Buffer.concat([utf8(domain), restoreStatementBytes(statement)])

/** @param byOperator the administrator's signature under Context-Lock, over {@link restoreStatementBytes} */
export const makeRestoration = (
  statement: RestoreStatement,
  log: Signer,
  byOperator: Restoration['byOperator'],
): Restoration => ({
  statement,
  logKey: toBase64url(log.publicKey),
  byLog: toBase64url(log.sign(loggedBytes(statement))),
  byOperator,
})

/** Whether the log's key that it names signed it. */
export const isRestoration = ({ statement, logKey, byLog }: Restoration): boolean =>
  statement.context !== statement.previous &&
  verifySync(fromBase64url(logKey), loggedBytes(statement), fromBase64url(byLog))

/**
 * The restorations that lead from one id to another, the oldest first; empty where they don't, or where a link is not
 * signed by one of these keys.
 * @param logKeys of the log as it is known, base64url
 */
export const restorationsBetween = (
  known: string,
  now: string,
  restorations: readonly Restoration[],
  logKeys: readonly string[],
): readonly Restoration[] => {
  const holding = restorations.filter((one) => logKeys.includes(one.logKey) && isRestoration(one))
  const chain: Restoration[] = []
  for (let id = now; id !== known; ) {
    const one = holding.find(({ statement }) => statement.context === id)
    if (one === undefined || chain.includes(one)) return []
    chain.unshift(one)
    id = one.statement.previous
  }
  return chain
}

/** The id that the log began with, as far back as restorations under these keys lead. */
export const firstId = (now: string, restorations: readonly Restoration[], logKeys: readonly string[]): string => {
  const left = restorations.filter((one) => logKeys.includes(one.logKey) && isRestoration(one))
  const known = [now]
  for (let id: string | undefined = now; id !== undefined; ) {
    const before = left.find(({ statement }) => statement.context === id)?.statement.previous
    id = before === undefined || known.includes(before) ? undefined : before
    if (id !== undefined) known.push(id)
  }
  return known.at(-1) ?? now
}
