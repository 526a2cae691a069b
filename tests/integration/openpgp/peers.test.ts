import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, createMessage, decrypt, encrypt, readKey, readMessage, type SessionKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dearmored } from '#main/vault/openpgp/armor.ts'
import { readCleartext, signCleartext } from '#main/vault/openpgp/cleartext.ts'
import { modern } from '#main/vault/openpgp/config.ts'
import { decryptMessage, readSigned } from '#main/vault/openpgp/decrypt.ts'
import { encryptMessage } from '#main/vault/openpgp/encrypt.ts'
import { signDetached, signedMessage } from '#main/vault/openpgp/sign.ts'
import { verifyDetached } from '#main/vault/openpgp/verify.ts'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import {
  type Identity,
  identity,
  judgementOf,
  rarerV4Kinds,
  v4Kinds,
  v6Kinds,
} from '#tests/fixtures/openpgp/identities.ts'
import { aeads, inVersion2, keyOf, literalOf } from '#tests/fixtures/openpgp/messages.ts'
import { policy } from '#trust/openpgp/policy.ts'

/** GnuPG 2.2 and Debian's sq, both directions. The home folder is short: its socket's path has a limit. */
const home = mkdtempSync(join(tmpdir(), 'lg-'))
const env = { ...process.env, GNUPGHOME: home, LANG: 'C' }
const file = (name: string): string => join(home, name)
const put = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(file(name), bytes)
  return file(name)
}
const gpg = (...args: string[]): Buffer =>
  execFileSync(
    'gpg',
    ['--batch', '--yes', '--trust-model', 'always', '--pinentry-mode', 'loopback', '--passphrase', 'p', ...args],
    { env, stdio: 'pipe' },
  )
const sq = (...args: string[]): Buffer => execFileSync('sq', ['--force', ...args], { env, stdio: 'pipe' })

beforeAll(() => {
  const version = execFileSync('gpg', ['--version']).toString()
  expect(version).toMatch(/gpg \(GnuPG\) 2\.[2-9]/)
})
afterAll(() => {
  execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  rmSync(home, { recursive: true, force: true })
})

const document = randomBytes(300_001)

