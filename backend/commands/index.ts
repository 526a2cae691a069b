import { createWriteStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { bundleKinds } from '#protocol/bundle.ts'
import { failureOf, LibralError } from '#protocol/errors.ts'
import { restorationSchema, restoreStatementSchema } from '#protocol/log.ts'
import { databaseFile } from '../host.ts'
import { backUp } from './backup.ts'
import { exportBundle } from './bundle.ts'
import { move } from './move.ts'
import { inspect, inspectShared, restore, restoreShared } from './restore.ts'
import { reportOf, review, reviewShared } from './review.ts'

/**
 * Entry of one-shot work on a deployment's data. The order comes as JSON on stdin, since arguments and environment can
 * be read by other processes and it carries a key; the answer is one line of JSON on stdout.
 */
const place = {
  directory: z.string().min(1),
  /** 32 bytes, base64url. */
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
}
const file = z.string().min(1)
const notes = z.array(z.string().max(1_048_576)).max(64)
const explained = { statement: restoreStatementSchema, byOperator: restorationSchema.shape.byOperator }
const orderSchema = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('backup'), ...place, file }),
  /** What a backup, or a database that was set back, holds: for the statement that explains it. */
  z.strictObject({ command: z.literal('inspect'), key: place.key, file }),
  z.strictObject({ command: z.literal('inspect-shared'), database: z.string().min(1), file }),
  z.strictObject({ command: z.literal('restore'), ...place, file, ...explained }),
  z.strictObject({ command: z.literal('restored'), database: z.string().min(1), file, ...explained }),
  /** `database`: postgres://… */
  z.strictObject({ command: z.literal('move'), ...place, file, database: z.string().min(1) }),
  /** `seen`: notes of checkpoints. */
  z.strictObject({ command: z.literal('review-shared'), database: z.string().min(1), seen: notes }),
  z.strictObject({ command: z.literal('review'), ...place, seen: notes }),
  /** Entries [from, to), `to` null for all; the bundle goes to descriptor 3, unless the size alone is asked for. */
  z.strictObject({
    command: z.literal('bundle'),
    ...place,
    kind: z.enum(bundleKinds),
    from: z.int().min(0),
    to: z.int().min(1).nullable(),
    sizeOnly: z.boolean(),
  }),
])

const run = async (): Promise<unknown> => {
  const parsed = orderSchema.safeParse(await json(process.stdin))
  if (!parsed.success) throw new LibralError('input.invalid')
  const order = parsed.data
  switch (order.command) {
    case 'inspect':
      return inspect({ file: order.file, key: bytesOf(order.key) })
    case 'review-shared':
      return reportOf(await reviewShared(order.database, order.seen))
    case 'inspect-shared':
      return inspectShared(order)
    case 'restored':
      return restoreShared(order, order)
    default:
      return onFolder(order)
  }
}

const bytesOf = (key: string): Uint8Array => new Uint8Array(Buffer.from(key, 'base64url'))

const onFolder = async (order: Extract<z.infer<typeof orderSchema>, { directory: string }>): Promise<unknown> => {
  const { directory } = order
  const key = bytesOf(order.key)
  switch (order.command) {
    case 'move':
      return move({ directory, key, file: order.file, database: order.database })
    case 'backup':
      await assertStore(directory)
      return backUp({ directory, key, file: order.file })
    case 'restore':
      return restore({ directory, key, file: order.file }, order)
    case 'review':
      await assertStore(directory)
      return reportOf(await review({ directory, key }, order.seen))
    case 'bundle':
      await assertStore(directory)
      return exportBundle({ ...order, key, target: order.sizeOnly ? null : createWriteStream('', { fd: 3 }) })
  }
}

const assertStore = (directory: string): Promise<void> =>
  access(databaseFile(directory)).catch(() => {
    throw new LibralError('storage.unreadable', { reason: 'missing' })
  })

// Whatever this process makes is for its user alone.
process.umask(0o077)
run().then(
  (info) => process.stdout.write(`${JSON.stringify({ ok: true, info })}\n`),
  (thrown: unknown) => {
    process.stdout.write(`${JSON.stringify({ ok: false, failure: failureOf(thrown) })}\n`)
    process.exitCode = 1
  },
)
