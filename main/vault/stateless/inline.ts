import { dearmored, looksArmored } from '../openpgp/armor.ts'
import { ByteReader, type Bytes, collect } from '../openpgp/byte-reader.ts'
import { cleartextLimit, cleartextParts } from '../openpgp/cleartext.ts'
import type { Sink, Source } from '../openpgp/decrypt.ts'
import { packetOf } from '../openpgp/framing.ts'
import { PendingSignatures } from '../openpgp/pending-signatures.ts'
import { readMessage } from '../openpgp/read-message.ts'

const cleartextHead = Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----')

/** Whether a message is text with its signature below, rather than packets or their armor. */
export async function isCleartext(source: Source): Promise<boolean> {
  const reader = new ByteReader(source.open())
  const start = await reader.peek(cleartextHead.byteLength)
  await reader.close()
  return cleartextHead.equals(start)
}

/** The same message without its armor. */
export const binaryOf = (source: Source): Source => ({ size: null, open: () => dearmored(source.open()) })

/** Keeps each signature packet as it came. */
class Kept extends PendingSignatures {
  readonly bodies: Uint8Array[] = []
  override foresee(body: Uint8Array): void {
    this.bodies.push(Uint8Array.from(body))
    super.foresee(body)
  }
  override conclude(body: Uint8Array): void {
    this.bodies.push(Uint8Array.from(body))
    super.conclude(body)
  }
}

const signatureTag = 2

/**
 * Takes an inline-signed message apart; verifies nothing.
 * @returns the signature packets, binary
 * @throws LibralError `openpgp.malformed`, `openpgp.not-signed`, …
 */
export async function detachInline(source: Source, sink: Sink): Promise<Uint8Array> {
  if (await isCleartext(source)) {
    const { text, signature } = cleartextParts(await collect(source.open(), cleartextLimit + 1))
    await sink.write(Buffer.from(text))
    return collect(dearmored([Buffer.from(signature)]), cleartextLimit)
  }
  const signatures = new Kept()
  await readMessage(binaryOf(source).open(), { signatures, head: () => {}, data: (bytes) => sink.write(bytes) })
  return Buffer.concat(signatures.bodies.map((body) => packetOf(signatureTag, body)))
}

const secretKeys = new Set([5])
const certificates = new Set([6])
const messages = new Set([1, 3, 4, 8, 11, 18])

/** What the first packet of binary data says that all of it is. @returns null for what is not OpenPGP */
export async function kindOf(
  reader: ByteReader,
): Promise<{ kind: 'armored' | 'signature' | 'privateKey' | 'certificate' | 'message'; older: boolean } | null> {
  const start = await reader.peek(8)
  if (start.byteLength === 0) return null
  if (looksArmored(start)) {
    const text = Buffer.from(await reader.peek(11)).toString('latin1')
    return text === '-----BEGIN ' ? { kind: 'armored', older: false } : null
  }
  const [head = 0] = start
  const isNew = (head & 0x40) !== 0
  const tag = isNew ? head & 0x3f : (head >>> 2) & 15
  const version = start[1 + lengthOctets(start, isNew)] ?? 0
  const older = tag === 18 ? version !== 2 : version !== 6
  if (tag === signatureTag) return { kind: 'signature', older }
  if (secretKeys.has(tag)) return { kind: 'privateKey', older }
  if (certificates.has(tag)) return { kind: 'certificate', older }
  return messages.has(tag) ? { kind: 'message', older } : null
}

function lengthOctets([head = 0, first = 0]: Uint8Array, isNew: boolean): number {
  if (!isNew) return [1, 2, 4, 0][head & 3] ?? 0
  if (first < 192 || (first >= 224 && first < 255)) return 1
  return first < 224 ? 2 : 5
}

export const reading = (bytes: Bytes): ByteReader => new ByteReader(bytes)
