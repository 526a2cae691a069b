import type { Desk } from '#main/link/desk.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import { type BackendProcess, type BackendProcessOptions, createBackendProcess } from './backend-process.ts'
import { deskOptions, dropEarlierRuns, type OpenDesk } from './deployment.ts'
import { type AskPassphrase, type DeploymentKeys, openKeys, protectWithPassphrase } from './deployment-keys.ts'
import type { DeskSlot } from './desk-slot.ts'
import { codeOf } from './error-place.ts'
import type { Keychain } from './keychain.ts'
import type { Log } from './logging.ts'

export interface EmbeddedOptions {
  readonly directory: string
  readonly keychain: Keychain
  /** null: nobody may be asked in this run. */
  readonly ask: AskPassphrase | null
  readonly slot: DeskSlot
  readonly openDesk: OpenDesk
  readonly backend: Pick<BackendProcessOptions, 'fork' | 'httpPort' | 'makeSocket'>
  readonly log: Log
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
  let keys: DeploymentKeys | null = null
  const backend = createBackendProcess({
    ...options.backend,
    storage: () => (keys?.backend ? { directory, key: keys.backend } : null),
    onReady: (endpoint) => slot.connect(endpoint),
    log,
  })

  const openReplica = async (opened: DeploymentKeys): Promise<void> => {
    try {
      const desk: Desk = await options.openDesk(deskOptions(directory, opened, log))
      slot.attach(desk)
    } catch (error) {
      log.error('replica.unavailable', { name: error instanceof Error ? error.name : typeof error })
      slot.giveUp()
    }
  }

  return {
    backend,
    async open() {
      try {
        dropEarlierRuns(directory)
        keys = await openKeys(directory, options.keychain, options.ask)
      } catch (error) {
        log.error('keys.unavailable', { code: codeOf(error) })
        slot.giveUp()
        return
      }
      log.info('keys.opened', { protection: keys.replica.protection, backend: keys.backend !== null })
      await openReplica(keys)
    },
    async protect(passphrase) {
      // What this run keeps goes with its key: a command that still waits to be sent would be lost.
      if (!(await nothingWaits(slot))) throw new LibralError('link.offline', { since: slot.state().link.since })
      const next = await protectWithPassphrase(directory, options.keychain, passphrase)
      if (next === null) return slot.state().replica.protection
      keys = next
      await slot.detach()
      await openReplica(next)
      dropEarlierRuns(directory)
      return next.replica.protection
    },
    async stop() {
      await slot.close()
      await backend.stop()
      dropEarlierRuns(directory)
    },
  }
}

const waitMs = 5_000

/** Whether every command that was sent has its answer, now or within a few seconds. */
function nothingWaits(slot: DeskSlot): Promise<boolean> {
  if (slot.state().pendingCommands === 0) return Promise.resolve(true)
  return new Promise((resolve) => {
    const settle = (answer: boolean): void => {
      clearTimeout(limit)
      dispose()
      resolve(answer)
    }
    const limit = setTimeout(() => settle(false), waitMs)
    const dispose = slot.onState(({ pendingCommands }) => {
      if (pendingCommands === 0) settle(true)
    })
  })
}
