import { basename } from 'node:path'
import { failureOf, type SafeParams } from '#protocol/errors.ts'

/**
 * What a log line may say of something thrown: our code, and for what is not ours the error's class and the place where
 * it was thrown. Never its message, which may quote what someone sent.
 */
export const traceOf = (thrown: unknown): SafeParams => {
  const { code } = failureOf(thrown)
  const root = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  if (code !== 'internal.unexpected' || !(root instanceof Error)) return { code }
  const place = /\(?([^\s()]+:\d+):\d+\)?$/m.exec(root.stack ?? '')?.[1]
  return { code, error: root.name, ...(place && { at: basename(place) }) }
}
