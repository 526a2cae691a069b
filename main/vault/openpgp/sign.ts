import { type Config, enums, type RawNotation, type SignaturePacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { type DocumentDigest, digestFor } from '#trust/openpgp/digest.ts'
import { internalsOf } from '#trust/openpgp/internals.ts'
import { policy } from '#trust/openpgp/policy.ts'
import { type Bytes, eachPiece } from './byte-reader.ts'
import type { Source } from './decrypt.ts'
import { packetAround, packetHead, packetOf } from './framing.ts'
import type { SigningAccess } from './key-access.ts'
import { finishSignature, newSignature, prepareSignature } from './sign-packet.ts'

export interface SignOptions {
  readonly signers: readonly SigningAccess[]
  readonly date?: Date
  readonly filename?: string
  /** Over text with normalised line ends, as cleartext signatures are. */
  readonly text?: boolean
  readonly notations?: readonly RawNotation[]
  /** Seconds after which the signature itself expires. */
  readonly expiresAfter?: number
}

const piece = 256 * 1024

interface Signing {
  readonly packet: SignaturePacket
  readonly digest: DocumentDigest
  readonly access: SigningAccess
}

/** Names of the hashes in use, as cleartext messages and PGP/MIME spell them. */
export const hashOfSignatures = { id: enums.hash.sha512, name: 'SHA512' } as const

/**
 * Starts one signature per signer.
 * @throws LibralError `openpgp.signer-unusable` for an expired, revoked or non-signing key
 */
async function begin(options: SignOptions): Promise<readonly Signing[]> {
  const date = options.date ?? new Date()
  return Promise.all(options.signers.map((access) => beginOne(access, date, options)))
}

async function beginOne(access: SigningAccess, date: Date, options: SignOptions): Promise<Signing> {
  const id = access.key.getKeyID()
  try {
    await access.certificate.getSigningKey(id, date, undefined, policy as Config)
  } catch (cause) {
    const fingerprint = access.certificate.getFingerprint().toUpperCase()
    throw new LibralError('openpgp.signer-unusable', { fingerprint }, { cause })
  }
  const type = options.text === true ? enums.signature.text : enums.signature.binary
  const expires = options.expiresAfter
  const packet = newSignature(type, hashOfSignatures.id, {
    rawNotations: [...(options.notations ?? [])],
    ...(expires !== undefined && { signatureExpirationTime: expires, signatureNeverExpires: false }),
  })
  prepareSignature(packet, access.key, date)
  const digest = digestFor(packet)
  if (digest === null) throw new LibralError('openpgp.unsupported', { what: 'hash', id: hashOfSignatures.id })
  return { packet, digest, access }
}

const end = async ({ packet, digest, access }: Signing): Promise<Uint8Array> =>
  packetOf(2, (await finishSignature(packet, access, digest.end(packet))).write())

/**
 * Detached signatures over a document.
 * @returns one packet per signer, binary
 */
export async function signDetached(document: Bytes, options: SignOptions): Promise<Uint8Array> {
  const signings = await begin(options)
  const update = (part: Uint8Array): void => {
    for (const { digest } of signings) digest.update(part)
  }
  for await (const _ of eachPiece(document, piece, update));
  return Buffer.concat(await Promise.all(signings.map(end)))
}

/** A message that carries its signatures (`inline`): one-pass packets, the document, the signatures. */
export async function* signedMessage(
  source: Source,
  options: SignOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const signings = await begin(options)
  const last = signings.length - 1
  for (const [i, signing] of signings.entries()) yield packetOf(4, onePass(signing, i === last))
  yield* literal(source, options.filename ?? '', options.text === true, signings)
  for (const signing of signings.toReversed()) yield await end(signing)
}

/** A message of the document alone. */
export const plainMessage = (
  source: Source,
  filename: string,
  text = false,
): AsyncGenerator<Uint8Array, void, undefined> => literal(source, filename, text, [])

/** RFC 9580, 5.4; `nested` is 1 for the last one, which says that the document follows. */
function onePass({ packet, access: { key } }: Signing, last: boolean): Uint8Array {
  const fields = [packet.signatureType ?? 0, packet.hashAlgorithm ?? 0, key.algorithm]
  const nested = last ? 1 : 0
  if (packet.version !== 6) return Uint8Array.of(3, ...fields, ...Buffer.from(key.getKeyID().toHex(), 'hex'), nested)
  const salt = internalsOf(packet).salt ?? new Uint8Array(0)
  return Uint8Array.of(6, ...fields, salt.byteLength, ...salt, ...(key.getFingerprintBytes() ?? []), nested)
}

async function* literal(
  source: Source,
  filename: string,
  text: boolean,
  signings: readonly Signing[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const name = Buffer.from(filename, 'utf8').subarray(0, 255)
  const head = Buffer.from([text ? 0x75 : 0x62, name.byteLength, ...name, 0, 0, 0, 0])
  async function* document(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const part of source.open()) {
      for (const { digest } of signings) digest.update(part)
      yield part
    }
  }
  const size = source.size === null ? null : source.size + head.byteLength
  if (size === null || size >= 2 ** 32) return yield* packetAround(11, joined(head, document()))
  yield Buffer.concat([packetHead(11, size), head])
  let written = head.byteLength
  for await (const part of document()) {
    written += part.byteLength
    if (written > size) break
    yield part
  }
  // A file that grows or shrinks while it is read must not make a message that lies about its length.
  if (written !== size) throw new LibralError('openpgp.read-failed', { reason: 'changed' })
}

async function* joined(first: Uint8Array, rest: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  yield first
  yield* rest
}
