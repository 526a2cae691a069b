import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMessage, decrypt, encrypt, enums, type Key, type PrivateKey, readMessage, sign, verify } from 'openpgp'
import { afterAll, describe, expect, test } from 'vitest'
import type { IdentityDraft } from '#protocol/keys.ts'
import { policy } from '#trust/openpgp/policy.ts'
import type { StoredCertificate } from '../keyring/document.ts'
import { factsOf } from '../keyring/facts.ts'
import { parseStored, stateOf } from '../keyring/listing.ts'
import { gnupg, modern } from '../openpgp/config.ts'
import { canSign, type SigningAccess } from '../openpgp/key-access.ts'
import { softwareAccess } from '../openpgp/software-key.ts'
import { createIdentity } from './create.ts'
import { rotate } from './rotate.ts'
import { addUserId, extend, revoke, revokeUserId } from './self-signatures.ts'

const day = 86_400_000
const draft: IdentityDraft = {
  name: '田中花子',
  email: 'hanako@example.jp',
  curve: '25519',
  companion: true,
  days: 365,
}

const primary = (key: Key): SigningAccess => {
  const [access] = softwareAccess(key as PrivateKey).filter(canSign)
  if (access === undefined) throw new Error('no key')
  return access
}
const stored = (key: Key): StoredCertificate => ({
  fingerprint: key.getFingerprint(),
  key: Buffer.from(key.write()).toString('base64'),
  revocation: null,
  confirmedAt: null,
  held: {},
})
const facts = (key: Key) => factsOf(stored(key), key, {})
const made = async (change: Partial<IdentityDraft> = {}) => {
  const certificates = await createIdentity({ ...draft, ...change }, Date.now())
  return Promise.all(certificates.map(parseStored))
}
const gnupgHome = mkdtempSync(join(tmpdir(), 'gh-'))
afterAll(() => {
  execFileSync('gpgconf', ['--homedir', gnupgHome, '--kill', 'all'])
  rmSync(gnupgHome, { recursive: true, force: true })
})
const gpg = (args: readonly string[], input?: Uint8Array): string =>
  execFileSync('gpg', ['--homedir', gnupgHome, '--batch', '--no-tty', '--status-fd', '1', ...args], {
    input,
    stdio: ['pipe', 'pipe', 'ignore'],
  }).toString('latin1')

test('an identity is a modern v6 certificate and a v4 companion that GnuPG can use, each with its revocation', async () => {
  const certificates = await createIdentity(draft, Date.now())
  expect(certificates.every(({ revocation }) => revocation?.includes('BEGIN PGP PUBLIC KEY BLOCK'))).toBe(true)
  const keys = await Promise.all(certificates.map(parseStored))
  const [v6, v4] = await Promise.all(keys.map(facts))
  expect(v6).toMatchObject({
    version: 6,
    modern: true,
    revoked: null,
    parts: [{ algorithm: 'ed25519' }, { algorithm: 'x25519' }],
  })
  expect(v6?.parts.map(({ uses, place }) => [uses, place])).toEqual([
    [['certify', 'sign'], 'software'],
    [['encrypt'], 'software'],
  ])
  expect(v4).toMatchObject({ version: 4, modern: false, parts: [{ algorithm: 'ed25519' }, { algorithm: 'x25519' }] })
  expect(v6?.userIds).toMatchObject([{ name: '田中花子', email: 'hanako@example.jp', primary: true, revoked: false }])
  gpg(['--import'], keys[1]?.toPublic().write())
  expect(gpg(['--with-colons', '--list-keys', v4?.fingerprint ?? ''])).toContain('pub:')
})

test('an Ed448 identity without an address and without an end', async () => {
  const [key, ...more] = await made({ curve: '448', email: '', companion: false, days: null })
  if (key === undefined) throw new Error('no key')
  expect(more).toEqual([])
  expect(await facts(key)).toMatchObject({
    expiresAt: null,
    parts: [{ algorithm: 'ed448' }, { algorithm: 'x448' }],
    userIds: [{ text: '田中花子', email: '' }],
  })
})

