import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ourProgram } from '#tests/fakes/built.ts'

const entry = ourProgram('backend/standalone.ts', 'backend-standalone.js')

/** A backend in a process of its own, as `npm run backend` starts it. */
export interface StandaloneProcess {
  readonly process: ChildProcess
  /** What it printed: address, and code at the first start. */
  readonly address: string
  readonly code: string | undefined
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>
}

export interface Place {
  readonly directory: string
  remove(): Promise<void>
}
export const makePlace = async (): Promise<Place> => {
  const directory = await mkdtemp(join(tmpdir(), 'libral-alone-'))
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
}

/** Everything that ended process wrote, with its exit code. */
export const runToEnd = async (
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | string; out: string; err: string }> => {
  const child = start(args, env)
  let out = ''
  let err = ''
  child.stdout?.on('data', (data: Buffer) => {
    out += data.toString()
  })
  child.stderr?.on('data', (data: Buffer) => {
    err += data.toString()
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code: code ?? signal ?? '', out, err }
}

const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, [entry, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LIBRAL_LOG: 'warn', ...env },
  })

/** Resolves once it has announced itself; rejects with its words when it ends before. */
export const startStandalone = (
  directory: string,
  more: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<StandaloneProcess> => {
  const child = start(['--data', directory, ...more], env)
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  let out = ''
  let err = ''
  child.stderr?.on('data', (data: Buffer) => {
    err += data.toString()
  })
  return new Promise((resolve, reject) => {
    void exited.then((code) => reject(new Error(`the backend ended with ${code}: ${err}`)))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text
      // The announcement is one write.
      if (out.includes('接続先 ') && out.endsWith('\n')) resolve({ process: child, exited, ...announced(out) })
    })
  })
}

const announced = (out: string) => ({
  address: /^接続先 (.+)$/m.exec(out)?.[1] ?? '',
  code: /^コード (.+)$/m.exec(out)?.[1],
})
