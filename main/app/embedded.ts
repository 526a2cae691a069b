import type { DesktopState } from '#protocol/desktop.ts'
import { type BackendProcess, type BackendProcessOptions, createBackendProcess } from './backend-process.ts'
import { createKeptDesk, type KeptDeskOptions } from './kept-desk.ts'

export interface EmbeddedOptions extends KeptDeskOptions {
  readonly backend: Pick<BackendProcessOptions, 'fork' | 'httpPort' | 'makeSocket' | 'more'>
}

/** The embedded deployment: its keys, its desk and its backend's process. */
export interface Embedded {
  readonly backend: BackendProcess
  /** Opens keys and desk; resolves also where they can't be opened, which the state then says. */
  open(): Promise<void>
  /** Puts what is stored under a passphrase and opens the replica anew; answers how it is protected now. */
  protect(passphrase: string): Promise<DesktopState['replica']['protection']>
  stop(): Promise<void>
}

export function createEmbedded(options: EmbeddedOptions): Embedded {
  const { directory, slot, log } = options
  const desk = createKeptDesk(options)
  const backend = createBackendProcess({
    ...options.backend,
    storage: () => {
      const key = desk.keys()?.backend
      return key ? { directory, key } : null
    },
    onReady: (endpoint) => slot.connect(endpoint),
    log,
  })
  return {
    backend,
    open: desk.open,
    protect: desk.protect,
    async stop() {
      await desk.close()
      await backend.stop()
      desk.dropEarlierRuns()
    },
  }
}