describe.each(Object.entries({ ...v4Kinds, ...rarerV4Kinds }))('%s', (name, kind) => {
  // Debian's sq is built on nettle, which has no brainpool.
  const sqKnows = !name.includes('brainpool')
  let me: Identity
  beforeAll(async () => {
    me = await identity(kind)
    gpg('--import', put('secret', me.secret.write()))
    put('certificate', me.certificate.write())
  })
  const judged = () => judgementOf([me])
  const good = [{ verified: true, reason: null }]

  test('what we encrypt and sign, gpg and sq open and verify', async () => {
    const made = await all(encryptMessage(sourceOf(document), { recipients: [me.certificate], signers: [me.signer] }))
    const message = put('m.gpg', made)
    const out = gpg('--status-fd', '2', '--output', file('m.out'), '--decrypt', message)
    expect(out.byteLength).toBe(0)
    expect(readFileSync(file('m.out')).equals(document)).toBe(true)
    put('secret.key', me.secret.write())
    if (!sqKnows) return
    sq(
      'decrypt',
      '--recipient-key',
      file('secret.key'),
      '--signer-cert',
      file('certificate'),
      '--output',
      file('m.sq'),
      message,
    )
    expect(readFileSync(file('m.sq')).equals(document)).toBe(true)
  })

  test('our detached, inline and cleartext signatures hold for gpg and sq', async () => {
    const data = put('data', document)
    const signature = put('data.sig', await signDetached([document], { signers: [me.signer] }))
    gpg('--verify', signature, data)
    if (sqKnows) sq('verify', '--signer-cert', file('certificate'), '--detached', signature, data)
    const inline = put('inline', await all(signedMessage(sourceOf(document), { signers: [me.signer] })))
    gpg('--verify', inline)
    if (sqKnows) sq('verify', '--signer-cert', file('certificate'), inline)
    const cleartext = put('clear', await signCleartext('- 請求書 \n\nFrom 銀行\n', { signers: [me.signer] }))
    gpg('--verify', cleartext)
    if (sqKnows) sq('verify', '--signer-cert', file('certificate'), cleartext)
    expect(() => gpg('--verify', signature, put('other', 'x'))).toThrow()
  })

  test('what gpg makes, we open and verify', async () => {
    put('data', document)
    for (const [compression, armor] of [
      ['0', '--no-armor'],
      ['1', '--armor'],
      ['2', '--no-armor'],
    ] as const) {
      gpg(
        armor,
        '-u',
        me.fingerprint,
        '-r',
        me.fingerprint,
        '--compress-algo',
        compression,
        '-o',
        file('g'),
        '-se',
        file('data'),
      )
      const sink = memory()
      const message = sourceOf(await all(dearmored([readFileSync(file('g'))])))
      const read = await decryptMessage(message, sink, { keys: [me.opener], judgement: judged() })
      expect(sink.bytes.equals(document)).toBe(true)
      expect(read.signatures).toMatchObject(good)
    }
    gpg('-u', me.fingerprint, '--armor', '-o', file('g.sig'), '-b', file('data'))
    expect(await verifyDetached([document], [readFileSync(file('g.sig'))], judged())).toMatchObject(good)
    gpg('-u', me.fingerprint, '-o', file('g.in'), '-s', file('data'))
    const sink = memory()
    expect((await readSigned(sourceOf(readFileSync(file('g.in'))), sink, judged())).signatures).toMatchObject(good)
    expect(sink.bytes.equals(document)).toBe(true)
    gpg('-u', me.fingerprint, '-o', file('g.clear'), '--clearsign', put('text', '- 一 \nFrom 二\n'))
    const clear = await readCleartext(readFileSync(file('g.clear')), judged())
    expect(clear).toMatchObject({ text: '- 一\nFrom 二', signatures: good })
  })

  test.runIf(sqKnows)('what sq makes, we open and verify', async () => {
    put('data', document)
    put('secret.key', me.secret.write())
    sq(
      'encrypt',
      '--recipient-cert',
      file('certificate'),
      '--signer-key',
      file('secret.key'),
      '--binary',
      '-o',
      file('s'),
      file('data'),
    )
    const sink = memory()
    const read = await decryptMessage(sourceOf(readFileSync(file('s'))), sink, {
      keys: [me.opener],
      judgement: judged(),
    })
    expect(sink.bytes.equals(document)).toBe(true)
    expect(read.signatures).toMatchObject(good)
    sq('sign', '--signer-key', file('secret.key'), '--detached', '-o', file('s.sig'), file('data'))
    expect(await verifyDetached([document], [readFileSync(file('s.sig'))], judged())).toMatchObject(good)
  })
})

test('passwords work both ways with gpg', async () => {
  const made = await all(encryptMessage(sourceOf(document), { recipients: [], passwords: ['p'], forGnupg: true }))
  gpg('-o', file('p.out'), '-d', put('p.gpg', made))
  expect(readFileSync(file('p.out')).equals(document)).toBe(true)
  gpg('-o', file('p.sym'), '-c', put('p.data', document))
  const sink = memory()
  await decryptMessage(sourceOf(readFileSync(file('p.sym'))), sink, {
    passwords: ['x', 'p'],
    judgement: judgementOf([]),
  })
  expect(sink.bytes.equals(document)).toBe(true)
})

test('what gpg and sq can not read of version 6 is refused before it is sent', async () => {
  const [six, four] = [await identity(v6Kinds['v6 curve25519']), await identity(v4Kinds['v4 curve25519Legacy'])]
  put('secret', four.secret.write())
  gpg('--import', file('secret'))
  expect(() => gpg('--import', put('six', six.certificate.write()))).toThrow()
  const made = await all(encryptMessage(sourceOf(document), { recipients: [six.certificate] }))
  expect(() => gpg('-d', put('six.gpg', made))).toThrow()
  expect(() => sq('decrypt', put('six.gpg', made))).toThrow()
  // A version 4 recipient and a version 6 signature: gpg does not even show the text, so we don't make it.
  const inner = await all(signedMessage(sourceOf(document), { signers: [six.signer] }))
  const forced = await all(encryptMessage(sourceOf(document), { recipients: [four.certificate] }))
  expect(() => gpg('--verify', put('six.inline', inner))).toThrow()
  gpg('-o', file('forced.out'), '-d', put('forced.gpg', forced))
  const refused = all(
    encryptMessage(sourceOf(document), { recipients: [four.certificate], signers: [six.signer, four.signer] }),
  )
  await expect(refused).rejects.toMatchObject({ code: 'openpgp.peer-reads-no-v6' })
  // Both kinds of recipients, a version 4 signature: everybody reads it.
  const both = await all(
    encryptMessage(sourceOf(document), { recipients: [six.certificate, four.certificate], signers: [four.signer] }),
  )
  gpg('-o', file('both.out'), '-d', put('both.gpg', both))
  expect(readFileSync(file('both.out')).equals(document)).toBe(true)
  const sink = memory()
  const read = await decryptMessage(sourceOf(both), sink, { keys: [six.opener], judgement: judgementOf([four]) })
  expect(sink.bytes.equals(document)).toBe(true)
  expect(read.signatures).toMatchObject([{ verified: true }])
})

