import { LibralError } from '#protocol/errors.ts'

/**
 * SQLSTATE classes (https://www.postgresql.org/docs/15/errcodes-appendix.html) of what passes by itself: connections
 * (08), rolled back by the server to resolve a conflict (40), too many connections or no memory (53), ended by an
 * administrator or a crash (57P).
 */
const passing = ['08', '40', '53', '57P']
/** query_canceled (our time-outs), lock_not_available, idle_in_transaction_session_timeout. */
const passingCodes = new Set(['57014', '55P03', '25P03'])
const full = new Set(['53100'])
/** Wrong user or password, no such database, no permission. */
const refused = ['28', '3D', '42501']
const damaged = ['XX001', 'XX002', '58P01']
/** What Node says of a connection that can't be made or is lost. */
const network = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['ENOENT', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'],
])

/** PostgreSQL's failure as ours: `storage.unavailable`, `storage.full`, `storage.refused`, `storage.unreadable`. */
export const storageFailure = (thrown: unknown): unknown => {
  if (!(thrown instanceof Error) || thrown instanceof LibralError) return thrown
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
  const as = (ours: 'storage.unavailable' | 'storage.full' | 'storage.refused' | 'storage.unreadable') =>
    new LibralError(ours, code === undefined ? {} : { reason: code }, { cause: thrown })
  // The client's own words for a connection that was lost or could not be made have no code.
  if (code === undefined)
    return /connect|terminat|not queryable/i.test(thrown.message) ? as('storage.unavailable') : thrown
  if (full.has(code)) return as('storage.full')
  if (damaged.includes(code)) return as('storage.unreadable')
  if (refused.some((known) => code.startsWith(known))) return as('storage.refused')
  const passes = network.has(code) || passingCodes.has(code) || passing.some((known) => code.startsWith(known))
  return passes ? as('storage.unavailable') : thrown
}
