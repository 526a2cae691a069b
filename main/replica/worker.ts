import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Failure, failureOf, LibralError } from '#protocol/errors.ts'
import { answers } from './answers.ts'
import { parseFrame } from './frame.ts'
import { createIdle } from './idle.ts'
import { createKeeper } from './keeper.ts'
import type { CallName, FromWorker, ToWorker, WorkerOptions } from './messages.ts'
import { sqliteCode } from './open-database.ts'

/** The replica's thread: frames and calls come in, in order; replies, requests and news go out. */

const statesEveryMs = 250
/** The first page's rows and paint come first. */
const firstIdleMs = 2_000

const run = (port: MessagePort, options: WorkerOptions): void => {
  /** Frames of any other session are of a socket that is gone. */
  let session = 0
  const post = (message: FromWorker): void => port.postMessage(message)

  const breakOff = (failure: Failure): void => {
    if (session !== 0) post({ t: 'broken', session, failure })
    session = 0
  }

  const keeper = createKeeper(options, {
    request: (request) => post({ t: 'request', session, request }),
    changed: (collections, offset) => post({ t: 'changed', collections, offset }),
    caughtUp: () => {
      postStates()
      post({ t: 'caught-up', session })
    },
    behind: () => {
      postStates()
      post({ t: 'behind', session })
    },
    state: (state, setAside) => post({ t: 'state', state, setAside }),
    trouble: (error) => post({ t: 'trouble', ...traceOf(error) }),
    lost: (code) => breakOff({ code, params: {} }),
  })

  const postStates = (): void => {
    if (keeper.state() === 'ready') post({ t: 'collections', states: keeper.guard((store) => store.states()) })
  }
  let statesTimer: NodeJS.Timeout | null = null
  const tellStates = (): void => {
    statesTimer ??= setTimeout(() => {
      statesTimer = null
      postStates()
    }, statesEveryMs)
  }

  const idle = createIdle(() => {
    try {
      return keeper.state() === 'ready' && keeper.guard((store) => store.work())
    } catch {
      return false
    }
  }, firstIdleMs)

  const calls = answers(options, keeper, (next) => {
    session = next
    tellStates()
  })

  const frame = (of: number, bytes: ArrayBuffer): void => {
    try {
      if (of !== session) return
      const text = Buffer.from(bytes).toString('utf8')
      const parsed = parseFrame(text)
      if (parsed.t === 'sample' || parsed.t === 'inventory') post({ t: 'telemetry', session, text })
      else {
        keeper.guard((store) => store.applier.apply(parsed))
        tellStates()
        idle.wake()
      }
    } catch (error) {
      breakOff(failureOf(error))
    } finally {
      post({ t: 'consumed', bytes: bytes.byteLength })
    }
  }

  const call = (id: number, name: CallName, args: readonly unknown[]): void => {
    try {
      // The proxy is typed by WorkerCalls, so what comes for a name is what this name takes.
      const answer = calls[name] as (...args: readonly unknown[]) => unknown
      post({ t: 'reply', id, value: answer(...args) })
    } catch (error) {
      const failure =
        error instanceof LibralError ? error.failure : { code: 'replica.unavailable' as const, params: {} }
      post({ t: 'refusal', id, failure })
    }
    if (name !== 'close') return
    idle.stop()
    if (statesTimer !== null) clearTimeout(statesTimer)
    port.close()
  }

  port.on('message', (message: ToWorker) => {
    idle.busy()
    if (message.t === 'frame') frame(message.session, message.bytes)
    else call(message.id, message.name, message.args)
  })

  const setAside = calls.open()
  post({ t: 'open', setAside })
  tellStates()
  idle.wake()
}

/** A message may quote a row; name and place don't. */
const traceOf = (error: unknown): { readonly name: string; readonly code: string; readonly at: string } => ({
  name: error instanceof Error ? error.name : typeof error,
  code: sqliteCode(error),
  at:
    error instanceof Error
      ? (error.stack ?? '')
          .split('\n')
          .filter((line) => /^ +at /.test(line))
          .slice(0, 4)
          .join(' ')
      : '',
})

if (parentPort !== null) run(parentPort, workerData as WorkerOptions)
