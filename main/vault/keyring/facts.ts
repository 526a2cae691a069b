import { enums, type Key, type PublicKey, type SignaturePacket, type Subkey, type User } from 'openpgp'
import type { Certificate, KeyPart, RevocationReason } from '#protocol/keys.ts'
import { policy } from '#trust/openpgp/policy.ts'
import type { KeyringDocument, StoredCertificate } from './document.ts'

/** Feature flag of RFC 9580, section 5.2.3.32. */
const seipdv2 = 0x08

/** What a window may know of a certificate: everything that is public, and where the secret parts lie. */
export async function factsOf(
  stored: StoredCertificate,
  key: Key,
  opened: KeyringDocument['opened'],
): Promise<Certificate> {
  const { keyPacket } = key
  const self = await primarySelfSignature(key)
  const part = (it: Key | Subkey, rest: Pick<KeyPart, 'primary' | 'uses' | 'expiresAt' | 'revoked'>): KeyPart => {
    const fingerprint = it.getFingerprint()
    const used = opened[fingerprint]
    return {
      fingerprint,
      keyId: it.getKeyID().toHex(),
      algorithm: algorithmName(it),
      createdAt: it.getCreationTime().getTime(),
      place: stored.held[fingerprint]?.place ?? (isSecret(it) ? 'software' : null),
      opened: { count: used?.count ?? 0, at: used?.at ?? null },
      ...rest,
    }
  }
  const expiresAt = instant(await key.getExpirationTime(undefined, policy))
  const revoked = await keyRevocation(key)
  const primary = part(key, {
    primary: true,
    uses: self === null ? [] : usesOf(self, ['certify', 'sign']),
    expiresAt,
    revoked,
  })
  const subkeys = await Promise.all(
    key.subkeys.map(async (subkey) => {
      const binding = await latestBinding(subkey)
      return part(subkey, {
        primary: false,
        uses: binding === null ? [] : usesOf(binding, ['encrypt']),
        expiresAt: instant(await subkey.getExpirationTime(null as unknown as undefined, policy).catch(() => null)),
        revoked: await subkeyRevocation(subkey, binding),
      })
    }),
  )
  return {
    fingerprint: key.getFingerprint(),
    version: keyPacket.version === 6 ? 6 : 4,
    parts: [primary, ...subkeys],
    userIds: await userIdsOf(key),
    createdAt: primary.createdAt,
    expiresAt,
    revoked,
    modern: self?.features != null && ((self.features[0] ?? 0) & seipdv2) !== 0,
    confirmedAt: stored.confirmedAt,
    hasRevocation: stored.revocation !== null,
  }
}

const isSecret = (it: Key | Subkey): boolean => {
  const packet = it.keyPacket as { isMissingSecretKeyMaterial?(): boolean }
  return packet.isMissingSecretKeyMaterial !== undefined && !packet.isMissingSecretKeyMaterial()
}

/** openpgp.js has it but does not type it. Null date: also of a certificate that has expired. */
export const primarySelfSignature = (key: Key): Promise<SignaturePacket | null> =>
  (
    key as unknown as {
      getPrimarySelfSignature(date: null, userId: object, config: object): Promise<SignaturePacket>
    }
  )
    .getPrimarySelfSignature(null, {}, policy)
    .catch(() => null)

export async function latestBinding(subkey: Subkey): Promise<SignaturePacket | null> {
  const data = { key: subkey.mainKey.keyPacket, bind: subkey.keyPacket }
  const valid = await Promise.all(
    subkey.bindingSignatures.map((it) =>
      it
        .verify(
          subkey.mainKey.keyPacket,
          enums.signature.subkeyBinding,
          data,
          null as unknown as undefined,
          false,
          policy,
        )
        .then(
          () => it,
          () => null,
        ),
    ),
  )
  return latest(valid)
}

