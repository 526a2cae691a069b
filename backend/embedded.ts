import { type BackendNews, type BackendOrder, backendOrderSchema } from '#protocol/embedded.ts'
import { failureOf } from '#protocol/errors.ts'
import { type Backend, startBackend } from './host.ts'
import { levelOf, openJournal } from './journal.ts'
import { endAtLatest, endOnUncaught, unforeseen } from './process-end.ts'
import { traceOf } from './transport/failure.ts'

/**
 * Entry of Electron's utility process. The port is typed here, since the backend knows nothing of Electron; it is
 * Electron's `process.parentPort` (docs/api/utility-process).
 */
interface ParentPort {
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown
  on(event: 'close', listener: () => void): unknown
  postMessage(message: BackendNews): void
}

/** How often to see whether the app is still there. */
const parentCheckMs = 1_000

const log = openJournal(levelOf(process.env['LIBRAL_LOG']))
let starting: Promise<Backend> | undefined

const run = (port: ParentPort): void => {
  port.on('message', ({ data }) => {
    const order = backendOrderSchema.safeParse(data)
    if (!order.success) log.error('embedded.order-unknown')
    else if (order.data.t === 'drain') void end('order')
    else if (!starting) start(port, order.data)
  })
  port.on('close', () => void end('port-closed'))
  process.on('SIGTERM', () => void end('signal'))
  const parent = process.ppid
  // An orphan is handed to another parent: the app was killed and can't tell us.
  setInterval(() => process.ppid !== parent && void end('parent-gone'), parentCheckMs).unref()
}

type Order = Extract<BackendOrder, { t: 'start' }>

const begin = async (order: Order): Promise<Backend> => {
  // Nothing of it is loaded by anybody's real deployment.
  const demo = order.demo === undefined ? undefined : await (await import('./demo/index.ts')).openDemo(order.demo, log)
  return startBackend({
    ...(demo && { demo }),
    directory: order.directory,
    storageKey: order.key,
    mode: 'embedded',
    listen: [{ kind: 'pipe', path: order.socket }],
    launchSecret: order.secret,
    ...(order.httpPort !== null && { httpPort: order.httpPort }),
    name: order.name ?? 'この端末',
    log,
    failed: () => void end('module-failed', unforeseen),
  })
}

const start = (port: ParentPort, order: Order): void => {
  starting = begin(order)
  starting.then(
    ({ deployment }) => port.postMessage({ t: 'ready', deployment, pid: process.pid }),
    (thrown: unknown) => {
      const { code } = failureOf(thrown)
      log.error('embedded.start-failed', { code, ...traceOf(thrown) })
      port.postMessage({ t: 'failed', code })
      // The message needs a turn of the loop to leave.
      setTimeout(() => process.exit(1), 100)
    },
  )
}

let ending = false
const end = async (reason: string, exitCode = 0): Promise<void> => {
  if (ending) return
  ending = true
  log.info('embedded.draining', { reason })
  endAtLatest(exitCode)
  try {
    await (await starting)?.stop()
    process.exit(exitCode)
  } catch (thrown) {
    log.error('embedded.drain-failed', traceOf(thrown))
    process.exit(1)
  }
}

// Whatever this process makes is for its user alone.
process.umask(0o077)
endOnUncaught(log)
const { parentPort } = process as { readonly parentPort?: ParentPort }
if (parentPort) run(parentPort)
else log.error('embedded.no-parent-port')
