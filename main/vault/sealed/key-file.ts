import { stat } from 'node:fs/promises'
import type { PublicKey } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'
import { type KeyFile, largestKeyFile, readKeyFileLines } from '#trust/sealed/key-file.ts'
import { decryptMessage, type Source } from '../openpgp/decrypt.ts'
import { encryptMessage } from '../openpgp/encrypt.ts'
import { fileSource, type Making, writeFileFrom } from '../openpgp/files.ts'
import { kindOf } from '../openpgp/inspect.ts'
import type { OpeningAccess, SigningAccess } from '../openpgp/key-access.ts'

/**
 * Writes a key file: encrypted to its receiver alone and signed inside, through a temporary file that gets the name when
 * it is whole.
 * @param text the lines (trust/sealed/key-file.ts); they stay the caller's to wipe
 * @throws LibralError of the area `openpgp`, `storage.full`
 */
export const writeKeyFile = (
  path: string,
  text: Uint8Array,
  { receiver, signer, now }: { readonly receiver: PublicKey; readonly signer: SigningAccess; readonly now: number },
  making: Making,
): Promise<void> => {
  const source: Source = { size: text.byteLength, open: () => [text] }
  const options = { recipients: [receiver], signers: [signer], date: new Date(now) }
  return writeFileFrom(path, encryptMessage(source, options), making)
}

/** How a file's signature stands: `unknown`, when nobody here has the certificate that would verify it. */
export type KeyFileSignature = 'valid' | 'unknown'

export interface ReadKeyFile extends KeyFile {
  readonly signature: KeyFileSignature
  /** Fingerprint of the certificate that signed, lower-case hexadecimal; null where it is not known. */
  readonly signer: string | null
}

/**
 * Decrypts a key file and verifies its signature.
 * @param certificates that may have signed it
 * @throws LibralError `sealed.keys-unreadable`, `sealed.keys-not-mine`, `sealed.keys-unsigned`, and what a card or token
 *   says
 */
export const readKeyFile = async (
  path: string,
  openers: readonly OpeningAccess[],
  certificates: readonly PublicKey[],
  now: number,
): Promise<ReadKeyFile> => {
  const info = await stat(path).catch(() => null)
  // The message is a little longer than what it holds.
  if (info === null || info.size > largestKeyFile + 1024 * 1024) throw new LibralError('sealed.keys-unreadable')
  const source = await fileSource(path)
  const parts: Buffer[] = []
  let size = 0
  const sink = {
    write: (bytes: Uint8Array): void => {
      size += bytes.byteLength
      if (size > largestKeyFile) throw new LibralError('sealed.keys-unreadable')
      // A copy: the reader uses its memory again.
      parts.push(Buffer.from(bytes))
    },
  }
  const judgement = { certificates, trusted: new Set<string>(), now }
  try {
    if ((await kindOf(source)) !== 'encrypted') throw new LibralError('sealed.keys-unreadable')
    const { signatures } = await decryptMessage(source, sink, { keys: openers, judgement })
    const standing = standingOf(signatures)
    const whole = Buffer.concat(parts)
    try {
      return { ...readKeyFileLines(whole), ...standing }
    } finally {
      whole.fill(0)
    }
  } catch (thrown) {
    throw told(thrown)
  } finally {
    source.close()
    for (const part of parts) part.fill(0)
  }
}

/** @throws LibralError `sealed.keys-unsigned`: nobody signed it, or a signature is wrong */
const standingOf = (signatures: readonly SignatureVerdict[]): Pick<ReadKeyFile, 'signature' | 'signer'> => {
  const [only, ...more] = signatures
  if (only === undefined || more.length > 0) throw new LibralError('sealed.keys-unsigned')
  if (only.valid) return { signature: 'valid', signer: only.signer?.certificate.toLowerCase() ?? null }
  if (only.reason === 'certificate-unknown') return { signature: 'unknown', signer: null }
  throw new LibralError('sealed.keys-unsigned', { reason: only.reason ?? '' })
}

/** What OpenPGP finds wrong with the file, as it is to whoever opens it: theirs, damaged, or neither. */
const told = (thrown: unknown): unknown => {
  if (!(thrown instanceof LibralError)) return thrown
  if (thrown.code === 'openpgp.wrong-key' || thrown.code === 'openpgp.password-wrong')
    return new LibralError('sealed.keys-not-mine', {}, { cause: thrown })
  return damage.has(thrown.code) ? new LibralError('sealed.keys-unreadable', {}, { cause: thrown }) : thrown
}
const damage: ReadonlySet<string> = new Set([
  'openpgp.malformed',
  'openpgp.truncated',
  'openpgp.tampered',
  'openpgp.unprotected',
  'openpgp.unsupported',
  'openpgp.unsupported-bzip2',
  'openpgp.unsupported-libre',
  'openpgp.too-deep',
  'openpgp.too-large',
  'openpgp.not-signed',
  'openpgp.read-failed',
])
