import { type Key, PrivateKey, type PublicKeyPacket, type PublicSubkeyPacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { AskSecret } from './hardware/ask.ts'
import { type HardwareUse, heldAccess } from './hardware/held-key.ts'
import type { StoredCertificate } from './keyring/document.ts'
import { canSign, type KeyAccess, type SigningAccess } from './openpgp/key-access.ts'
import { softwareAccess } from './openpgp/software-key.ts'

/**
 * Every key of a certificate that can be used here, wherever it lies: in the keyring, in gpg-agent, on a card, in an
 * HSM. Hardware is asked when a key is used, not before.
 * @param key what `stored` holds, parsed
 * @param ask for several uses under one question (withSecrets); left out: each use asks for itself
 */
export function accessesOf(
  key: Key,
  stored: StoredCertificate | undefined,
  hardware: HardwareUse,
  ask?: AskSecret,
): readonly KeyAccess[] {
  const certificate = key.toPublic()
  const held = certificate.getKeys().flatMap(({ keyPacket }) => {
    const found = stored?.held[keyPacket.getFingerprint()]
    const shown = keyPacket as PublicKeyPacket | PublicSubkeyPacket
    return found === undefined ? [] : [heldAccess(certificate, shown, found, hardware, ask)]
  })
  const software = key instanceof PrivateKey ? softwareAccess(key) : []
  const elsewhere = new Set(held.map((it) => it.key.getFingerprint()))
  return [...software.filter((it) => !elsewhere.has(it.key.getFingerprint())), ...held]
}

/** The primary key's own access. @throws LibralError `keys.not-own` where it can't be used here */
export function primaryAccess(
  key: Key,
  stored: StoredCertificate,
  hardware: HardwareUse,
  ask?: AskSecret,
): SigningAccess {
  const fingerprint = key.getFingerprint()
  const found = accessesOf(key, stored, hardware, ask)
    .filter(canSign)
    .find((it) => it.key.getFingerprint() === fingerprint)
  if (found === undefined) throw new LibralError('keys.not-own')
  return found
}
