import { type Config, type enums, type PacketList, SymEncryptedIntegrityProtectedDataPacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { Bytes } from './byte-reader.ts'
import { modern } from './config.ts'
import type { Seipd2Options } from './seipd2.ts'

/**
 * Version 2 data by openpgp.js's own, for a process in which our OCB fails its self-test. Slow, streaming, and as strict:
 * what it opens is authenticated chunk by chunk.
 */

/** What the library does not type of this packet (openpgp.js 6.3.2, pinned exactly). */
interface Stock {
  version: number
  cipherAlgorithm: number
  aeadAlgorithm: number
  chunkSizeByte: number
  salt: Uint8Array
  encrypted: ReadableStream<Uint8Array>
  packets: { write(): ReadableStream<Uint8Array> }
  encrypt(cipher: enums.symmetric, key: Uint8Array, config: Config): Promise<boolean>
  decrypt(cipher: enums.symmetric, key: Uint8Array, config: Config): Promise<boolean>
  write(): ReadableStream<Uint8Array>
}

const packet = (fields: Partial<Stock>): Stock =>
  Object.assign(new SymEncryptedIntegrityProtectedDataPacket(), { version: 2, ...fields }) as unknown as Stock

const configOf = (chunkSizeByte: number): Config => ({ ...modern, aeadChunkSizeByte: chunkSizeByte }) as Config

const streamOf = (source: Bytes): ReadableStream<Uint8Array> =>
  ReadableStream.from(source) as unknown as ReadableStream<Uint8Array>

/** @returns the packet's body */
export async function* sealStock(
  plain: Bytes,
  sessionKey: Uint8Array,
  { cipher, aead, chunkSizeByte }: Seipd2Options,
): AsyncGenerator<Uint8Array, void, undefined> {
  const made = packet({ aeadAlgorithm: aead, packets: { write: () => streamOf(plain) } })
  await made.encrypt(cipher, sessionKey, configOf(chunkSizeByte))
  yield* made.write()
}

/**
 * @param sealed the chunks and the final tag
 * @returns the packets inside, framed anew: the library hands out no bytes
 * @throws LibralError `openpgp.tampered` for anything the library refuses
 */
export async function* openStock(
  sealed: Bytes,
  sessionKey: Uint8Array,
  { cipher, aead, chunkSizeByte }: Seipd2Options,
  salt: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const fields = { cipherAlgorithm: cipher, aeadAlgorithm: aead, chunkSizeByte, salt, encrypted: streamOf(sealed) }
  const made = packet(fields)
  try {
    await made.decrypt(cipher, sessionKey, configOf(chunkSizeByte))
    yield* inside(made.packets as unknown as Streamed)
  } catch (cause) {
    if (cause instanceof LibralError) throw cause
    throw new LibralError('openpgp.tampered', {}, { cause })
  }
}

/** A list whose packets after the document come when that has been read. */
type Streamed = PacketList<never> & { readonly stream: ReadableStream<object> | null }

async function* inside(packets: Streamed): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces(packets.write())
  if (packets.stream === null) return
  const Following = packets.constructor as new () => PacketList<never>
  for await (const each of packets.stream) {
    const following = new Following()
    following.push(each as never)
    yield* pieces(following.write())
  }
}

const pieces = (bytes: Uint8Array | ReadableStream<Uint8Array>): Bytes =>
  bytes instanceof Uint8Array ? [bytes] : bytes
