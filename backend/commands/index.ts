import { access, mkdir } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { failureOf, LibralError } from '#protocol/errors.ts'
import { databaseFile } from '../host.ts'
import { backUp, restore } from './backup.ts'
import { move } from './move.ts'

/**
 * Entry of one-shot work on a deployment's data. The order comes as JSON on stdin, since arguments and environment can
 * be read by other processes and it carries a key; the answer is one line of JSON on stdout.
 */
const orderSchema = z.strictObject({
  command: z.enum(['backup', 'restore', 'move']),
  directory: z.string().min(1),
  file: z.string().min(1),
  /** Of a move: postgres://… */
  database: z.string().min(1).optional(),
  /** 32 bytes, base64url. */
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

const run = async (): Promise<unknown> => {
  const order = orderSchema.safeParse(await json(process.stdin))
  if (!order.success) throw new LibralError('input.invalid')
  const { command, directory, file } = order.data
  const place = { directory, file, key: new Uint8Array(Buffer.from(order.data.key, 'base64url')) }
  if (command === 'move') {
    if (order.data.database === undefined) throw new LibralError('input.invalid')
    return move({ ...place, database: order.data.database })
  }
  if (command === 'backup') {
    await access(databaseFile(directory)).catch(() => {
      throw new LibralError('storage.unreadable', { reason: 'missing' })
    })
    return backUp(place)
  }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return restore(place)
}

// Whatever this process makes is for its user alone.
process.umask(0o077)
run().then(
  (info) => process.stdout.write(`${JSON.stringify({ ok: true, info })}\n`),
  (thrown: unknown) => {
    process.stdout.write(`${JSON.stringify({ ok: false, failure: failureOf(thrown) })}\n`)
    process.exitCode = 1
  },
)
