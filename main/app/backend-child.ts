import type { BackendOrder } from '#protocol/embedded.ts'

/** The part of Electron's UtilityProcess that is used, so that tests need no Electron. */
export interface BackendChild {
  readonly pid: number | undefined
  postMessage(message: BackendOrder): void
  on(event: 'message', listener: (message: unknown) => void): unknown
  once(event: 'exit', listener: (code: number | null) => void): unknown
  /** Ends it at once: a process that hangs while it drains heeds no SIGTERM. */
  kill(): void
}
