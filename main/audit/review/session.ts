import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { BundleProgress, TrustedKey } from '#protocol/bundle.ts'
import { type Failure, LibralError } from '#protocol/errors.ts'
import type {
  FromReviewWorker,
  ReviewAnswer,
  ReviewCall,
  ReviewCalls,
  ReviewWorkerOptions,
  ToReviewWorker,
  Verified,
} from './messages.ts'

export interface SessionEvents {
  readonly progress: (progress: BundleProgress) => void
  readonly open: (verified: Verified) => void
  readonly failed: (failure: Failure) => void
}

/** One bundle in a worker thread of its own, from the first byte to the end of the review. */
export interface ReviewSession {
  call<Name extends ReviewCall>(name: Name, ...args: Parameters<ReviewCalls[Name]>): ReviewAnswer<Name>
  /** Ends the worker at once, whatever it is doing, and removes its files. */
  close(): Promise<void>
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: LibralError) => void
}

/** Near this file in the sources, at the top of the output in a build. */
const program = (source: string, built: string): string => {
  const files = [source, built, `../${built}`].map((name) => fileURLToPath(new URL(name, import.meta.url)))
  const found = files.find((file) => existsSync(file))
  if (found === undefined) throw new Error(`${built} is missing`)
  return found
}

const indexPrefix = 'index-'
/** Removes what a review that was killed left: nobody has its key any more. */
export const dropEarlierIndexes = (directory: string): void => {
  rmSync(join(directory, 'open'), { recursive: true, force: true, maxRetries: 3 })
}

/** @param directory where indexes of open reviews lie */
export const startSession = (
  directory: string,
  bundle: Pick<ReviewWorkerOptions, 'file' | 'sessionKey'>,
  trusted: readonly TrustedKey[],
  events: SessionEvents,
): ReviewSession => {
  const parent = join(directory, 'open')
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(join(parent, indexPrefix))
  const options: ReviewWorkerOptions = {
    ...bundle,
    directory: folder,
    key: randomBytes(32).toString('hex'),
    threads: program('../bundle/worker.ts', 'bundle-worker.js'),
    trusted,
  }
  const worker = new Worker(program('worker.ts', 'review.js'), { workerData: options })
  const pending = new Map<number, Pending>()
  let nextId = 1
  let closed = false
  /** Why there is nothing to ask here, or nothing any more: what was said first. */
  let ended: Failure | null = null
  let isGone = false

  const settle = (id: number): Pending | undefined => {
    const found = pending.get(id)
    pending.delete(id)
    return found
  }
  /** A worker that could not open its bundle has nothing left to do and exits: that is no news. */
  const fail = (failure: Failure): void => {
    if (ended !== null) return
    ended = failure
    if (!closed) events.failed(failure)
  }
  const end = (): void => {
    isGone = true
    fail({ code: 'review.ended', params: {} })
    for (const { reject } of pending.values()) reject(refusal())
    pending.clear()
  }
  const refusal = (): LibralError =>
    ended === null ? new LibralError('review.not-open') : new LibralError(ended.code, ended.params)
  const onMessage = (message: FromReviewWorker): void => {
    if (closed) return
    if (message.t === 'progress') events.progress(message.progress)
    else if (message.t === 'open') events.open({ verdict: message.verdict, summary: message.summary })
    else if (message.t === 'failed') fail(message.failure)
    else if (message.t === 'reply') settle(message.id)?.resolve(message.value)
    else settle(message.id)?.reject(new LibralError(message.failure.code, message.failure.params))
  }
  worker.on('message', onMessage)
  worker.on('error', end)
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  void gone.then(end)

  return {
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new LibralError('review.not-open'))
        if (isGone) return reject(refusal())
        const id = nextId++
        pending.set(id, { resolve: resolve as (value: unknown) => void, reject })
        worker.postMessage({ id, name, args } satisfies ToReviewWorker)
      }),
    async close() {
      closed = true
      await worker.terminate()
      await gone
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
