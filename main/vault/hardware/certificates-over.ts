import type { Key } from 'openpgp'
import type { HardwarePerson } from '#protocol/hardware.ts'
import { revocationCertificate } from '../identity/self-signatures.ts'
import type { HeldElsewhere, StoredCertificate } from '../keyring/document.ts'
import { canSign } from '../openpgp/key-access.ts'
import { buildCertificate } from './build-certificate.ts'
import type { ExternalKey } from './external-key.ts'
import type { KeyUse, KeyVersion } from './key-packet.ts'

/** A key that lies elsewhere, what it is for in a certificate, and where it will be found again. */
export interface HeldPart {
  readonly key: ExternalKey
  readonly held: HeldElsewhere
}
export interface HeldParts {
  readonly sign: HeldPart
  readonly encrypt: HeldPart | null
  readonly authenticate?: HeldPart | null
}

/**
 * A version 6 certificate over keys that lie elsewhere and, if wanted, a version 4 one over the same keys, each with
 * what revokes it. The signing key signs some four times for each.
 */
export async function certificatesOver(
  parts: HeldParts,
  person: HardwarePerson,
  now: number,
): Promise<StoredCertificate[]> {
  const made: StoredCertificate[] = []
  for (const version of person.companion ? ([6, 4] as const) : ([6] as const))
    made.push(await certificateOver(version, parts, person, now))
  return made
}

async function certificateOver(
  version: KeyVersion,
  { sign, encrypt, authenticate = null }: HeldParts,
  { name, email, days }: HardwarePerson,
  now: number,
): Promise<StoredCertificate> {
  const subkeys = (
    [
      [encrypt, 'encrypt'],
      [authenticate, 'authenticate'],
    ] as const
  ).flatMap(([part, use]) => (part === null ? [] : [{ key: part.key, held: part.held, use }]))
  const age = Math.max(0, Math.round((now - sign.key.createdAt.getTime()) / 1000))
  const { certificate, access } = await buildCertificate({
    version,
    name,
    email,
    primary: sign.key,
    subkeys: subkeys satisfies readonly { readonly use: Exclude<KeyUse, 'certify'> }[],
    ...(days !== null && { expiresIn: age + days * 86_400 }),
    now: new Date(now),
  })
  const places = [sign.held, ...subkeys.map(({ held }) => held)]
  const held = certificate.getKeys().map((it, at) => [it.getFingerprint(), places[at]] as const)
  const primary = access[0]
  return {
    fingerprint: certificate.getFingerprint(),
    key: Buffer.from(certificate.write()).toString('base64'),
    revocation:
      primary !== undefined && canSign(primary) ? await revocationCertificate(certificate as Key, primary) : null,
    confirmedAt: null,
    held: Object.fromEntries(held.filter((it): it is [string, HeldElsewhere] => it[1] !== undefined)),
  }
}
