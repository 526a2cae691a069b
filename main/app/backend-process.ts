import { randomBytes } from 'node:crypto'
import type { Dispose, LaunchEndpoint } from '#main/link/desk.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import { type BackendOrder, backendNewsSchema } from '#protocol/embedded.ts'
import type { ErrorCode, Failure } from '#protocol/errors.ts'
import type { BackendChild } from './backend-child.ts'
import type { Log } from './logging.ts'
import { nextRestart } from './restart-policy.ts'
import type { SocketPlace } from './socket-folder.ts'

export type BackendState = NonNullable<DesktopState['backendProcess']>

export interface BackendProcessOptions {
  fork(): BackendChild
  /** null: the storage's key is locked away, nothing can be started. */
  storage(): Storage | null
  httpPort(): number | null
  /** What else its first order says. */
  readonly more?: Pick<Extract<BackendOrder, { t: 'start' }>, 'name' | 'demo'>
  makeSocket(): SocketPlace
  /** It listens: the desk may connect. The secret is new for each launch. */
  onReady(endpoint: LaunchEndpoint): void
  readonly log: Log
}

interface Storage {
  readonly directory: string
  readonly key: Uint8Array<ArrayBuffer>
}

/** Libral Core in a process of its own, kept running until {@link stop}. */
export interface BackendProcess {
  state(): BackendState
  /** Why it can't run, as it said itself; null while it can. */
  failure(): Failure | null
  onState(listener: (state: BackendState) => void): Dispose
  start(): void
  /** The operator's wish: begins anew, also after it was given up. */
  restart(): Promise<void>
  /** Drains: commands under way are decided and durable, then the process ends. */
  stop(): Promise<void>
}

const drainLimitMs = 10_000

/** What no restart mends: the data are newer, foreign or broken. */
const hopeless: ReadonlySet<ErrorCode> = new Set(['storage.unreadable', 'storage.newer-version', 'log.broken'])

export function createBackendProcess(options: BackendProcessOptions): BackendProcess {
  const { log } = options
  const listeners = new Set<(state: BackendState) => void>()
  let state: BackendState = { state: 'stopped', restarts: 0 }
  let failure: Failure | null = null
  let child: BackendChild | null = null
  let ended: Promise<void> = Promise.resolve()
  let wanted = false
  let restarts: readonly number[] = []
  let timer: NodeJS.Timeout | null = null
  /** Rises with each wish: of several restarts at once only the last begins, and none after a stop. */
  let wish = 0

  const enter = (next: BackendState['state']): void => {
    state = { state: next, restarts: restarts.length }
    log.info('backend.state', state)
    for (const listener of [...listeners]) listener(state)
  }

  const launch = (storage: Storage): void => {
    const socket = options.makeSocket()
    const secret = randomBytes(32).toString('base64url')
    const { directory, key } = storage
    const forked = options.fork()
    child = forked
    const exit = Promise.withResolvers<void>()
    ended = exit.promise
    forked.once('exit', (code) => {
      socket.remove()
      if (child === forked) child = null
      log.info('backend.exit', { code: code ?? -1 })
      exit.resolve()
      if (wanted) again()
    })
    forked.on('message', (message) => {
      const news = backendNewsSchema.safeParse(message)
      if (!news.success || child !== forked) return
      if (news.data.t === 'failed') {
        failed(news.data.code)
        return
      }
      failure = null
      enter('running')
      options.onReady({
        targets: [{ kind: 'pipe', path: socket.path }],
        credential: { method: 'launch', secret },
        identity: null,
      })
    })
    const order = { directory, key, socket: socket.path, secret, httpPort: options.httpPort() }
    send(forked, { t: 'start', ...order, ...options.more })
  }

  const failed = (code: ErrorCode): void => {
    failure = { code, params: {} }
    log.error('backend.failed', { code })
    if (hopeless.has(code)) giveUp()
  }

  const giveUp = (): void => {
    wanted = false
    enter('failed')
  }

  const again = (): void => {
    const now = Date.now()
    const delay = nextRestart(restarts, now, Math.random())
    if (delay === null) {
      giveUp()
      return
    }
    restarts = [...restarts, now]
    enter('restarting')
    timer = setTimeout(begin, delay)
  }

  const begin = (): void => {
    timer = null
    try {
      launchIfOpen()
    } catch (error) {
      // No folder for a socket, no program: nothing that trying again would mend.
      log.error('backend.launch-failed', { name: error instanceof Error ? error.name : typeof error })
      failure = { code: 'internal.unexpected', params: {} }
      giveUp()
    }
  }

  const launchIfOpen = (): void => {
    const storage = options.storage()
    if (storage === null) {
      failure = { code: 'storage.locked', params: {} }
      giveUp()
      return
    }
    wanted = true
    if (state.state !== 'restarting') enter('starting')
    launch(storage)
  }

  const end = async (): Promise<void> => {
    wanted = false
    if (timer !== null) clearTimeout(timer)
    timer = null
    const draining = child
    if (draining !== null) {
      send(draining, { t: 'drain' })
      // Everything that it acknowledged is on disk already.
      const limit = setTimeout(() => draining.kill(), drainLimitMs)
      await ended
      clearTimeout(limit)
    }
    if (state.state !== 'stopped') enter('stopped')
  }

  return {
    state: () => state,
    failure: () => (state.state === 'running' ? null : failure),
    onState(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: () => {
      if (child === null && timer === null) begin()
    },
    async restart() {
      const mine = ++wish
      await end()
      if (mine !== wish) return
      restarts = []
      begin()
    },
    stop() {
      wish++
      return end()
    },
  }
}

const send = (child: BackendChild, order: BackendOrder): void => child.postMessage(order)
