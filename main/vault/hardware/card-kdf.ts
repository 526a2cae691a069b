import { createHash } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import { parseObjects } from './card-data.ts'

export type PinKind = 'pin' | 'reset-code' | 'admin-pin'

const salts: Readonly<Record<PinKind, number>> = { pin: 0x84, 'reset-code': 0x85, 'admin-pin': 0x86 }
const hashes: Readonly<Record<number, string>> = { 8: 'sha256', 10: 'sha512' }

/**
 * A PIN as the card wants it (OpenPGP card 3.4, section 4.3.2): as typed, or where the KDF object says so, salted and
 * iterated (RFC 9580, section 3.7.1.3; the count is the number of bytes). The result is a new buffer.
 * @param object F9, empty where the card has none
 */
export const pinBytes = (object: Buffer, kind: PinKind, pin: Uint8Array): Buffer => {
  const parts = parseObjects(object)
  const method = parts.get(0x81)?.[0] ?? 0
  if (method === 0) return Buffer.from(pin)
  const hash = hashes[parts.get(0x82)?.[0] ?? 0]
  const count = parts.get(0x83)
  const salt = parts.get(salts[kind]) ?? parts.get(salts.pin)
  if (method !== 3 || hash === undefined || count?.length !== 4 || salt?.length !== 8)
    throw new LibralError('hardware.unsupported')
  const block = Buffer.concat([salt, pin])
  const digest = createHash(hash)
  for (let left = Math.max(count.readUInt32BE(0), block.length); left > 0; left -= block.length)
    digest.update(left < block.length ? block.subarray(0, left) : block)
  block.fill(0)
  return digest.digest()
}
