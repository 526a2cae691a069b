import { type PrivateKey, readKey, readPrivateKey } from 'openpgp'
import { expect, test } from 'vitest'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import * as rfc from '#tests/fixtures/openpgp/rfc9580.ts'
import type { Judgement } from '#trust/openpgp/judge.ts'
import { policy } from '#trust/openpgp/policy.ts'
import { dearmored } from './armor.ts'
import { readCleartext } from './cleartext.ts'
import { type DecryptOptions, decryptMessage, readSigned } from './decrypt.ts'
import { canOpen } from './key-access.ts'
import { softwareAccess } from './software-key.ts'
import { unlockKey } from './unlock-key.ts'
import { verifyDetached } from './verify.ts'

const plain = (armored: string): Promise<Uint8Array> => all(dearmored([Buffer.from(armored)]))
const nobody: Judgement = { certificates: [], trusted: new Set(), now: Date.now() }

const opened = async (armored: string, options: Omit<DecryptOptions, 'judgement'>) => {
  const sink = memory()
  const { sessionKey } = await decryptMessage(sourceOf(await plain(armored)), sink, { ...options, judgement: nobody })
  return { text: sink.bytes.toString(), key: Buffer.from(sessionKey?.data ?? []).toString('hex') }
}

const six = async (): Promise<Judgement> => {
  const certificate = await readKey({ armoredKey: rfc.v6Certificate.armored, config: policy })
  return { certificates: [certificate.toPublic()], trusted: new Set([rfc.v6Certificate.fingerprint]), now: Date.now() }
}
const secret = (): Promise<PrivateKey> => readPrivateKey({ armoredKey: rfc.v6SecretKey, config: policy })

test('A.1 and A.2: the key is read; its signature is right, and still counts for nothing', async () => {
  const certificate = await readKey({ armoredKey: rfc.v4PublicKey.armored, config: policy })
  const { fingerprint, document } = { ...rfc.v4PublicKey, ...rfc.v4Signature }
  expect(certificate.getFingerprint().toUpperCase()).toBe(fingerprint)
  const known = { certificates: [certificate.toPublic()], trusted: new Set([fingerprint]), now: Date.now() }
  const judged = (text: string) => verifyDetached([Buffer.from(text)], [Buffer.from(rfc.v4Signature.armored)], known)
  // Nothing in the bare key says that it may sign.
  expect(await judged(document)).toMatchObject([
    { verified: false, reason: 'key-not-for-signing', signer: { certificate: fingerprint } },
  ])
  expect(await judged('openpgp')).toMatchObject([{ verified: false, reason: 'signature-wrong', signer: null }])
})

test('A.3 and A.4: certificate and secret key are read, and belong together', async () => {
  const certificate = await readKey({ armoredKey: rfc.v6Certificate.armored, config: policy })
  expect(certificate.getKeys().map((it) => it.getFingerprint().toUpperCase())).toEqual([
    rfc.v6Certificate.fingerprint,
    rfc.v6Certificate.subkey,
  ])
  const key = await secret()
  expect(Buffer.from(key.toPublic().write()).equals(Buffer.from(certificate.write()))).toBe(true)
  for (const { keyPacket } of key.getKeys()) await (keyPacket as unknown as { validate(): Promise<void> }).validate()
})

test('A.5: a key under Argon2 over 2 GiB is refused, and opens for who lifts the cap by name', async () => {
  const { armored, passphrase } = rfc.v6LockedKey
  const locked = await readPrivateKey({ armoredKey: armored, config: policy })
  await expect(unlockKey(locked, passphrase)).rejects.toMatchObject({ code: 'openpgp.argon2-too-costly' })
  const key = await unlockKey(locked, passphrase, { allowInsecureArgon2Memory: true })
  expect(Buffer.from(key?.write() ?? []).equals(Buffer.from((await secret()).write()))).toBe(true)
}, 600_000)

test('A.6 and A.7: cleartext and inline signatures count for a certificate that is marked, and for no other', async () => {
  const read = await readCleartext(Buffer.from(rfc.cleartext), await six())
  expect(read).toMatchObject({ text: rfc.groceries, signatures: [{ verified: true, reason: null }] })
  const message = sourceOf(await plain(rfc.inlineSigned))
  const sink = memory()
  expect((await readSigned(message, sink, await six())).signatures).toMatchObject([{ verified: true, reason: null }])
  expect(sink.bytes.toString()).toBe(rfc.groceries)
  const unknown = await readSigned(message, memory(), nobody)
  expect(unknown.signatures).toMatchObject([{ verified: false, reason: 'certificate-unknown' }])
})

test('A.8: to X25519, AES-128 in OCB', async () => {
  const keys = softwareAccess(await secret()).filter(canOpen)
  expect((await opened(rfc.toX25519, { keys })).text).toBe(rfc.hello)
})

test.each(Object.entries(rfc.byPassword))('%s: by password, and by session key', async (_, { armored, sessionKey }) => {
  expect(await opened(armored, { passwords: [rfc.password] })).toEqual({ text: rfc.hello, key: sessionKey })
  const data = new Uint8Array(Buffer.from(sessionKey, 'hex'))
  expect((await opened(armored, { sessionKeys: [{ algorithm: null, data }] })).text).toBe(rfc.hello)
  await expect(opened(armored, { passwords: ['Password'] })).rejects.toMatchObject({ code: 'openpgp.password-wrong' })
})

test.each(Object.entries(rfc.byArgon2))(
  '%s: under Argon2 over 2 GiB, for who lifts the cap by name',
  async (name, { armored, sessionKey }) => {
    const passwords = [rfc.password]
    await expect(opened(armored, { passwords })).rejects.toMatchObject({ code: 'openpgp.argon2-too-costly' })
    const data = new Uint8Array(Buffer.from(sessionKey, 'hex'))
    const algorithm = { 16: 7, 24: 8, 32: 9 }[data.byteLength] ?? 0
    expect((await opened(armored, { sessionKeys: [{ algorithm, data }] })).text).toBe(rfc.hello)
    // The derivation itself takes 2 GiB and some seconds: once is enough.
    if (!name.startsWith('A.12.1')) return
    const lifted = await opened(armored, { passwords, allowInsecureArgon2Memory: true })
    expect(lifted).toEqual({ text: rfc.hello, key: sessionKey })
  },
  600_000,
)
