import { readFigures } from '#main/link/kept-figures.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import { deskOptions, dropEarlierRuns, type OpenDesk } from './deployment.ts'
import { type AskPassphrase, type DeploymentKeys, openKeys, protectWithPassphrase } from './deployment-keys.ts'
import type { DeskSlot } from './desk-slot.ts'
import { codeOf } from './error-place.ts'
import type { Keychain } from './keychain.ts'
import type { Log } from './logging.ts'

type Protection = DesktopState['replica']['protection']

export interface KeptDeskOptions {
  /** The app was started for a review alone: nothing is opened. */
  readonly reviewOnly: boolean
  /** The deployment's folder. */
  readonly directory: string
  readonly keychain: Keychain
  /** null: nobody may be asked in this run. */
  readonly ask: AskPassphrase | null
  readonly slot: DeskSlot
  readonly openDesk: OpenDesk
  /** Resolves once the page has painted the figures of the last run, or has had time to. */
  pageFirst(): Promise<void>
  readonly log: Log
}

/** What a deployment keeps on this machine: its keys, and the desk that they open in its slot. */
export interface KeptDesk {
  keys(): DeploymentKeys | null
  /** Opens keys and desk; resolves also where they can't be opened, which the slot's state then says. */
  open(): Promise<void>
  /** Puts what is stored under a passphrase and opens the replica anew; answers how it is protected now. */
  protect(passphrase: string): Promise<Protection>
  close(): Promise<void>
  dropEarlierRuns(): void
}

export function createKeptDesk(options: KeptDeskOptions): KeptDesk {
  const { directory, slot, log } = options
  let keys: DeploymentKeys | null = null

  const openReplica = async (opened: DeploymentKeys): Promise<void> => {
    try {
      const wanted = deskOptions(directory, opened, log)
      const figures = readFigures(wanted.directory, wanted.storageKey.key)
      slot.show(figures)
      // The worker and the link would take the time that the page needs to paint what is there already.
      if (figures.sample !== null) await options.pageFirst()
      slot.attach(await options.openDesk(wanted))
    } catch (error) {
      log.error('replica.unavailable', { name: error instanceof Error ? error.name : typeof error })
      slot.giveUp()
    }
  }

  return {
    keys: () => keys,
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
    close: () => slot.close(),
    dropEarlierRuns: () => dropEarlierRuns(directory),
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
