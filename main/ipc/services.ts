import type { ContractRouterClient } from '@orpc/contract'
import type { z } from 'zod'
import type { Review } from '#main/audit/review/review.ts'
import type { Desk, Dispose } from '#main/link/desk.ts'
import type { SettingsStore } from '#main/settings/store.ts'
import type { vaultContract } from '#main/vault/contract.ts'
import type { BundleOrderWish } from '#protocol/bundle.ts'
import type { Colour, DeploymentKey, DeploymentList, NewDeployment, OperatorKey } from '#protocol/deployments.ts'
import type { aboutSchema, DesktopState, Filter, links, Place, WindowRole } from '#protocol/desktop.ts'
import type { ExportProgress } from '#protocol/exports.ts'
import type { exportKinds, VaultState } from '#protocol/keys.ts'
import type { ChosenFile, filePurposes } from '#protocol/messages.ts'
import type { Paper } from '#protocol/paper.ts'
import type { ProviderName } from '#protocol/payments.ts'
import type { BookRange } from '#protocol/payments-books.ts'
import type { DocumentKey } from '#protocol/payments-invoices.ts'
import type { CertificateWish, CsvWish, ReportWish } from '#protocol/review.ts'
import type { ReviewKeys } from './review-keys.ts'

type VaultClient = ContractRouterClient<typeof vaultContract>
export type About = z.infer<typeof aboutSchema>
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
  /** Begins a session after a lock: unlocks the vault first. */
  signIn(window: number): Promise<void>
  readonly settings: SettingsStore
  protect(window: number): Promise<Protection>
  readonly exports: {
    csv(window: number, filter: Filter, descending: boolean, signal: AbortSignal): AsyncIterable<ExportProgress>
    bundle(
      window: number,
      order: BundleOrderWish,
      recipients: readonly string[],
      signal: AbortSignal,
    ): AsyncIterable<ExportProgress>
    books(window: number, range: BookRange, signal: AbortSignal): AsyncIterable<ExportProgress>
    diagnostics(window: number, signal: AbortSignal): AsyncIterable<ExportProgress>
    logs(window: number, signal: AbortSignal): AsyncIterable<ExportProgress>
    document(window: number, key: DocumentKey, signal: AbortSignal): AsyncIterable<ExportProgress>
    /** Removes what has been begun: the app ends. */
    stop(): Promise<void>
  }
  readonly audit: {
    /** @throws LibralError `file.not-chosen` */
    chooseSave(window: number, name: string): Promise<string>
    chooseOpen(window: number): Promise<string>
  }
  readonly review: {
    readonly review: Review
    readonly handed: ReviewKeys
    /** @throws LibralError `file.not-chosen` */
    chooseBundle(window: number): Promise<string>
    chooseKeys(window: number): Promise<string>
    /** A key file. */
    chooseKeyFile(window: number): Promise<string>
    csv(window: number, wish: CsvWish, signal: AbortSignal): AsyncIterable<ExportProgress>
    certify(window: number, wish: CertificateWish, signal: AbortSignal): AsyncIterable<ExportProgress>
    report(window: number, wish: ReportWish, signal: AbortSignal): AsyncIterable<ExportProgress>
  }
  /** What a window draws for the printer. @throws LibralError `desktop.forbidden` for any other window */
  readonly paper: { dataOf(window: number): Paper; drawn(window: number): void }
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
    renewCredential(
      window: number,
      key: DeploymentKey,
      method: NewDeployment['method'],
      operatorKey: OperatorKey | null,
    ): Promise<void>
    /** Unlocks where that is needed, and begins a session. */
    signIn(window: number, key: DeploymentKey): Promise<void>
    reviewCertificate(window: number, key: DeploymentKey, address: string): Promise<void>
    show(window: number, key: DeploymentKey): Promise<void>
    openWindow(key: DeploymentKey): void
    openDemo(window: number): Promise<void>
    remove(key: DeploymentKey): Promise<void>
  }
  readonly keys: {
    state(): VaultState
    onState(listener: (state: VaultState) => void): Dispose
    /** Opens the vault by one call: setting up, unlocking, restoring. */
    open<T>(window: number, by: (client: VaultClient) => Promise<T>): Promise<T>
    /** @throws LibralError `vault.locked`, `vault.unavailable` */
    call<T>(window: number, use: (client: VaultClient) => Promise<T>): Promise<T>
    lock(): Promise<void>
    /** Proofs of possession that this vault signed in this run: a page may carry no other into a command. */
    readonly proofs: { add(value: string): void; has(value: string): boolean }
    /** @throws LibralError `file.not-chosen` */
    chooseOpen(
      window: number,
      what: 'import' | 'restore' | 'certificate' | 'revocation' | 'module' | 'recovery',
    ): Promise<string>
    chooseSave(
      window: number,
      what: `export-${(typeof exportKinds)[number]}` | 'backup' | 'recovery' | 'key-file',
      name: string,
    ): Promise<string>
    stop(): Promise<void>
  }
  /** Files of メッセージ: chosen in dialogs, known to pages by tokens. @throws LibralError `file.not-chosen` */
  readonly messages: {
    choose(window: number, purpose: (typeof filePurposes)[number]): Promise<readonly ChosenFile[]>
    paths(window: number, tokens: readonly string[]): readonly string[]
    /** Where each shall stand, in their order; what is there is replaced only where the operator agreed. */
    targets(
      window: number,
      wanted: readonly { readonly source: string; readonly name: string }[],
    ): Promise<readonly { readonly target: string; readonly replace: boolean }[]>
    /** The file beside a signature that it is named after, else the one that the operator chooses. */
    documentOf(window: number, signature: string): Promise<string | null>
    output(window: number, path: string): { readonly token: string; readonly name: string }
    reveal(window: number, token: string): void
    /** For a published directory. */
    chooseFolder(window: number): Promise<string>
  }
  readonly approvals: {
    /** @throws LibralError `file.not-chosen` */
    chooseOpen(window: number, what: 'request' | 'either'): Promise<string>
    chooseSave(window: number, what: 'request' | 'vote', name: string): Promise<string>
  }
  readonly payments: {
    /** Asks for keys in a window of main's own; null: it was closed. One at a time. */
    askSecrets(
      window: number,
      question: { readonly provider: ProviderName; readonly address: string; readonly names: readonly string[] },
    ): Promise<Readonly<Record<string, string>> | null>
  }
  readonly envFiles: {
    /** @throws LibralError `file.not-chosen` */
    choose(window: number, how: 'open' | 'create'): Promise<string>
  }
  /** A window called what its role may not. */
  forbidden(window: number, procedure: string): void
}

export interface CallContext {
  readonly services: Services
  readonly window: number
  readonly role: WindowRole
}
