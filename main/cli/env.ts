import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { buffer } from 'node:stream/consumers'
import { LibralError } from '#protocol/errors.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import { plainText } from '../vault/ask/plain-text.ts'
import { changesBetween, type EnvLine, parseEnv, valuesOf, withoutName, withValue } from '../vault/env-files/dotenv.ts'
import {
  type EnvFile,
  envFileReaders,
  newEnvFile,
  openEnvFile,
  presentReaders,
  saveEnvFile,
} from '../vault/env-files/env-file.ts'
import { isForGnupg, type MessageReaders } from '../vault/env-files/readers.ts'
import { shownKeyring } from '../vault/shown-keyring.ts'
import type { Area, Said } from './area.ts'
import { type EnvRequest, envUsage, parseEnvRequest } from './env-arguments.ts'
import { findKey } from './find-key.ts'
import { type OpenVault, withUnlocked } from './open-vault.ts'

/** `libral env`: encrypted files of settings. */
export const envArea = (pkcs11?: readonly [string, string]): Area<EnvRequest> => ({
  usage: envUsage,
  parse: parseEnvRequest,
  perform: (request) => perform({ ...request, ...(pkcs11 && { pkcs11 }) }),
})

async function perform(request: EnvRequest): Promise<Said> {
  if (request.command === 'create' && existsSync(request.file)) throw new LibralError('openpgp.target-exists')
  if (request.command === 'run') return run(request.program, await valuesIn(request))
  return withUnlocked(request, (open) => performOpen(request, open))
}

async function performOpen(request: Exclude<EnvRequest, { command: 'run' }>, open: OpenVault): Promise<Said> {
  const { vault } = open
  switch (request.command) {
    case 'create': {
      const lines = parseEnv(await textIn())
      const to = await people(open, request.to)
      const own =
        request.to.length > 0 ? to : (await entriesOf(open)).filter(({ own, state }) => own && isUsable(state))
      return saved(open, newEnvFile(request.file, []), lines, own)
    }
    case 'list': {
      const names = [...valuesOf((await openEnvFile(vault, request.file)).lines).keys()]
      return { result: { names }, words: names.join('\n') }
    }
    case 'get': {
      const value = valuesOf((await openEnvFile(vault, request.file)).lines).get(request.name)
      if (value === undefined) throw new LibralError('env.unknown')
      return { result: { name: request.name, value }, words: `${value}\n` }
    }
    case 'set': {
      const file = await openEnvFile(vault, request.file)
      const present = presentReaders(file)
      const value = await secretIn(open, request.name)
      return saved(open, file, withValue(file.lines, request.name, value), present)
    }
    case 'unset': {
      const file = await openEnvFile(vault, request.file)
      const names = valuesOf(file.lines)
      if (request.names.some((it) => !names.has(it))) throw new LibralError('env.unknown')
      const left = request.names.reduce<readonly EnvLine[]>(withoutName, file.lines)
      return saved(open, file, left, presentReaders(file))
    }
    case 'recipients':
      return recipients(request, open)
  }
}

const isUsable = (state: KeyEntry['state']): boolean => state === 'valid' || state === 'expiring'

const entriesOf = async ({ vault }: OpenVault): Promise<readonly KeyEntry[]> => (await shownKeyring(vault)).entries

async function people(open: OpenVault, names: readonly string[]): Promise<KeyEntry[]> {
  const entries = await entriesOf(open)
  return names.map((name) => findKey(entries, name).entry)
}

async function saved(
  { vault }: OpenVault,
  file: EnvFile,
  lines: readonly EnvLine[],
  to: readonly KeyEntry[],
): Promise<Said> {
  const { readers, forGnupg } = await saveEnvFile(vault, file, lines, to)
  const changes = changesBetween(file.lines, lines)
  const marks = { added: '+', removed: '-', changed: '~' } as const
  const words = [
    ...changes.map(({ name, change }) => `${marks[change]} ${name}`),
    `宛先  ${to.map(({ name }) => plainText(name)).join('、')}`,
  ]
  warnOf(forGnupg)
  return { result: { changes, readers, forGnupg }, words: words.join('\n') }
}

