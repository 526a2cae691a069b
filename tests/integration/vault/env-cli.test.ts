import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { generateKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { UsageError } from '#main/cli/arguments.ts'
import { envArea } from '#main/cli/env.ts'
import { parseEnvRequest } from '#main/cli/env-arguments.ts'
import { exitCodeOf } from '#main/cli/exit-codes.ts'
import { withUnlocked } from '#main/cli/open-vault.ts'
import { changesBetween, parseEnv, withValue } from '#main/vault/env-files/dotenv.ts'
import { openEnvFile, presentReaders, saveEnvFile } from '#main/vault/env-files/env-file.ts'
import { failureOf } from '#protocol/errors.ts'
import { type GnupgHome, openGnupgHome } from '#tests/fakes/gnupg-home.ts'
import { keysCommand } from '#tests/fakes/keys-command.ts'
import { type LibralRun, libral, libralScript } from '#tests/fakes/libral.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { lacking } from '#tests/fakes/programs.ts'
import { inTerminal } from '#tests/fakes/terminal.ts'

vi.mock('#main/vault/openpgp/config.ts', async (original) =>
  (await import('#tests/fixtures/vault/light-locks.ts')).lightLocks(await original()),
)

const pass = '正しい馬の電池とホチキス'
const folder = privateFolder('env')
const at = (name: string): string => join(folder.path, name)
afterAll(() => folder.remove())

const keys = keysCommand(at('app'), pass)
/** A program of its own. */
const run = (args: readonly string[], more: LibralRun) => {
  const cut = args.indexOf('--')
  const [own, program] = cut < 0 ? [args, []] : [args.slice(0, cut), args.slice(cut)]
  const place = ['--user-data-dir', at('app'), '--passphrase-fd', '3']
  return libral(['env', ...own, ...place, ...program], { cwd: folder.path, descriptors: [`${pass}\n`], ...more })
}
/** A program of its own where it reads its input or runs another one; else the same within this process. */
const env = async (args: readonly string[], more?: LibralRun) => {
  if (more !== undefined || args.includes('--')) return run(args, more ?? {})
  writeFileSync(at('answer'), `${pass}\n`)
  const fd = openSync(at('answer'), 'r')
  const place = ['--file', at('.env.gpg'), '--user-data-dir', at('app'), '--passphrase-fd', String(fd)]
  try {
    const request = parseEnvRequest([...place, ...args.map((it, i) => (args[i - 1] === '--file' ? at(it) : it))])
    if (request === 'help') throw new Error('help')
    const { result, words } = await envArea().perform(request)
    const ended = words.endsWith('\n') ? words : `${words}\n`
    return { code: 0, stdout: request.json ? JSON.stringify({ ok: true, ...result }) : ended, stderr: '' }
  } catch (thrown) {
    if (thrown instanceof UsageError) return { code: 64, stdout: '', stderr: thrown.message }
    const failure = failureOf(thrown)
    return { code: exitCodeOf(failure), stdout: JSON.stringify(failure), stderr: '' }
  }
}

const good = async (args: readonly string[], more?: LibralRun): Promise<string> => {
  const { code, stdout, stderr } = await env(args, more)
  expect(code, stderr).toBe(0)
  return stdout
}

const text = '# 本番\nexport DB_URL=\'postgres://u:p@db/x\'  # 主\nTOKEN="a\\nb"\nEMPTY=\n'

beforeAll(async () => {
  await keys(['init'])
  await keys(['create', '--name', '花子', '--email', 'hanako@example.jp'])
})

/** Many commands in a row, most of them programs of their own: minutes on a busy machine. */
const timeout = 300_000

describe('libral env', { timeout }, () => {
  it('makes a file, tells its names, and gives one value', async () => {
    expect(await good(['create'], { input: text })).toContain('+ DB_URL')
    expect(statSync(at('.env.gpg')).mode & 0o777).toBe(0o600)
    expect(readFileSync(at('.env.gpg')).includes('postgres')).toBe(false)
    expect((await env(['create'], { input: text })).code).toBe(73)
    expect(await good(['list'])).toBe('DB_URL\nTOKEN\nEMPTY\n')
    expect(await good(['get', 'TOKEN'])).toBe('a\nb\n')
    expect(JSON.parse(await good(['get', 'DB_URL', '--json']))).toEqual({
      ok: true,
      name: 'DB_URL',
      value: 'postgres://u:p@db/x',
    })
    expect((await env(['get', 'NOBODY'])).code).toBe(66)
  })

  it('sets and unsets, keeping the rest, the mode and a link', async () => {
    chmodSync(at('.env.gpg'), 0o664)
    symlinkSync('.env.gpg', at('link.gpg'))
    expect(await good(['set', 'DB_URL', '--file', 'link.gpg'], { input: "it's new\n" })).toContain('~ DB_URL')
    expect(lstatSync(at('link.gpg')).isSymbolicLink()).toBe(true)
    expect(statSync(at('.env.gpg')).mode & 0o777).toBe(0o664)
    expect(await good(['get', 'DB_URL'])).toBe("it's new\n")
    expect(await good(['set', 'MORE'], { input: '一\n二\n' })).toContain('+ MORE')
    expect(await good(['unset', 'EMPTY', 'TOKEN'])).toContain('- EMPTY')
    expect(await good(['list'])).toBe('DB_URL\nMORE\n')
    expect(await good(['get', 'MORE'])).toBe('一\n二\n')
    for (const [args, code] of [
      [['unset', 'NOBODY'], 66],
      [['get', 'DB_URL', '--file', 'nowhere'], 66],
      [['frobnicate'], 64],
      [['get', 'A', '--', 'x'], 64],
      [['set', 'A', 'value'], 64],
      [['recipients', '--to', 'nobody@example.jp'], 66],
    ] as const)
      expect((await env(args)).code, args.join(' ')).toBe(code)
    expect((await env(['set', 'A-B'], { input: 'x' })).code).toBe(64)
    // No copy in the clear, no draft: what lies there is what was there, and nothing of it says a value.
    for (const name of readdirSync(folder.path).filter((it) => it.includes('env')))
      expect(readFileSync(at(name)).includes('new')).toBe(false)
  })

  it('hands values to a program by its environment alone, and ends as it does', async () => {
    const script = 'printf %s "$DB_URL"; cat; exit 7'
    const ended = await env(['run', '--', 'sh', '-c', script, '--'], { input: ' and input' })
    expect(ended).toMatchObject({ code: 7, stdout: "it's new and input" })
    const own = 'tr "\\0" " " < /proc/$$/cmdline; env | grep -c PASSPHRASE'
    expect((await env(['run', '--', 'sh', '-c', own])).stdout).not.toContain('new')
    expect((await env(['run', '--', 'sh', '-c', 'kill -TERM $$'])).code).toBe(143)
    expect((await env(['run', '--', './no-such-program'])).code).toBe(127)
    expect((await env(['run', '--', folder.path])).code).toBe(126)
    expect((await env(['run'])).code).toBe(64)
  })

  it('refuses to overwrite what somebody else wrote meanwhile, and what it can not write for all', async () => {
    const request = { json: true, userData: at('app'), passphraseFd: null, yes: false }
    writeFileSync(at('answer'), `${pass}\n`)
    await withUnlocked({ ...request, passphraseFd: openSync(at('answer'), 'r') }, async ({ vault }) => {
      const file = await openEnvFile(vault, at('.env.gpg'))
      const lines = withValue(file.lines, 'A', '1')
      const save = () => saveEnvFile(vault, file, lines, presentReaders(file))
      writeFileSync(at('.env.gpg'), readFileSync(at('.env.gpg')), { flag: 'a' })
      await expect(save()).rejects.toMatchObject({ code: 'env.changed' })
      writeFileSync(at('.env.gpg'), file.sealed)
      await save()
      const broken = withValue(parseEnv(''), 'A', 'a\0b')
      await expect(saveEnvFile(vault, file, broken, [])).rejects.toMatchObject({ code: 'env.value-invalid' })
      const again = await openEnvFile(vault, at('.env.gpg'))
      expect(changesBetween(file.lines, again.lines)).toEqual([{ name: 'A', change: 'added' }])
      await expect(saveEnvFile(vault, again, lines, [])).rejects.toMatchObject({ code: 'openpgp.recipient-unusable' })
    })
  })

  it('lists its readers, and is encrypted anew for others', async () => {
    const userIDs = { name: 'Six', email: 'six@example.org' }
    const options = {
      type: 'curve25519',
      userIDs,
      format: 'object',
      config: { v6Keys: true, aeadProtect: true },
    } as const
    writeFileSync(at('six.asc'), (await generateKey(options)).publicKey.armor())
    await keys(['import', at('six.asc')])
    const listed = JSON.parse(await good(['recipients', '--json']))
    expect(listed).toMatchObject({ known: [{ name: '花子', version: 4, own: true }], unknown: [], forGnupg: true })
    const added = JSON.parse(await good(['recipients', '--add', 'six@example.org', '--json']))
    expect(added).toMatchObject({ forGnupg: true, changes: [] })
    expect(added.readers).toHaveLength(2)
    expect(await good(['get', 'DB_URL'])).toBe("it's new\n")
    const only = await env(['recipients', '--to', 'six@example.org'], {})
    expect(only.code).toBe(0)
    expect(only.stderr).toContain('GnuPGでは読めません')
    expect((await env(['get', 'DB_URL'])).code).toBe(77)
  })
})

const missing = lacking('gpg')[0] ?? null
describe.skipIf(missing !== null)(`libral env beside GnuPG${missing ? ` (no ${missing})` : ''}`, { timeout }, () => {
  let gnupg: GnupgHome
  beforeAll(async () => {
    gnupg = await openGnupgHome()
  })
  afterAll(() => gnupg.stop())

  it('each reads what the other wrote, armored or not; nobody is lost unseen', async () => {
    const made = await gnupg.gpg([
      '--passphrase',
      '',
      '--quick-gen-key',
      'Peer <peer@example.org>',
      'default',
      'default',
    ])
    expect(made.code).toBe(0)
    writeFileSync(at('peer.asc'), (await gnupg.gpg(['--export', 'peer@example.org'])).stdout)
    await keys(['import', at('peer.asc')])
    const all = ['--to', 'peer@example.org', '--to', 'hanako@example.jp', '--to', 'six@example.org']
    await good(['create', '--file', 'shared.gpg', ...all], { input: text })
    const theirs = await gnupg.gpg(['--decrypt', at('shared.gpg')])
    expect([theirs.code, theirs.stdout.toString()]).toEqual([0, text])
    await gnupg.gpg(['--import'], (await keys(['export', 'hanako@example.jp', '--version', '4'])).data)
    for (const armor of ['--armor', '--no-armor']) {
      const to = ['-r', 'peer@example.org', '-r', 'hanako@example.jp', '--trust-model', 'always', '-o', at('gpg.gpg')]
      expect((await gnupg.gpg([armor, ...to, '-e'], text)).code).toBe(0)
      expect(await good(['get', 'TOKEN', '--file', 'gpg.gpg'])).toBe('a\nb\n')
      await good(['set', 'TOKEN', '--file', 'gpg.gpg'], { input: 'c' })
      const head = readFileSync(at('gpg.gpg')).subarray(0, 27).toString('latin1')
      expect(head === '-----BEGIN PGP MESSAGE-----').toBe(armor === '--armor')
      const back = await gnupg.gpg(['--decrypt', at('gpg.gpg')])
      expect(back.stdout.toString()).toBe(text.replace('a\\nb', 'c'))
    }
    const strange = ['--quick-gen-key', 'Strange <strange@example.org>', 'future-default', 'default']
    await gnupg.gpg(['--passphrase', '', ...strange])
    const to = ['-r', 'strange@example.org', '-r', 'hanako@example.jp', '--trust-model', 'always', '-o', at('gpg.gpg')]
    await gnupg.gpg([...to, '-e'], text)
    const refused = await env(['set', 'TOKEN', '--file', 'gpg.gpg', '--json'], { input: 'd' })
    expect(refused.code).toBe(77)
    expect(JSON.parse(refused.stdout)).toMatchObject({ code: 'env.reader-unknown', params: { count: 1 } })
    expect(JSON.parse(await good(['recipients', '--file', 'gpg.gpg', '--json'])).unknown).toHaveLength(1)
  })
})

const noScript = lacking('script')[0] ?? null
describe.skipIf(noScript !== null)(
  `libral env at a terminal${noScript ? ` (no ${noScript})` : ''}`,
  { timeout },
  () => {
    it('takes a value that nobody sees', async () => {
      await good(['create', '--file', 'tty.gpg', '--to', 'hanako@example.jp'], { input: '' })
      const place = ['--file', at('tty.gpg'), '--user-data-dir', at('app')]
      const command = [process.execPath, libralScript, 'env', 'set', 'SECRET', ...place]
        .map((it) => `'${it}'`)
        .join(' ')
      const shell = inTerminal(`${command}; echo "code=$?."`)
      await shell.sees(/パスフレーズ: /)
      shell.types(`${pass}\r`)
      await shell.sees(/SECRET の値: /)
      shell.types('unseen value\r')
      await shell.sees(/code=0\./)
      await shell.ended
      expect(shell.shown()).not.toContain('unseen')
      expect(await good(['get', 'SECRET', '--file', 'tty.gpg'])).toBe('unseen value\n')
      expect(execFileSync('ls', [folder.path]).toString()).not.toContain('.part')
    })
  },
)
