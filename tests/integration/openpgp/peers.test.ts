import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dearmored } from '#main/vault/openpgp/armor.ts'
import { readCleartext, signCleartext } from '#main/vault/openpgp/cleartext.ts'
import { decryptMessage, readSigned } from '#main/vault/openpgp/decrypt.ts'
import { encryptMessage } from '#main/vault/openpgp/encrypt.ts'
import { signDetached, signedMessage } from '#main/vault/openpgp/sign.ts'
import { verifyDetached } from '#main/vault/openpgp/verify.ts'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import { type Identity, identity, judgementOf, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'

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

describe.each(Object.entries(v4Kinds))('%s', (_, kind) => {
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
    sq('verify', '--signer-cert', file('certificate'), '--detached', signature, data)
    const inline = put('inline', await all(signedMessage(sourceOf(document), { signers: [me.signer] })))
    gpg('--verify', inline)
    sq('verify', '--signer-cert', file('certificate'), inline)
    const cleartext = put('clear', await signCleartext('- 請求書 \n\nFrom 銀行\n', { signers: [me.signer] }))
    gpg('--verify', cleartext)
    sq('verify', '--signer-cert', file('certificate'), cleartext)
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

  test('what sq makes, we open and verify', async () => {
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

test('gpg and sq refuse version 6, and we refuse what is not authenticated', async () => {
  const me = await identity(v6Kinds['v6 curve25519'])
  expect(() => gpg('--import', put('six', me.certificate.write()))).toThrow()
  const made = await all(encryptMessage(sourceOf(document), { recipients: [me.certificate] }))
  expect(() => gpg('-d', put('six.gpg', made))).toThrow()
  expect(() => sq('decrypt', put('six.gpg', made))).toThrow()
  gpg('--rfc2440', '--disable-mdc', '--cipher-algo', '3DES', '-o', file('sed'), '-c', put('d', 'x'))
  const read = decryptMessage(sourceOf(readFileSync(file('sed'))), memory(), {
    passwords: ['p'],
    judgement: judgementOf([]),
  })
  await expect(read).rejects.toMatchObject({
    code: expect.stringMatching(/^openpgp\.(unprotected|unsupported|password-wrong)$/),
  })
})
