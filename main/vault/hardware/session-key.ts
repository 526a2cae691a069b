import { createHash } from 'node:crypto'
import type { PublicKeyEncryptedSessionKeyPacket, PublicKeyPacket, PublicSubkeyPacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { unwrapKey } from '../openpgp/aes-key-wrap.ts'
import type { OpenedSessionKey } from '../openpgp/key-access.ts'
import { openFromX25519 } from '../openpgp/x25519.ts'
import type { ExternalKey } from './external-key.ts'

type AnyPublic = PublicKeyPacket | PublicSubkeyPacket

/** What openpgp.js reads out of the packet but leaves out of its types. */
interface Encrypted {
  readonly version: number
  readonly encrypted: {
    readonly c?: Uint8Array
    readonly V?: Uint8Array
    readonly C?: { readonly data?: Uint8Array }
  }
}

interface EcdhParams {
  readonly oid: { write(): Uint8Array }
  readonly kdfParams: { readonly hash: number; readonly cipher: number }
}

const hashNames: Readonly<Record<number, string>> = { 8: 'sha256', 9: 'sha384', 10: 'sha512' }
const keySizes: Readonly<Record<number, number>> = { 7: 16, 8: 24, 9: 32 }
const wrong = (): LibralError => new LibralError('openpgp.wrong-key')

/** Opens the session key with a key that lies elsewhere (RFC 9580, sections 5.1 and 11.5). */
export const openWithExternal = async (
  key: ExternalKey,
  shown: AnyPublic,
  packet: PublicKeyEncryptedSessionKeyPacket,
): Promise<OpenedSessionKey> => {
  const { version, encrypted } = packet as unknown as Encrypted
  if (encrypted.c !== undefined && key.unwrap !== undefined) return checkedKey(await key.unwrap(encrypted.c), version)
  if (key.agree === undefined || encrypted.C === undefined) throw wrong()
  if (encrypted.V !== undefined && encrypted.C.data !== undefined) {
    const shared = await key.agree(encrypted.V)
    return checkedKey(unwrapEcdh(shown, shared, encrypted.C.data), version)
  }
  const { agree } = key
  if (key.public.kind !== 'x25519') throw wrong()
  return openFromX25519(packet, key.public.point, (point) => agree(Buffer.concat([Buffer.of(0x40), point])))
}

/** Algorithm (version 3 only), key, sum of its bytes. */
const checkedKey = (block: Uint8Array, version: number): OpenedSessionKey => {
  const start = version === 6 ? 0 : 1
  const data = new Uint8Array(block.subarray(start, -2))
  const sum = data.reduce((total, byte) => (total + byte) & 0xffff, 0)
  const [high = 0, low = 0] = block.subarray(-2)
  if (data.length < 16 || sum !== high * 256 + low) throw wrong()
  return { algorithm: version === 6 ? null : (block[0] ?? null), data }
}

const unwrapEcdh = (shown: AnyPublic, shared: Uint8Array, wrapped: Uint8Array): Uint8Array => {
  const { oid, kdfParams } = shown.publicParams as unknown as EcdhParams
  const hash = hashNames[kdfParams.hash]
  const size = keySizes[kdfParams.cipher]
  if (hash === undefined || size === undefined) throw new LibralError('openpgp.unsupported', { what: 'kdf' })
  const parameters = Buffer.concat([
    oid.write(),
    Buffer.of(18, 3, 1, kdfParams.hash, kdfParams.cipher),
    Buffer.from('Anonymous Sender    '),
    shown.getFingerprintBytes() ?? Buffer.alloc(0),
  ])
  const digest = createHash(hash)
    .update(Buffer.of(0, 0, 0, 1))
    .update(shared)
    .update(parameters)
    .digest()
  const block = unwrapKey(digest.subarray(0, size), wrapped)
  if (block === null) throw wrong()
  const padding = block.at(-1) ?? 0
  const tail = block.subarray(block.length - padding)
  if (padding === 0 || padding > 8 || tail.some((byte) => byte !== padding)) throw wrong()
  return block.subarray(0, block.length - padding)
}
