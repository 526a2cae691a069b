import { createMessage, decrypt, encrypt, readMessage } from 'openpgp'
import { modern } from '../openpgp/config.ts'

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

/** @returns null when the passphrase is wrong, or the message was altered */
export async function openUnderPassphrase(message: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array | null> {
  try {
    const opened = await decrypt({
      message: await readMessage({ binaryMessage: message, config: modern }),
      passwords: text(passphrase),
      format: 'binary',
      config: modern,
    })
    return opened.data as Uint8Array
  } catch {
    return null
  }
}
