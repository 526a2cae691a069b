import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { privateFolder } from './private-folder.ts'

const execute = promisify(execFile)

/** A real GnuPG of one's own, apart from the user's. */
export interface GnupgHome {
  readonly path: string
  /** Where gpg-agent listens. */
  readonly agentSocket: string
  readonly env: NodeJS.ProcessEnv
  /** Runs gpg without asking anything; `input` goes to its standard input. */
  gpg(args: readonly string[], input?: string | Uint8Array): Promise<GpgOutcome>
  /** Sends one line to gpg-agent and says whether it answered OK. */
  agent(line: string): Promise<boolean>
  stop(): Promise<void>
}

export interface GpgOutcome {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/**
 * A home with a running gpg-agent, which ends with this process. `env` reaches gpg-agent and with it scdaemon, such as
 * where to find pcscd.
 */
export const openGnupgHome = async (env: Readonly<Record<string, string>> = {}): Promise<GnupgHome> => {
  const folder = privateFolder('gpg')
  const inside = { ...process.env, ...env, GNUPGHOME: folder.path, LC_ALL: 'C.UTF-8' }
  writeFileSync(join(folder.path, 'gpg-agent.conf'), 'allow-loopback-pinentry\ns2k-count 65536\n')
  writeFileSync(join(folder.path, 'scdaemon.conf'), 'disable-ccid\nreader-port Virtual PCD 00 00\n')
  const listed = await execute('gpgconf', ['--list-dirs', 'agent-socket'], { env: inside })
  // The agent watches the program that it was started for; `cat` ends when our end of its input closes.
  const keeper = spawn('gpg-agent', ['--daemon', 'cat'], { env: inside, stdio: ['pipe', 'ignore', 'ignore'] })
  while (!(await asks('getinfo pid', inside))) await pause(20)
  return {
    path: folder.path,
    agentSocket: listed.stdout.trim(),
    env: inside,
    gpg: (args, input) => runGpg(args, input, inside),
    agent: (line) => asks(line, inside),
    stop: () => stop(keeper, inside, folder.remove),
  }
}

const stop = async (keeper: ChildProcess, env: NodeJS.ProcessEnv, remove: () => void): Promise<void> => {
  // gpg-agent leaves a scdaemon that it started behind.
  if (await asks('getinfo scd_running', env)) await asks('scd killscd', env)
  await asks('killagent', env)
  const ended = keeper.exitCode === null ? once(keeper, 'exit') : undefined
  keeper.stdin?.end()
  await ended
  remove()
}

const asks = (line: string, env: NodeJS.ProcessEnv): Promise<boolean> =>
  execute('gpg-connect-agent', ['--no-autostart', line, '/bye'], { env }).then(
    ({ stdout }) => /^OK/m.test(stdout),
    () => false,
  )

const runGpg = (
  args: readonly string[],
  input: string | Uint8Array | undefined,
  env: NodeJS.ProcessEnv,
): Promise<GpgOutcome> =>
  new Promise((resolve, reject) => {
    const child = spawn('gpg', ['--batch', '--yes', '--pinentry-mode', 'loopback', ...args], { env })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => undefined)
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }),
    )
    child.stdin.end(input)
  })
