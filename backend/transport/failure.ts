import { randomBytes } from 'node:crypto'
import { ORPCError } from '@orpc/server'
import { type ErrorCode, LibralError, type SafeParams } from '#protocol/errors.ts'
import type { Log } from './services.ts'

/** How our failures look to oRPC: our code, the parameters as data, the code as message. */
export const toRpcError = (failure: {
  readonly code: ErrorCode
  readonly params: SafeParams
}): ORPCError<string, SafeParams> =>
  new ORPCError(failure.code, { status: statusOf(failure.code), message: failure.code, data: failure.params })

const tooMany: ReadonlySet<ErrorCode> = new Set(['link.overloaded', 'link.rate-limited', 'session.too-many-attempts'])

const statusOf = (code: ErrorCode): number => {
  if (code === 'internal.unexpected') return 500
  if (tooMany.has(code)) return 429
  if (code.endsWith('.not-permitted')) return 403
  if (code.startsWith('session.')) return 401
  return 400
}

/** What was thrown, as ours. Of the unexpected, nothing but the correlation id leaves the process. */
export const libralErrorOf = (
  thrown: unknown,
  procedure: string,
  log: Log,
  correlation = randomBytes(8).toString('hex'),
): LibralError => {
  if (thrown instanceof LibralError) return thrown
  if (thrown instanceof ORPCError && thrown.code === 'BAD_REQUEST')
    return new LibralError('input.invalid', invalidField(thrown))
  log.error('rpc.unexpected', { correlation, procedure, ...traceOf(thrown) })
  return new LibralError('internal.unexpected', { correlation })
}

/** Path of the first field that the schema refused; never its value. */
const invalidField = (error: ORPCError<string, unknown>): SafeParams => {
  const path = firstIssuePath(error.data)
  return path === undefined ? {} : { field: path.slice(0, 120) }
}

const firstIssuePath = (data: unknown): string | undefined => {
  if (typeof data !== 'object' || data === null || !('issues' in data) || !Array.isArray(data.issues)) return undefined
  const issue: unknown = data.issues[0]
  if (typeof issue !== 'object' || issue === null || !('path' in issue) || !Array.isArray(issue.path)) return undefined
  return issue.path.map(String).join('.')
}

/** Name and place of an error without its message, which may quote what a user typed. */
export const traceOf = (thrown: unknown): SafeParams => {
  if (!(thrown instanceof Error)) return { name: typeof thrown }
  const cause = thrown.cause instanceof Error ? thrown.cause : undefined
  const frames = (error: Error): string =>
    (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 6)
      .map((line) => line.trim())
      .join(' | ')
  return { name: thrown.name, at: frames(thrown), ...(cause && { cause: cause.name, causeAt: frames(cause) }) }
}
