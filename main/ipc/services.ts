import type { z } from 'zod'
import type { Desk, Dispose } from '#main/link/desk.ts'
import type { SettingsStore } from '#main/settings/store.ts'
import type { Colour, DeploymentKey, DeploymentList, NewDeployment } from '#protocol/deployments.ts'
import type {
  aboutSchema,
  DesktopState,
  exportProgressSchema,
  Filter,
  links,
  Place,
  WindowRole,
} from '#protocol/desktop.ts'

export type About = z.infer<typeof aboutSchema>
export type ExportProgress = z.infer<typeof exportProgressSchema>
export type Licence = {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly text: string
}
export type LinkId = keyof typeof links
export type Protection = DesktopState['replica']['protection']

export interface DeploymentChange {
  readonly key: DeploymentKey
  readonly name?: string | undefined
  readonly colour?: Colour | undefined
  readonly addresses?: readonly string[] | undefined
}

/** Everything that the routers stand on; main/app composes it. `window` is a BrowserWindow's id. */
export interface Services {
  readonly state: { current(): DesktopState; onChange(listener: (state: DesktopState) => void): Dispose }
  readonly desk: Desk
  readonly settings: SettingsStore
  protect(window: number): Promise<Protection>
  readonly exports: {
    csv(window: number, filter: Filter, descending: boolean, signal: AbortSignal): AsyncIterable<ExportProgress>
    diagnostics(window: number, signal: AbortSignal): AsyncIterable<ExportProgress>
    logs(window: number, signal: AbortSignal): AsyncIterable<ExportProgress>
    /** Removes what has been begun: the app ends. */
    stop(): Promise<void>
  }
  readonly app: {
    about(): Promise<About>
    licences(): Promise<readonly Licence[]>
    openLink(link: LinkId): Promise<void>
    /** Beside a window, for the deployment that it shows. */
    openWindow(window: number, place: Place, wall: boolean): void
    onNavigate(window: number, listener: (place: Place) => void): Dispose
    copyLink(place: Place): void
    restartBackend(): Promise<void>
    reconnect(): void
    painted(window: number, page: Place['page'], atMs: number): void
  }
  readonly deployments: {
    list(window: number): DeploymentList
    onChange(listener: () => void): Dispose
    add(window: number, wish: NewDeployment): Promise<DeploymentKey>
    change(window: number, change: DeploymentChange): Promise<void>
    renewCredential(window: number, key: DeploymentKey, method: NewDeployment['method']): Promise<void>
    reviewCertificate(window: number, key: DeploymentKey, address: string): Promise<void>
    show(window: number, key: DeploymentKey): Promise<void>
    openWindow(key: DeploymentKey): void
    remove(key: DeploymentKey): Promise<void>
  }
  /** A window called what its role may not. */
  forbidden(window: number, procedure: string): void
}

export interface CallContext {
  readonly services: Services
  readonly window: number
  readonly role: WindowRole
}