const latest = (signatures: readonly (SignaturePacket | null)[]): SignaturePacket | null =>
  signatures.reduce((best, it) => (it !== null && (best === null || timeOf(it) > timeOf(best)) ? it : best), null)

const timeOf = (it: SignaturePacket): number => it.created?.getTime() ?? 0
const instant = (date: Date | typeof Infinity | null): number | null => (date instanceof Date ? date.getTime() : null)

function usesOf(signature: SignaturePacket, fallback: KeyPart['uses']): KeyPart['uses'] {
  const flags = signature.keyFlags?.[0]
  if (flags === undefined) return fallback
  const has = (flag: number): boolean => (flags & flag) !== 0
  return [
    ...(has(enums.keyFlags.certifyKeys) ? (['certify'] as const) : []),
    ...(has(enums.keyFlags.signData) ? (['sign'] as const) : []),
    ...(has(enums.keyFlags.encryptCommunication | enums.keyFlags.encryptStorage) ? (['encrypt'] as const) : []),
    ...(has(enums.keyFlags.authentication) ? (['authenticate'] as const) : []),
  ]
}

const reasons = new Map<number | null, RevocationReason>([
  [enums.reasonForRevocation.keyCompromised, 'compromised'],
  [enums.reasonForRevocation.keyRetired, 'retired'],
  [enums.reasonForRevocation.keySuperseded, 'superseded'],
])

const revocationIn = (it: SignaturePacket): NonNullable<Certificate['revoked']> => ({
  at: timeOf(it),
  reason: reasons.get(it.reasonForRevocationFlag) ?? 'unspecified',
  text: it.reasonForRevocationString ?? '',
})

async function keyRevocation(key: Key): Promise<Certificate['revoked']> {
  if (key.revocationSignatures.length === 0 || !(await key.isRevoked(undefined, undefined, undefined, policy)))
    return null
  const found = latest(key.revocationSignatures)
  return found === null ? null : revocationIn(found)
}

async function subkeyRevocation(subkey: Subkey, binding: SignaturePacket | null): Promise<Certificate['revoked']> {
  if (subkey.revocationSignatures.length === 0 || binding === null) return null
  const primary = subkey.mainKey.keyPacket
  if (!(await subkey.isRevoked(binding, primary, undefined, policy))) return null
  const found = latest(subkey.revocationSignatures)
  return found === null ? null : revocationIn(found)
}

export async function isUserRevoked(user: User): Promise<boolean> {
  const certification = latest(user.selfCertifications)
  if (user.revocationSignatures.length === 0 || certification === null) return false
  return user.isRevoked(certification, undefined, undefined, policy)
}

async function userIdsOf(key: Key): Promise<Certificate['userIds']> {
  const primary = await key.getPrimaryUser(undefined, undefined, policy).then(
    ({ index }) => index,
    () => 0,
  )
  const shown = await Promise.all(
    key.users.map(async (user, index) => {
      if (user.userID === null) return []
      const { userID: text, name, email } = user.userID
      return [{ text, name, email, primary: index === primary, revoked: await isUserRevoked(user) }]
    }),
  )
  return shown.flat()
}

/** `rsa3072`, `ed25519`, `x25519`, `ed448`, `x448`, `nistP256`, … */
function algorithmName(it: Key | Subkey): string {
  const { algorithm, bits, curve } = it.getAlgorithmInfo()
  if (bits !== undefined) return `${algorithm.startsWith('rsa') ? 'rsa' : algorithm}${bits}`
  if (curve === enums.curve.ed25519Legacy) return 'ed25519'
  if (curve === enums.curve.curve25519Legacy) return 'x25519'
  return curve ?? algorithm
}

/** RSA below 2048 bits, DSA and ElGamal protect nothing any more. */
export function isTooWeak(key: PublicKey | Key): boolean {
  const { algorithm, bits } = key.getAlgorithmInfo()
  return algorithm.startsWith('rsa') ? (bits ?? 0) < policy.minRSABits : ['dsa', 'elgamal'].includes(algorithm)
}
