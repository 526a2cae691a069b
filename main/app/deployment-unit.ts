import type { Dispose } from '#main/link/desk.ts'
import type { Colour, DeploymentKey, KnownDeployment } from '#protocol/deployments.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import type { BackendProcess } from './backend-process.ts'
import type { DeskSlot } from './desk-slot.ts'
import type { composeState } from './desktop-state.ts'

/** How a deployment is called on this desktop. */
export interface Called {
  readonly key: DeploymentKey
  /** null: as its backend calls itself. */
  readonly name: string | null
  readonly colour: Colour
}

/** A deployment as the app runs it: its desk, the state that its windows show, and how it is reached. */
export interface Deployment {
  readonly key: DeploymentKey
  readonly slot: DeskSlot
  readonly state: ReturnType<typeof composeState>
  /** The embedded backend's process; null where the backend runs elsewhere. */
  readonly backend: BackendProcess | null
  open(): Promise<void>
  protect(passphrase: string): Promise<DesktopState['replica']['protection']>
  /** Tries again at once; a backend that was given up is started first. */
  reconnect(): void
  credential(): KnownDeployment['credential']
  /** Destroys the session key. */
  lock(): void
  /** Its name, colour or way in changed, or whether there is a token. */
  onChange(listener: () => void): Dispose
  stop(): Promise<void>
}