describe.each([6, 4])('a version %s certificate', (version) => {
  const one = async (change: Partial<IdentityDraft> = {}): Promise<Key> => {
    const key = (await made(change)).find(({ keyPacket }) => keyPacket.version === version)
    if (key === undefined) throw new Error('no key')
    return key
  }
  const forGnupg = (key: Key): void => {
    if (version === 4) gpg(['--import'], key.toPublic().write())
  }

  test('expires, is extended with its subkeys, and keeps what was signed before', async () => {
    const key = await one({ days: 20 })
    const now = Date.now()
    expect(stateOf(await facts(key), now)).toBe('expiring')
    expect(stateOf(await facts(key), now + 21 * day)).toBe('expired')
    const message = await createMessage({ text: '記録' })
    const before = await sign({ message, signingKeys: key as PrivateKey, format: 'object', config: modern })
    const end = new Date(now + 800 * day)
    const longer = await extend(key, primary(key), end)
    const said = await facts(longer)
    expect(Math.abs((said.expiresAt ?? 0) - end.getTime())).toBeLessThan(2_000)
    expect(Math.abs((said.parts[1]?.expiresAt ?? 0) - end.getTime())).toBeLessThan(2_000)
    expect(said.modern).toBe(version === 6)
    const verdict = await verify({ message: before, verificationKeys: longer.toPublic(), config: policy })
    await expect(verdict.signatures[0]?.verified).resolves.toBe(true)
    expect((await facts(await extend(longer, primary(longer), null))).expiresAt).toBeNull()
    forGnupg(longer)
    if (version === 4) {
      const [pub] = gpg(['--with-colons', '--list-keys', key.getFingerprint()])
        .split('\n')
        .filter((it) => it.startsWith('pub:'))
      expect(Math.abs(Number(pub?.split(':')[6]) * 1000 - end.getTime())).toBeLessThan(2_000)
    }
  })

  test('gets a new encryption subkey; what was encrypted to the old one stays readable', async () => {
    const key = await one()
    const message = await createMessage({ text: '機密' })
    const config = version === 6 ? modern : gnupg
    const old = await encrypt({ message, encryptionKeys: key.toPublic(), config })
    const rotated = await rotate(key, Date.now() + 2_000)
    expect(rotated.subkeys).toHaveLength(2)
    const later = new Date(Date.now() + 4_000)
    const chosen = await rotated.getEncryptionKey(undefined, later, undefined, policy)
    expect(chosen.getFingerprint()).toBe(rotated.subkeys[1]?.getFingerprint())
    const opened = await decrypt({
      message: await readMessage({ armoredMessage: old, config }),
      decryptionKeys: rotated as PrivateKey,
      config,
    })
    expect(opened.data).toBe('機密')
    const said = await facts(rotated)
    expect(said.parts[2]).toMatchObject({ uses: ['encrypt'], place: 'software' })
    expect(Math.abs((said.parts[2]?.expiresAt ?? 0) - (said.expiresAt ?? 0))).toBeLessThan(3_000)
  })

  test('user ids come and go, the last one stays', async () => {
    const key = await one()
    const more = await addUserId(key, primary(key), '田中花子', 'tanaka@example.com')
    await expect(addUserId(more, primary(more), '田中花子', 'tanaka@example.com')).rejects.toMatchObject({
      code: 'keys.user-id-exists',
    })
    const first = '田中花子 <hanako@example.jp>'
    const less = await revokeUserId(more, primary(more), first)
    const said = await facts(less)
    expect(said.userIds.map(({ email, revoked, primary: main }) => [email, revoked, main])).toEqual([
      ['hanako@example.jp', true, false],
      ['tanaka@example.com', false, true],
    ])
    await expect(revokeUserId(less, primary(less), '田中花子 <tanaka@example.com>')).rejects.toMatchObject({
      code: 'keys.last-user-id',
    })
    await expect(revokeUserId(less, primary(less), 'x')).rejects.toMatchObject({ code: 'keys.user-id-unknown' })
    forGnupg(less)
    if (version === 4) expect(gpg(['--with-colons', '--list-keys', key.getFingerprint()])).toMatch(/uid:r:/)
  })

  test.each(['compromised', 'retired'] as const)(
    'revoked as %s it says so, and is encrypted to no more',
    async (reason) => {
      const key = await one()
      const gone = await revoke(key, primary(key), reason, '端末を紛失')
      expect((await facts(gone)).revoked).toMatchObject({ reason, text: '端末を紛失' })
      expect(stateOf(await facts(gone), Date.now())).toBe('revoked')
      await expect(
        encrypt({ message: await createMessage({ text: 'x' }), encryptionKeys: gone.toPublic(), config: modern }),
      ).rejects.toThrow(/revoked/)
      forGnupg(gone)
      if (version === 4) expect(gpg(['--with-colons', '--list-keys', key.getFingerprint()])).toContain('pub:r:')
    },
  )
})

test('the revocation certificate made at creation revokes without the secret key, in GnuPG too', async () => {
  const [, v4] = await createIdentity(draft, Date.now())
  if (v4?.revocation == null) throw new Error('no certificate')
  const key = await parseStored(v4)
  gpg(['--import'], key.toPublic().write())
  const file = join(gnupgHome, 'revocation.asc')
  writeFileSync(file, v4.revocation)
  gpg(['--import', file])
  expect(gpg(['--with-colons', '--list-keys', v4.fingerprint])).toContain('pub:r:')
})

test('a certificate without a valid self-signature is broken', async () => {
  const [key] = await made({ companion: false })
  if (key === undefined) throw new Error('no key')
  const list = key.toPublic().toPacketList()
  const direct = list.findPacket(enums.packet.signature) as { signedHashValue?: Uint8Array } | undefined
  if (direct?.signedHashValue === undefined) throw new Error('no signature')
  const inner = direct as unknown as { params: { RS: Uint8Array } }
  inner.params.RS[5] = (inner.params.RS[5] ?? 0) ^ 1
  const broken = await parseStored({ ...stored(key), key: Buffer.from(list.write()).toString('base64') })
  expect(stateOf(await facts(broken), Date.now())).toBe('broken')
})
