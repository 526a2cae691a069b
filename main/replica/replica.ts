import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Cursor } from '#protocol/cursor.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CallArguments, CallName, CallResult, FromWorker, ToWorker, WorkerOptions } from './messages.ts'

export interface ReplicaOptions {
  readonly directory: string
  /** 32 bytes. */
  readonly key: Uint8Array
  readonly ephemeral: boolean
  readonly maxPages?: number
}

/** What the worker tells, and `restarted`: it died and another one took its place, from what is on disk. */
export type ReplicaNews =
  | Exclude<FromWorker, { t: 'reply' | 'refusal' | 'consumed' | 'open' }>
  | { readonly t: 'restarted' }

/** The main side of the replica's worker. */
export interface Replica {
  /** Resolves once the worker has opened its files (or has told that it can't). */
  readonly ready: Promise<void>
  call<Name extends CallName>(name: Name, ...args: CallArguments<Name>): Promise<CallResult<Name>>
  begin(session: number): Promise<Readonly<Record<string, Cursor | null>>>
  /** Hands a frame over; its memory goes to the worker. Answers how many bytes the worker has still before it. */
  frame(session: number, bytes: Uint8Array): number
  queued(): number
  onNews(listener: (news: ReplicaNews) => void): () => void
  listeners(): number
  /** Ends the worker at once, as a crash would. For tests. */
  kill(): Promise<void>
  close(): Promise<void>
}

const maxDeaths = 3
const deathWindowMs = 10_000
const respawnMs = 100
const slowRespawnMs = 5_000

interface Pending {
  readonly message: ToWorker
  readonly resolve: (value: unknown) => void
  readonly reject: (error: LibralError) => void
}

/** The worker's file: beside this one in the sources, at the top of the output in a build. */
const workerFile = (): string => {
  const names = ['worker.ts', 'replica.js', '../replica.js']
  const files = names.map((name) => fileURLToPath(new URL(name, import.meta.url)))
  const found = files.find((file) => existsSync(file))
  if (found === undefined) throw new Error('the replica worker is missing')
  return found
}

export const openReplica = (options: ReplicaOptions): Replica => {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 })
  const file = workerFile()
  const listeners = new Set<(news: ReplicaNews) => void>()
  const pending = new Map<number, Pending>()
  const deaths: number[] = []
  let nextId = 1
  let queued = 0
  let closing = false
  let worker: Worker | null = null
  let timer: NodeJS.Timeout | null = null
  let opened: () => void = () => {}
  const ready = new Promise<void>((resolve) => {
    opened = resolve
  })

  const tell = (news: ReplicaNews): void => {
    for (const listener of [...listeners]) listener(news)
  }

  const settle = (id: number): Pending | undefined => {
    const found = pending.get(id)
    pending.delete(id)
    return found
  }

  const onMessage = (message: FromWorker): void => {
    if (message.t === 'reply') settle(message.id)?.resolve(message.value)
    else if (message.t === 'refusal') {
      settle(message.id)?.reject(new LibralError(message.failure.code, message.failure.params))
    } else if (message.t === 'consumed') queued -= message.bytes
    else if (message.t === 'open') opened()
    else tell(message)
  }

  /** A file that the worker dies of again and again goes aside. */
  const isSuspect = (): boolean => deaths.length >= maxDeaths && deaths.length % maxDeaths === 0

  const spawn = (): void => {
    timer = null
    const workerData: WorkerOptions = {
      directory: options.directory,
      key: Buffer.from(options.key).toString('hex'),
      ephemeral: options.ephemeral,
      suspect: isSuspect(),
      maxPages: options.maxPages ?? null,
    }
    const made = new Worker(file, { workerData, name: 'replica' })
    worker = made
    queued = 0
    made.on('message', onMessage)
    // What went wrong shows in `exit`; without a listener it would end the process.
    made.on('error', () => {})
    made.once('exit', () => onExit(made))
    for (const { message } of pending.values()) made.postMessage(message)
  }

  const onExit = (gone: Worker): void => {
    if (closing || worker !== gone) return
    worker = null
    const now = Date.now()
    deaths.push(now)
    while ((deaths[0] ?? now) < now - deathWindowMs) deaths.shift()
    timer = setTimeout(
      () => {
        spawn()
        tell({ t: 'restarted' })
      },
      deaths.length > maxDeaths ? slowRespawnMs : respawnMs,
    )
  }

  const call = <Name extends CallName>(name: Name, ...args: CallArguments<Name>): Promise<CallResult<Name>> =>
    new Promise((resolve, reject) => {
      if (closing) return reject(new LibralError('replica.unavailable'))
      const id = nextId++
      const message: ToWorker = { t: 'call', id, name, args }
      pending.set(id, { message, resolve: (value) => resolve(value as CallResult<Name>), reject })
      worker?.postMessage(message)
    })

  const frame: Replica['frame'] = (session, bytes) => {
    if (worker === null) return 0
    const whole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    const buffer = whole ? (bytes.buffer as ArrayBuffer) : new Uint8Array(bytes).buffer
    queued += buffer.byteLength
    const message: ToWorker = { t: 'frame', session, bytes: buffer }
    worker.postMessage(message, [buffer])
    return queued
  }

  const close = async (): Promise<void> => {
    if (closing) return
    if (timer !== null) clearTimeout(timer)
    const open = worker
    const gone = open === null ? null : new Promise((resolve) => open.once('exit', resolve))
    if (open !== null) await call('close').catch(() => {})
    closing = true
    await gone
    worker = null
    for (const { reject } of pending.values()) reject(new LibralError('replica.unavailable'))
    pending.clear()
    listeners.clear()
  }

  spawn()
  return {
    ready,
    call,
    begin: (session) => call('begin', session),
    frame,
    queued: () => queued,
    onNews: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    listeners: () => listeners.size,
    kill: async () => {
      await worker?.terminate()
    },
    close,
  }
}
