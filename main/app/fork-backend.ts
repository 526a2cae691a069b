import { utilityProcess } from 'electron'
import type { BackendChild } from './backend-child.ts'
import type { childLog } from './child-log.ts'
import type { Log } from './logging.ts'

/** Libral Core in a utility process of Electron's, its output kept in a log file of its own. */
export function forkBackend(path: string, keepLog: ReturnType<typeof childLog>, log: Log): BackendChild {
  const child = utilityProcess.fork(path, [], { serviceName: 'libral-core', stdio: 'pipe' })
  keepLog(child)
  // Fatal errors of V8; without a listener the event itself would be an error here. `exit` follows.
  child.on('error', (type, location) => log.error('backend.fatal', { type, location }))
  return {
    get pid() {
      return child.pid
    },
    postMessage: (order) => child.postMessage(order),
    on: (event, listener) => child.on(event, listener),
    once: (event, listener) => child.once(event, listener),
    kill: () => killAtOnce(child.pid),
  }
}

function killAtOnce(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
