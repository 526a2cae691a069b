import { pino } from 'pino'
import type { SafeParams } from '#protocol/errors.ts'
import type { Log } from './transport/services.ts'

/** Fields that no line may carry, should one ever be passed by mistake. */
const never = ['secret', 'token', 'ticket', 'proof', 'key', 'storageKey', 'params', 'salt', 'nonce', 'message']

const levels = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof levels)[number]

/** The level named, or `info`. */
export const levelOf = (name: string | undefined): Level => levels.find((level) => level === name) ?? 'info'

/**
 * JSON lines on stderr: time, level, event, ids and codes. Written at once, so that the last line before an end is not
 * lost.
 */
export const openJournal = (level: Level): Log => {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: never, censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: true }),
  )
  const write =
    (at: Level) =>
    (event: string, fields: SafeParams = {}): void =>
      logger[at](fields, event)
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
