import { LibralError } from '#protocol/errors.ts'
import type { WrappedKey } from '#protocol/sealed.ts'
import { type KeyPayload, parsePayload } from '#trust/sealed/wrap.ts'
import { decryptMessage, type Source } from '../openpgp/decrypt.ts'
import type { OpeningAccess } from '../openpgp/key-access.ts'

/** Largest thing that is ever wrapped. */
const limit = 4_096

const bytesSource = (bytes: Uint8Array): Source => ({
  size: bytes.byteLength,
  async *open() {
    yield bytes
  },
})

/** @throws LibralError of the area `openpgp`; `sealed.no-key` for anything that is too large */
export const openSmall = async (message: Uint8Array, keys: readonly OpeningAccess[], now: number): Promise<Buffer> => {
  const parts: Buffer[] = []
  let size = 0
  const sink = {
    write: (bytes: Uint8Array) => {
      size += bytes.byteLength
      if (size > limit) throw new LibralError('sealed.no-key')
      // A copy: the reader uses its memory again.
      parts.push(Buffer.from(bytes))
    },
  }
  await decryptMessage(bytesSource(message), sink, { keys, judgement: { certificates: [], trusted: new Set(), now } })
  return Buffer.concat(parts)
}

/**
 * A wrapped key, opened, and held against what it was handed out as: a backend that answers with another subject's key is
 * found out here.
 * @throws LibralError `sealed.no-key`, and of the area `openpgp`
 */
export const unwrap = async (
  { subject, key, wrapped }: WrappedKey,
  expected: Pick<KeyPayload, 'deployment' | 'class'>,
  keys: readonly OpeningAccess[],
  now: number,
): Promise<KeyPayload> => {
  const bytes = await openSmall(Buffer.from(wrapped, 'base64'), keys, now)
  const payload = parsePayload(bytes)
  bytes.fill(0)
  const fits = payload.subject === subject && payload.key === key
  if (!fits || payload.deployment !== expected.deployment || payload.class !== expected.class)
    throw new LibralError('sealed.no-key', { reason: 'other' })
  return payload
}
