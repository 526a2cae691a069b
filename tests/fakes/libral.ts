import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ourProgram } from './built.ts'

/** `libral`, for the Node of the tests. */
export const libralScript = ourProgram('main/cli/index.ts', 'libral.js')

export interface LibralRun {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** What to run; left out: {@link libralScript}. */
  readonly program?: readonly [string, ...string[]]
  readonly input?: string | Uint8Array
  /** Handed over on descriptor 3, a line each, with `--passphrase-fd 3`. */
  readonly passphrases?: readonly string[]
  /** What the descriptors from 3 on hold, instead. */
  readonly descriptors?: readonly (string | Uint8Array)[]
}

export interface LibralOutcome {
  readonly code: number
  readonly out: Buffer
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command to its end. It has no terminal: `setsid` in spirit, by a process group of its own. */
export async function libral(args: readonly string[], run: LibralRun = {}): Promise<LibralOutcome> {
  const { passphrases, env = process.env, cwd, input = '' } = run
  const descriptors =
    passphrases === undefined ? (run.descriptors ?? []) : [passphrases.map((it) => `${it}\n`).join('')]
  const more = passphrases === undefined ? [] : ['--passphrase-fd', '3']
  const [command, ...before] = run.program ?? [process.execPath, libralScript]
  const child = spawn(command, [...before, ...args, ...more], {
    env,
    ...(cwd !== undefined && { cwd }),
    // Without a session of its own it would find the terminal of who runs the tests, and ask there.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...descriptors.map(() => 'pipe' as const)],
  })
  const ended = new Promise<number>((resolve, reject) =>
    child.once('error', reject).once('close', (code) => resolve(code ?? -1)),
  )
  give(child, 0, input)
  for (const [at, content] of descriptors.entries()) give(child, at + 3, content)
  const [out, errors, code] = await Promise.all([
    buffer(child.stdout as NonNullable<ChildProcess['stdout']>),
    buffer(child.stderr as NonNullable<ChildProcess['stderr']>),
    ended,
  ])
  return { code, out, stdout: out.toString(), stderr: errors.toString() }
}

function give(child: ChildProcess, at: number, content: string | Uint8Array): void {
  const pipe = child.stdio[at] as Writable
  // A command that refuses its arguments does not wait for input.
  pipe.on('error', () => {})
  pipe.end(content)
}