test('what is not authenticated, and what gpg compresses with bzip2, has a code', async () => {
  gpg('--rfc2440', '--disable-mdc', '--cipher-algo', 'AES256', '-o', file('sed'), '-c', put('d', 'x'))
  const passwords = { passwords: ['p'], judgement: judgementOf([]) }
  const read = (name: string) => decryptMessage(sourceOf(readFileSync(file(name))), memory(), passwords)
  await expect(read('sed')).rejects.toMatchObject({ code: 'openpgp.unprotected' })
  gpg('--compress-algo', 'bzip2', '-o', file('bzip2'), '-c', put('d', 'x'.repeat(5000)))
  await expect(read('bzip2')).rejects.toMatchObject({ code: 'openpgp.unsupported-bzip2' })
})

test.each([
  ['RSA-1024', 'rsa1024', 'key-weak'],
  ['DSA', 'dsa2048', 'key-weak'],
  ['RSA-3072 with SHA-1', 'rsa3072', 'hash-weak'],
])('%s: what gpg signs so is right, and does not count', async (name, algorithm, reason) => {
  const user = `${name} <weak@example.org>`
  gpg('--passphrase', '', '--quick-generate-key', user, algorithm, 'sign', 'never')
  const exported = gpg('--export', user)
  const certificate = await readKey({ binaryKey: new Uint8Array(exported), config: policy })
  put('data', document)
  const hash = reason === 'hash-weak' ? 'SHA1' : 'SHA512'
  gpg('--passphrase', '', '--digest-algo', hash, '-u', user, '-o', file('weak.sig'), '-b', file('data'))
  const fingerprint = certificate.getFingerprint().toUpperCase()
  const known = { certificates: [certificate.toPublic()], trusted: new Set([fingerprint]), now: Date.now() + 1000 }
  expect(await verifyDetached([document], [readFileSync(file('weak.sig'))], known)).toMatchObject([
    { verified: false, valid: false, reason, signer: { certificate: fingerprint } },
  ])
})

test.each(Object.entries(aeads))('%s: openpgp.js opens ours, and we its', async (_, aead) => {
  const data = keyOf(256)
  const ours = await inVersion2(literalOf(document), { aead, chunkSizeByte: 4 })
  const config = { ...modern, preferredAEADAlgorithm: aead } as Config
  const sessionKeys = { data, algorithm: 'aes256', aeadAlgorithm: 'ocb' } as SessionKey
  const message = await readMessage({ binaryMessage: new Uint8Array(ours), config })
  const theirs = await decrypt({ message, sessionKeys, format: 'binary', config })
  expect(Buffer.from(theirs.data as Uint8Array).equals(document)).toBe(true)
  const made = await encrypt({
    message: await createMessage({ binary: new Uint8Array(document) }),
    passwords: 'p',
    format: 'binary',
    config,
  })
  const sink = memory()
  await decryptMessage(sourceOf(made as Uint8Array), sink, { passwords: ['p'], judgement: judgementOf([]) })
  expect(sink.bytes.equals(document)).toBe(true)
})

const electron = process.env['ELECTRON_EXEC_PATH'] ?? ''

test.runIf(electron !== '')(
  'in Electron every kind of key and message works as in Node',
  async () => {
    const script = fileURLToPath(new URL('./in-electron.ts', import.meta.url))
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
    const said = execFileSync(electron, [script], { env, stdio: 'pipe' }).toString()
    expect(said.trim().split('\n').at(-1)).toBe('all right')
  },
  300_000,
)
