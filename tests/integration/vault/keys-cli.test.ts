import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKey, readKeys } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { lockKeyring } from '#main/vault/keyring/lock.ts'
import { type GnupgHome, openGnupgHome } from '#tests/fakes/gnupg-home.ts'
import { keysCommand } from '#tests/fakes/keys-command.ts'
import { libral, libralScript } from '#tests/fakes/libral.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { lacking } from '#tests/fakes/programs.ts'
import { inTerminal } from '#tests/fakes/terminal.ts'

vi.mock('#main/vault/openpgp/config.ts', async (original) =>
  (await import('#tests/fixtures/vault/light-locks.ts')).lightLocks(await original()),
)

const pass = '正しい馬の電池とホチキス'
const folder = privateFolder('keys')
const at = (name: string): string => join(folder.path, name)
afterAll(() => folder.remove())

const keysOf = (profile: string) => keysCommand(at(profile), pass)

/** Many commands in a row, some of them programs of their own: minutes on a busy machine. */
const timeout = 300_000

describe('libral keys', { timeout }, () => {
  const keys = keysOf('app')
  const outcome = async (...given: Parameters<typeof keys>) => {
    const { exit, code } = await keys(...given)
    return [exit, code]
  }

  it('is a program that says how it is used, answers in JSON, and asks nobody where nobody is', async () => {
    const help = await libral(['keys', '--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('終了コード')
    expect((await libral(['keys', 'list', '--secret'])).code).toBe(64)
    const place = ['--user-data-dir', at('program')]
    const absent = await libral(['keys', 'list', '--json', ...place], { passphrases: [pass] })
    expect(absent).toMatchObject({ code: 66, stdout: '{"ok":false,"code":"vault.absent","params":{}}\n' })
    expect((await libral(['keys', 'init', ...place], { passphrases: [pass] })).code).toBe(0)
    const alone = await libral(['keys', 'list', ...place])
    expect(alone).toMatchObject({ code: 64, stdout: '' })
    expect(alone.stderr).toContain('--passphrase-fd')
    const release = lockKeyring(at('program/vault'))
    const held = await libral(['keys', 'list', ...place], { passphrases: [pass] })
    release()
    expect(held.code).toBe(75)
    expect(held.stderr).toContain('施錠')
    const { publicKey } = await generateKey({ userIDs: { name: 'Eve\u001b[31m' }, format: 'object' })
    const input = publicKey.write() as Uint8Array
    const taken = await libral(['keys', 'import', '-', ...place], { passphrases: [pass], input })
    expect(taken).toMatchObject({ code: 0, stdout: expect.stringContaining('追加') })
    const words = await libral(['keys', 'list', ...place], { passphrases: [pass] })
    expect(words.stdout).toContain('未確認')
    expect(words.stdout).not.toContain('\u001b')
    const name = publicKey.getFingerprint()
    const written = await libral(['keys', 'export', name, '--binary', ...place], { passphrases: [pass] })
    expect(written.out.equals(input)).toBe(true)
  })

  it('makes nothing where there is nothing', async () => {
    expect(await outcome(['list'])).toEqual([66, 'vault.absent'])
    expect(existsSync(at('app'))).toBe(false)
    expect(await outcome(['init'], ['short'])).toEqual([77, 'vault.passphrase-short'])
  })

  it('makes a vault and an identity, and finds it by name, address and fingerprint', async () => {
    expect(await outcome(['init'])).toEqual([0, null])
    expect(await outcome(['init'])).toEqual([73, 'vault.exists'])
    const { entry } = await keys(['create', '--name', '山田 花子', '--email', 'hanako@example.jp', '--days', '400'])
    expect(entry).toMatchObject({ own: true, state: 'valid', name: '山田 花子' })
    expect(entry.certificates.map(({ version }) => version)).toEqual([6, 4])
    const [v6, v4] = entry.certificates
    for (const name of ['hanako@example.jp', v6?.fingerprint, v4?.parts[1]?.keyId, v4?.fingerprint.toUpperCase()])
      expect((await keys(['show', name ?? ''])).entry.id).toBe(entry.id)
    expect(await outcome(['show', 'nobody@example.jp'])).toEqual([66, 'keys.unknown'])
    expect((await keys(['search', '花子', 'example.jp'])).entries).toMatchObject([{ id: entry.id }])
    expect((await keys(['list', '--state', 'expired'])).entries).toEqual([])
  })

  it('refuses a wrong passphrase, none at all, and a vault that the app holds', async () => {
    expect(await outcome(['list'], ['another passphrase'])).toEqual([77, 'vault.passphrase-wrong'])
    expect(await outcome(['list'], [])).toEqual([64, 'vault.no-terminal'])
    const release = lockKeyring(at('app/vault'))
    expect(await outcome(['list'])).toEqual([75, 'vault.in-use'])
    release()
    expect(await outcome(['list'])).toEqual([0, null])
  })

  it('extends, rotates, names anew, revokes and removes', async () => {
    const one = 'hanako@example.jp'
    const before = (await keys(['show', one])).entry
    const longer = (await keys(['extend', one, '--days', '900'])).entry
    expect(longer.expiresAt ?? 0).toBeGreaterThan(before.expiresAt ?? 0)
    expect((await keys(['extend', one, '--no-expiry'])).entry.expiresAt).toBeNull()
    expect((await keys(['rotate', one])).entry.certificates[0]?.parts).toHaveLength(3)
    const named = await keys(['add-user-id', one, '--name', '山田 花子', '--email', 'hana@example.jp'])
    expect(named.entry.certificates[1]?.userIds).toHaveLength(2)
    expect(await outcome(['add-user-id', one, '--name', 'x', '--email', 'no address'])).toEqual([64, 'input.invalid'])
    const gone = await keys(['revoke-user-id', one, '--user-id', '山田 花子 <hana@example.jp>'])
    expect(gone.entry.certificates[0]?.userIds.map(({ revoked }) => revoked)).toEqual([false, true])
    const old = (await keys(['create', '--name', '旧', '--curve', '448', '--no-companion'])).entry
    const [fingerprint = ''] = old.certificates.map((it) => it.fingerprint)
    const revoke = ['revoke', fingerprint, '--reason', 'retired', '--text', '交代']
    expect(await outcome(revoke)).toEqual([64, 'vault.no-terminal'])
    const revoked = await keys([...revoke, '--yes'])
    expect(revoked.entry.certificates[0]?.revoked).toMatchObject({ reason: 'retired', text: '交代' })
    expect(await outcome([...revoke, '--yes'])).toEqual([73, 'keys.already-revoked'])
    expect(await outcome(['remove', fingerprint])).toEqual([64, 'vault.no-terminal'])
    expect(await outcome(['remove', fingerprint, '--yes'])).toEqual([0, null])
    expect(await outcome(['show', fingerprint])).toEqual([66, 'keys.unknown'])
  })

  it('imports others’ certificates and keeps what was compared', async () => {
    const userIDs = { name: 'Bob', email: 'bob@example.org' }
    const { privateKey, publicKey } = await generateKey({ userIDs, passphrase: 'locked', format: 'object' })
    writeFileSync(at('bob.asc'), publicKey.armor())
    expect((await keys(['import', at('bob.asc')])).items).toMatchObject([{ outcome: 'added' }])
    const fingerprint = publicKey.getFingerprint()
    const grouped = fingerprint.match(/.{4}/g) ?? []
    expect((await keys(['confirm', ...grouped])).entry.certificates[0]?.confirmedAt).toEqual(expect.any(Number))
    expect((await keys(['confirm', fingerprint, '--undo'])).entry.certificates[0]?.confirmedAt).toBeNull()
    const subkey = publicKey.subkeys[0]?.getFingerprint() ?? ''
    expect(await outcome(['confirm', subkey])).toEqual([66, 'keys.unknown'])
    writeFileSync(at('secret.asc'), privateKey.armor())
    expect(await outcome(['import', at('secret.asc')], [pass, 'wrong'])).toEqual([77, 'vault.passphrase-wrong'])
    const secret = await keys(['import', at('secret.asc')], [pass, 'locked'])
    expect(secret.items).toMatchObject([{ outcome: 'merged', secret: true }])
    expect((await keys(['show', 'bob@example.org'])).entry.own).toBe(true)
    writeFileSync(at('no-key'), 'hello')
    expect(await outcome(['import', at('no-key')])).toEqual([65, 'keys.not-a-key'])
    expect(await outcome(['import', at('missing')])).toEqual([66, 'openpgp.read-failed'])
    const weak = { type: 'rsa', rsaBits: 1024, userIDs, format: 'object', config: { minRSABits: 1024 } } as const
    writeFileSync(at('weak.asc'), (await generateKey(weak)).publicKey.armor())
    const mixed = await keys(['import', at('weak.asc'), at('bob.asc')])
    expect(mixed).toMatchObject({ exit: 77, items: [{ outcome: 'refused' }, { outcome: 'unchanged' }] })
  })

  it('exports certificates, revocations and locked secret keys', async () => {
    const one = ['export', 'hanako@example.jp']
    expect((await keys(one)).data.match(/BEGIN PGP PUBLIC KEY BLOCK/g)).toHaveLength(2)
    expect((await keys([...one, '--revocation', '--version', '6', '--output', at('revoke.asc')])).exit).toBe(0)
    expect(statSync(at('revoke.asc')).mode & 0o777).toBe(0o600)
    expect(await outcome(['apply-revocation', at('bob.asc')])).toEqual([65, 'keys.not-a-revocation'])
    expect(await outcome(['apply-revocation', at('revoke.asc')])).toEqual([64, 'vault.no-terminal'])
    expect(await outcome([...one, '--output', at('revoke.asc')])).toEqual([73, 'openpgp.target-exists'])
    expect(await outcome([...one, '--secret'], [pass, 'short'])).toEqual([77, 'vault.passphrase-short'])
    const secret = await keys([...one, '--secret', '--version', '6'], [pass, '書き出し用の長い合言葉です'])
    expect(secret.data).not.toContain('PUBLIC')
    const [key] = await readKeys({ armoredKeys: secret.data, config: { v6Keys: true } })
    expect(key?.isPrivate() === true && 'isDecrypted' in key && key.isDecrypted()).toBe(false)
  })

  it('moves the whole vault by a backup, over a damaged one too, and changes its passphrase', async () => {
    const backup = '別の場所に置く長い合言葉です'
    expect(await outcome(['backup', at('all.asc')], [pass, backup])).toEqual([0, null])
    expect(await outcome(['backup', at('all.asc')], [pass, backup])).toEqual([73, 'openpgp.target-exists'])
    const moved = keysOf('new')
    expect((await moved(['restore', at('all.asc')], [backup, pass])).exit).toBe(0)
    expect((await moved(['show', 'hanako@example.jp'])).entry.own).toBe(true)
    const revoked = await moved(['apply-revocation', at('revoke.asc'), '--yes'])
    expect(revoked.entry.certificates[0]?.revoked).not.toBeNull()
    const again = await moved(['restore', at('all.asc')], [pass, backup])
    expect(new Set(again.items.map((it) => it.outcome))).toEqual(new Set(['unchanged']))
    const file = at('new/vault/keyring.libral')
    writeFileSync(file, readFileSync(file).subarray(0, 100))
    writeFileSync(at('new/vault/keyring.previous'), '')
    expect((await moved(['list'])).code).toBe('vault.unreadable')
    expect((await moved(['restore', at('all.asc')], [pass, backup, pass])).exit).toBe(0)
    expect((await moved(['passphrase'], [pass, '新しくて長い合言葉にします'])).exit).toBe(0)
    expect((await moved(['list'])).code).toBe('vault.passphrase-wrong')
  })
})

const missing = lacking('gpg', 'sq')[0] ?? null
describe.skipIf(missing !== null)(
  `libral keys beside GnuPG and sq${missing ? ` (no ${missing})` : ''}`,
  { timeout },
  () => {
    const keys = keysOf('peers')
    let gnupg: GnupgHome
    const home = process.env['GNUPGHOME']
    beforeAll(async () => {
      gnupg = await openGnupgHome()
      process.env['GNUPGHOME'] = gnupg.path
      await keys(['init'])
    })
    afterAll(async () => {
      if (home === undefined) delete process.env['GNUPGHOME']
      else process.env['GNUPGHOME'] = home
      await gnupg.stop()
    })

    it('gives them keys that they use', async () => {
      await keys(['create', '--name', '田中', '--email', 'tanaka@example.jp'])
      const one = ['export', 'tanaka@example.jp', '--version', '4']
      const certificate = (await keys(one)).data
      expect((await gnupg.gpg(['--import'], certificate)).code).toBe(0)
      writeFileSync(at('tanaka.asc'), certificate)
      expect(execFileSync('sq', ['inspect', at('tanaka.asc')]).toString()).toContain('tanaka@example.jp')
      const secret = (await keys([...one, '--secret'], [pass, 'export passphrase'])).data
      const unlocked = ['--passphrase', 'export passphrase']
      expect((await gnupg.gpg([...unlocked, '--import'], secret)).code).toBe(0)
      expect((await gnupg.gpg([...unlocked, '-u', 'tanaka@example.jp', '-s'], 'x')).code).toBe(0)
      expect((await gnupg.gpg(['--import'], (await keys([...one, '--revocation'])).data)).code).toBe(0)
      const listed = await gnupg.gpg(['--with-colons', '--list-keys', 'tanaka@example.jp'])
      expect(listed.stdout.toString()).toMatch(/^pub:r:/m)
    })

    it('takes theirs, also with secret parts', async () => {
      const make = ['--passphrase', 'gpg pass', '--quick-gen-key', 'Sato <sato@example.jp>', 'ed25519', 'default', '1y']
      expect((await gnupg.gpg(make)).code).toBe(0)
      const sato = (await keys(['gnupg'])).keys.find(({ userId }) => userId.includes('Sato'))?.fingerprint ?? ''
      const certificate = await keys(['import', '--gnupg', sato])
      expect(certificate.items).toMatchObject([{ outcome: 'added', secret: false }])
      const secret = await keys(['import', '--gnupg', sato, '--secret'], [pass, 'gpg pass'])
      expect(secret.items).toMatchObject([{ outcome: 'merged', secret: true }])
      expect((await keys(['show', sato])).entry.own).toBe(true)
      execFileSync('sq', ['key', 'generate', '--userid', '<sq@example.org>', '--export', at('sq.key')])
      expect((await keys(['import', at('sq.key')])).items).toMatchObject([{ outcome: 'added', secret: true }])
    })
  },
)

const noScript = lacking('script', 'stty')[0] ?? null
describe.skipIf(noScript !== null)(
  `libral keys at a terminal${noScript ? ` (no ${noScript})` : ''}`,
  { timeout },
  () => {
    const quoted = (text: string): string => `'${text}'`
    const program = (...args: string[]): string =>
      [process.execPath, libralScript, 'keys', ...args, '--user-data-dir', at('tty')].map(quoted).join(' ')
    const wrapped = (command: string): string =>
      `sh -c "echo pid=\\$\\$.; exec ${command}"; echo "code=$?."; stty -a | grep -o ' -*echo '`
    beforeAll(async () => {
      await keysOf('tty')(['init'])
      await keysOf('tty')(['create', '--name', '端末', '--no-companion'])
    })

    it('asks without showing what is typed, three times', async () => {
      const run = inTerminal(wrapped(program('list')))
      for (const typed of ['wrong-one\r', 'wrong-two\r']) {
        await run.sees(/パスフレーズ: /)
        run.types(typed)
        await run.sees(/パスフレーズが違います/)
      }
      await run.sees(/パスフレーズ: /)
      run.types(`${pass}z\x7f\r`)
      await run.sees(/code=0\./)
      await run.sees(/ echo /)
      await run.ended
      expect(run.shown()).toContain('端末')
      for (const secret of ['wrong-one', 'wrong-two', pass]) expect(run.shown()).not.toContain(secret)
    })

    it.each([
      ['Ctrl-C', /code=130\./],
      ['SIGTERM', /code=143\./],
    ])('gives the terminal back after %s', async (by, code) => {
      const run = inTerminal(wrapped(program('list')))
      const [, pid] = await run.sees(/pid=(\d+)\./)
      await run.sees(/パスフレーズ: /)
      run.types('half')
      if (by === 'Ctrl-C') run.types('\x03')
      else process.kill(Number(pid), 'SIGTERM')
      await run.sees(code)
      await run.sees(/ echo /)
      await run.ended
      expect(run.shown()).not.toContain('half')
    })

    it('removes only after a typed yes, having said what is lost', async () => {
      const { entries } = await keysOf('tty')(['list'])
      const fingerprint = entries[0]?.certificates[0]?.fingerprint ?? ''
      for (const [typed, code] of [
        ['y\r', /code=130\./],
        ['yes\r', /code=0\./],
      ] as const) {
        const run = inTerminal(wrapped(program('remove', fingerprint)))
        await run.sees(/パスフレーズ: /)
        run.types(`${pass}\r`)
        await run.sees(/読めなくなるもの/)
        await run.sees(/yes と入力/)
        run.types(typed)
        await run.sees(code)
        await run.ended
      }
      expect((await keysOf('tty')(['list'])).entries).toEqual([])
    })
  },
)
