import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Endpoint } from '#main/link/desk.ts'

const child = fileURLToPath(new URL('backend-child.ts', import.meta.url))

/** A backend that can be killed and started again over the same data, under a fresh launch secret each time. */
export interface KillableBackend {
  /** Resolves with where to reach it. */
  start(): Promise<Endpoint>
  /** SIGKILL, and gone when it resolves. */
  kill(): Promise<void>
}

export const killableBackend = (directory: string): KillableBackend => {
  const path = `${directory}/core.sock`
  let running: ChildProcess | null = null
  let starts = 0

  return {
    start: async () => {
      const secret = `launch-secret-${String(++starts).padStart(8, '0')}`
      const made = spawn(process.execPath, [child, `${directory}/backend`, path, secret], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      running = made
      const ended = once(made, 'exit').then(() => {
        throw new Error('the backend ended before it was ready')
      })
      await Promise.race([once(made.stdout, 'data'), ended])
      ended.catch(() => {})
      return { targets: [{ kind: 'pipe', path }], credential: { method: 'launch', secret }, identity: null }
    },
    kill: async () => {
      if (running === null || running.exitCode !== null || running.signalCode !== null) return
      const gone = once(running, 'exit')
      running.kill('SIGKILL')
      await gone
      running = null
    },
  }
}