function warnOf(forGnupg: boolean): void {
  if (!forGnupg) process.stderr.write('警告: v4の証明書を持つ宛先がないので、GnuPGでは読めません。\n')
}

/** Of the file that is to be made. */
async function textIn(): Promise<string> {
  if (process.stdin.isTTY) return ''
  return decoded(await buffer(process.stdin))
}

/** A value: at the terminal one line that is not shown; else all of standard input but its last line end. */
async function secretIn(open: OpenVault, name: string): Promise<string> {
  if (!process.stdin.isTTY) return decoded(await buffer(process.stdin)).replace(/\r?\n$/, '')
  const terminal = open.terminal()
  if (terminal === null) throw new LibralError('vault.no-terminal')
  const typed = await terminal.read(`${plainText(name)} の値: `, true)
  if (typed === null) throw new LibralError('vault.declined')
  return decoded(Buffer.from(typed))
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new LibralError('input.not-utf8')
  } finally {
    bytes.fill(0)
  }
}

async function recipients(request: EnvRequest & { command: 'recipients' }, open: OpenVault): Promise<Said> {
  const { to, add, remove, file } = request
  if (to === null && add.length + remove.length === 0) {
    const readers = await envFileReaders(file, await entriesOf(open))
    const forGnupg = isForGnupg(readers.known.map(({ certificate }) => certificate))
    return { result: { ...shown(readers), forGnupg }, words: readerWords(readers) }
  }
  const present = await openEnvFile(open.vault, file)
  if (to !== null) return saved(open, present, present.lines, await people(open, to))
  const gone = new Set((await people(open, remove)).map(({ id }) => id))
  const kept = presentReaders(present).filter(({ id }) => !gone.has(id))
  const more = (await people(open, add)).filter(({ id }) => !kept.some((it) => it.id === id))
  return saved(open, present, present.lines, [...kept, ...more])
}

const shown = ({ known, unknown, passwords }: MessageReaders) => ({
  known: known.map(({ entry, certificate: { fingerprint, version } }) => {
    const { id, name, email, own, state } = entry
    return { id, name, email, own, state, fingerprint, version }
  }),
  unknown,
  passwords,
})

const readerWords = (readers: MessageReaders): string =>
  [
    ...shown(readers).known.map(({ name, email, version, fingerprint }) => {
      return `${plainText(`${name} <${email}>`)}  v${version}  ${fingerprint.toUpperCase()}`
    }),
    ...readers.unknown.map(
      (it) => `保管庫にない鍵  ${it === 'hidden' ? '（宛先は隠されています）' : it.toUpperCase()}`,
    ),
    ...(readers.passwords > 0 ? [`パスワード  ${readers.passwords}`] : []),
  ].join('\n')

/** The vault is closed again before anything is run. */
const valuesIn = (request: EnvRequest): Promise<Map<string, string>> =>
  withUnlocked(request, async ({ vault }) => valuesOf((await openEnvFile(vault, request.file)).lines))

const forwarded = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

/** Ends as the program ends; its exit code is ours. */
async function run([program = '', ...args]: readonly string[], values: Map<string, string>): Promise<Said> {
  const env = { ...process.env, ...Object.fromEntries(values) }
  const child = spawn(program, args, { env, stdio: 'inherit' })
  // Ctrl-C reaches the program by itself; what it does then is its own affair.
  process.on('SIGINT', () => {})
  for (const signal of forwarded) process.on(signal, () => child.kill(signal))
  const code = await new Promise<number>((resolve) => {
    child.once('error', ({ code }: NodeJS.ErrnoException) => {
      process.stderr.write(
        `libral env run: ${code === 'ENOENT' ? 'コマンドがありません' : '実行できません'}: ${program}\n`,
      )
      resolve(code === 'ENOENT' ? 127 : 126)
    })
    child.once('close', (exit, signal) => resolve(exit ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
  return { result: {}, words: '', exit: code }
}
