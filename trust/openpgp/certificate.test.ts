import { generateKey, readKey, revokeKey } from 'openpgp'
import { describe, expect, it } from 'vitest'
import { largestCertificate } from '#protocol/certificates.ts'
import { identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { examineCertificate, readCertificate, registeredKey } from './certificate.ts'

const now = Date.now()
const failing = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    ({ code, params }) => [code, params.reason].filter(Boolean).join(' '),
  )

describe('a certificate that is registered', () => {
  it.each([...Object.entries(v6Kinds), ...Object.entries(v4Kinds)])(
    '%s is read from binary and armor alike',
    async (_, kind) => {
      const { certificate } = await identity(kind)
      const facts = await readCertificate(certificate.write(), now)
      expect(facts).toMatchObject({
        fingerprint: certificate.getFingerprint(),
        userIds: ['山田 鍵 <kagi@example.org>'],
        expiresAt: null,
        encrypts: true,
      })
      expect(await readCertificate(Buffer.from(certificate.armor()), now)).toEqual(facts)
      expect((await registeredKey(facts.certificate)).getFingerprint()).toBe(facts.fingerprint)
      await examineCertificate(facts, now)
    },
  )

  it('loses what third parties certified', async () => {
    const { certificate } = await identity(v4Kinds['v4 P-256'])
    const { secret } = await identity(v4Kinds['v4 P-256'])
    const plain = await readCertificate(certificate.write(), now)
    const certified = await certificate.signAllUsers([secret])
    expect(certified.write().byteLength).toBeGreaterThan(certificate.write().byteLength)
    expect(await readCertificate(certified.write(), now)).toEqual(plain)
  })

  it('must hold what is claimed of it', async () => {
    const { certificate } = await identity(v6Kinds['v6 curve25519'])
    const other = await identity(v6Kinds['v6 curve25519'])
    const facts = await readCertificate(certificate.write(), now)
    const claims = [
      { fingerprint: other.certificate.getFingerprint() },
      { expiresAt: now + 1 },
      { userIds: ['社長 <ceo@example.org>'] },
      { encrypts: false },
      { certificate: (await readCertificate(other.certificate.write(), now)).certificate },
    ]
    for (const claim of claims) {
      expect(await failing(examineCertificate({ ...facts, ...claim }, now))).toBe('session.certificate-invalid facts')
    }
  })

  it('is refused with a reason of its own when it could not be used', async () => {
    const { certificate, secret } = await identity(v6Kinds['v6 curve25519'])
    const bytes = certificate.write()
    expect(await failing(readCertificate(secret.write(), now))).toBe('session.certificate-secret')
    expect(await failing(readCertificate(Buffer.concat([bytes, bytes]), now))).toBe(
      'session.certificate-invalid several',
    )
    expect(await failing(readCertificate(new Uint8Array(0), now))).toBe('session.certificate-invalid unreadable')
    expect(await failing(readCertificate(Buffer.from('鍵'), now))).toBe('session.certificate-invalid unreadable')
    expect(await failing(readCertificate(bytes, now - 86_400_000))).toBe('session.certificate-invalid not-yet-valid')
    const { publicKey: revoked } = await revokeKey({ key: secret, format: 'object' })
    expect(await failing(readCertificate(revoked.write(), now))).toBe('session.certificate-invalid revoked')
    const short = await identity(v6Kinds['v6 curve25519'], { keyExpirationTime: 120 })
    expect(await failing(readCertificate(short.certificate.write(), now + 121_000))).toBe(
      'session.certificate-invalid expired',
    )
    const weak = await generateKey({
      type: 'rsa',
      rsaBits: 1024,
      userIDs: { name: 'weak' },
      config: { minRSABits: 1024 },
      format: 'binary',
    })
    expect(await failing(readCertificate(weak.publicKey, now))).toBe('session.certificate-invalid no-signing-key')
    const large = await identity(v4Kinds['v4 RSA-2048'], {
      userIDs: Array.from({ length: 20 }, (_, nth) => ({
        name: `n${nth}`,
        email: `${'a'.repeat(60)}${nth}@example.org`,
      })),
    })
    expect(large.certificate.write().byteLength).toBeGreaterThan(largestCertificate)
    expect(await failing(readCertificate(large.certificate.write(), now))).toBe('session.certificate-too-large')
  })

  it('is refused when any byte was changed', async () => {
    const { certificate } = await identity(v6Kinds['v6 curve25519'])
    const bytes = certificate.write()
    const facts = await readCertificate(bytes, now)
    for (let at = 0; at < bytes.byteLength; at += 3) {
      const edited = Uint8Array.from(bytes)
      edited[at] = (edited[at] ?? 0) ^ 1
      const read = await readCertificate(edited, now).catch(() => null)
      // What is left readable (an unhashed part, a lost subkey) never passes for the certificate that was compared.
      if (read !== null && read.fingerprint === facts.fingerprint) {
        expect((await readKey({ binaryKey: edited })).getFingerprint()).toBe(facts.fingerprint)
        expect(await failing(examineCertificate({ ...facts, certificate: read.certificate }, now))).toMatch(
          /none|facts/,
        )
      }
    }
  })
})
