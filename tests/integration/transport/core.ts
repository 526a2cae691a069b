import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backend, type BackendOptions, startBackend } from '#backend/host.ts'
import type { Log } from '#backend/transport/services.ts'
import { type Session, signInAs } from '#tests/fixtures/client/session.ts'

/** A real Libral Core in this process, over a directory of its own that survives restarts. */
export interface Core {
  readonly directory: string
  readonly launchSecret: string
  readonly lines: string[]
  readonly backend: Backend
  readonly address: string
  signIn(client?: string): Promise<Session>
  stop(): Promise<void>
  start(options?: Partial<BackendOptions>): Promise<void>
  remove(): Promise<void>
}

export const startCore = async (options: Partial<BackendOptions> = {}): Promise<Core> => {
  const directory = await mkdtemp(join(tmpdir(), 'libral-core-'))
  const storageKey = new Uint8Array(randomBytes(32))
  const launchSecret = randomBytes(32).toString('base64url')
  const lines: string[] = []
  const write = (event: string): void => {
    lines.push(event)
  }
  const log: Log = { debug: write, info: write, warn: write, error: write }
  let backend: Backend | undefined
  const running = (): Backend => {
    if (!backend) throw new Error('the backend is stopped')
    return backend
  }
  const core: Core = {
    directory,
    launchSecret,
    lines,
    get backend() {
      return running()
    },
    get address() {
      return running().addresses[0] ?? ''
    },
    signIn: (client) => signInAs(core.address, { method: 'launch', secret: launchSecret }, client),
    start: async (more = {}) => {
      const listen = [{ kind: 'pipe', path: join(directory, 'run', 'core.sock') } as const]
      backend = await startBackend({ directory, storageKey, launchSecret, mode: 'embedded', listen, log, ...more })
    },
    stop: async () => {
      await backend?.stop()
      backend = undefined
    },
    remove: async () => {
      await core.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
  await core.start(options)
  return core
}
