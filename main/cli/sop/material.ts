import type { SigningAccess } from '../../vault/openpgp/key-access.ts'
import {
  type PrivateKey,
  type PublicKey,
  readCertificates,
  readSecretKeys,
  signerOf,
  unlockWith,
} from '../../vault/stateless/material.ts'
import { readDesignated } from './designators.ts'
import { sopErrorOf } from './failure.ts'
import { passwordsIn } from './passwords.ts'

/** Every key in the files. @throws SopError MISSING_INPUT, BAD_DATA */
export async function keysIn(designators: readonly string[]): Promise<PrivateKey[]> {
  const all = []
  for (const it of designators) all.push(...(await readSecretKeys(await readDesignated(it))))
  return all
}

export interface Certificates {
  readonly all: readonly PublicKey[]
  /** The files in which a certificate of this fingerprint (upper case) came. */
  readonly sources: ReadonlyMap<string, readonly string[]>
}

/** @throws SopError MISSING_INPUT, BAD_DATA */
export async function certificatesIn(designators: readonly string[]): Promise<Certificates> {
  const all: PublicKey[] = []
  const sources = new Map<string, string[]>()
  for (const designator of designators)
    for (const certificate of await readCertificates(await readDesignated(designator))) {
      const fingerprint = certificate.getFingerprint().toUpperCase()
      all.push(certificate)
      sources.set(fingerprint, [...(sources.get(fingerprint) ?? []), designator])
    }
  return { all, sources }
}

/** One signer for each key. @throws SopError KEY_IS_PROTECTED, KEY_CANNOT_SIGN */
export async function signersIn(
  designators: readonly string[],
  passwords?: readonly string[],
): Promise<SigningAccess[]> {
  const keys = await keysIn(designators)
  const known = await passwordsIn(passwords)
  try {
    return await Promise.all(keys.map(async (key) => signerOf(await unlockWith(key, known), Date.now())))
  } catch (thrown) {
    throw sopErrorOf(thrown)
  }
}
