import { createMessage, encrypt } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { modern } from '../openpgp/config.ts'
import { decryptMessage } from '../openpgp/decrypt.ts'

/**
 * Bytes under a passphrase as an OpenPGP message (SKESK with Argon2, SEIPDv2 with AES-256-OCB): what the keyring's
 * file key and backups are wrapped in, so that any RFC 9580 tool opens them.
 */

/** One form for every input method. */
const text = (passphrase: Uint8Array): string => new TextDecoder().decode(passphrase).normalize('NFKC')

export async function lockUnderPassphrase(bytes: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array> {
  const message = await createMessage({ binary: bytes })
  return encrypt({ message, passwords: text(passphrase), format: 'binary', config: modern })
}

/**
 * @returns null when the passphrase is wrong, or the message was altered
 * @throws LibralError `openpgp.argon2-too-costly`: a backup that would keep the machine busy for minutes
 */
export async function openUnderPassphrase(message: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = []
  const source = { size: message.byteLength, open: () => [message] }
  const judgement = { certificates: [], trusted: new Set<string>(), now: Date.now() }
  try {
    await decryptMessage(source, { write: (it) => void parts.push(it) }, { passwords: [text(passphrase)], judgement })
    return Buffer.concat(parts)
  } catch (thrown) {
    if (thrown instanceof LibralError && thrown.code === 'openpgp.argon2-too-costly') throw thrown
    return null
  }
}
