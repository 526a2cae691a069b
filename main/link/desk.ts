import type { RowPage } from '#main/replica/messages.ts'
import type { Comparison, Cosigned } from '#protocol/audit.ts'
import type { Json, SignedCommand } from '#protocol/command.ts'
import type { DesktopState, Filter, RowQuery, SentCommand } from '#protocol/desktop.ts'
import type { CommandId } from '#protocol/ids.ts'
import type { ProviderName } from '#protocol/payments.ts'
import type { BalanceCheck } from '#protocol/payments-balance.ts'
import type { MessagePage, MessageQuery, RawMessage } from '#protocol/payments-inbox.ts'
import type { ConnectionTest, ProviderDraft } from '#protocol/payments-settings.ts'
import type { PolicyCheck } from '#protocol/policy.ts'
import type { Coverage, WrappedKey } from '#protocol/sealed.ts'
import type { HandOverPage } from '#protocol/sealed-hand-over.ts'
import type { Inventory, Range, RangeQuery, Sample } from '#protocol/telemetry.ts'
import type { BundleOrder, LogToBundle } from '#trust/bundle/make.ts'
import type { Signer } from '#trust/ed25519.ts'

export type Dispose = () => void

/** Unix socket path or named pipe of the embedded backend, or an address. */
export type Target =
  | { readonly kind: 'pipe'; readonly path: string }
  /** `wss://host:port`, or `ws://` on loopback. With a pin (SHA-256) this certificate and no other is accepted. */
  | { readonly kind: 'address'; readonly url: string; readonly pin: string | null }

/** A session key that the operator's OpenPGP key has certified. */
export interface Certification {
  readonly signer: Signer
  readonly command: SignedCommand
}
export type Credential =
  | { readonly method: 'launch' | 'token'; readonly secret: string }
  /** null: the operator has to be asked first. */
  | { readonly method: 'certificate'; readonly certification: Certification | null }

/** How to reach a deployment, and what proves who we are. */
export interface Endpoint {
  /** One for each instance, in the order in which they are tried. */
  readonly targets: readonly [Target, ...Target[]]
  readonly credential: Credential
  /** Who answered at first: whoever answers otherwise is refused as `log.broken`. null: whoever it is. */
  readonly identity: Identity | null
  /** Told when the log's key gave way to another, by the signatures of both: what to remember from now on. */
  readonly renewed?: (identity: Identity) => void
}

/** By the secret of this launch. */
export type LaunchEndpoint = Endpoint & { readonly credential: Extract<Credential, { secret: string }> }

export interface Identity {
  readonly deployment: string
  /** Raw Ed25519 key of the log, base64url. */
  readonly logKey: string
}

/** One deployment as this desktop sees it: link, replica and commands together. Windows are served from here. */
export interface Desk {
  /** The parts of the state that link, session, replica and commands fill. */
  state(): DeskState
  onState(listener: (state: DeskState) => void): Dispose
  readonly rows: {
    query(query: RowQuery): Promise<RowPage>
    get(collection: string, key: string): Promise<Json | null>
    count(filter: Filter): Promise<{ readonly count: number; readonly capped: boolean }>
    /** Adds up every balance of 決済 anew. @throws LibralError `collection.not-permitted`, `replica.unavailable` */
    balances(): Promise<BalanceCheck>
    /** All rows of a filter in order, in chunks, for exports; stops when the signal aborts. */
    stream(filter: Filter, descending: boolean, signal: AbortSignal): AsyncIterable<readonly Json[]>
    /** Called when one of these collections changed: at once when idle, then at most every 4 ms. */
    onChange(collections: readonly string[], listener: (offset: number) => void): Dispose
  }
  readonly telemetry: {
    /** Up to ten minutes, oldest first. */
    recent(): readonly Sample[]
    /** The newest of each instance that told of itself of late. */
    inventories(): readonly Inventory[]
    onSample(listener: (sample: Sample) => void): Dispose
    onInventory(listener: (inventory: Inventory) => void): Dispose
    range(query: RangeQuery): Promise<Range>
  }
  readonly commands: {
    /** Signs a low-risk command with the session key, stores it on disk, then sends; resolves with the decision, or as `queued` while offline. */
    submit(command: string, params: Readonly<Record<string, Json>>): Promise<SentCommand>
    /**
     * States a command for another key to sign, with a fresh id and the backend's time.
     * @param keyMade when the youngest key was made that may sign
     * @throws LibralError `signing.offline`, `session.required`, `command.unknown`
     */
    state(
      command: string,
      params: Readonly<Record<string, Json>>,
      keyMade: number,
    ): Promise<Omit<SignedCommand, 'signatures'>>
    /** As `submit`, for what is signed already. */
    post(signed: SignedCommand): Promise<SentCommand>
    /** The backend's clock, as far as this desktop knows it; asked anew where this machine's was set. @throws LibralError `signing.offline` */
    now(): Promise<number>
    sent(): readonly SentCommand[]
    onSent(listener: (sent: readonly SentCommand[]) => void): Dispose
    withdraw(id: CommandId): Promise<void>
    /** A command of this desktop as it was signed, for who has to show it to others. */
    signed(id: CommandId): SignedCommand | undefined
  }
  readonly log: {
    /** The newest checkpoint that was seen, with the log's signature and ours. @throws LibralError `log.unseen` */
    checkpoint(): Promise<string>
    /** What was kept of the history that was refused, as a file's text. @throws LibralError `log.no-evidence` */
    evidence(): Promise<string>
    /** A checkpoint, or evidence of a fork. @throws LibralError `link.offline`, `log.*` */
    compare(checkpoint: Uint8Array): Promise<Comparison>
    /** Looks at the log and hands our signature over. @throws LibralError `link.offline`, `log.*` */
    checkNow(): Promise<void>
    /** Published heads with who signed them, the newest first. */
    witnesses(): Promise<readonly Cosigned[]>
    /** The id that sealed values are bound to: the log's first, whatever was restored since; null: not known yet. */
    sealedUnder(): string | null
    /** The log as a bundle of this range is made of it. @throws LibralError `link.offline`, and as {@link bundleLog} */
    toBundle(order: Pick<BundleOrder, 'kind' | 'from' | 'to'>): Promise<LogToBundle>
    /** Takes the history that the backend shows next as the first; what was seen stays as evidence. */
    accept(reason: string): Promise<void>
  }
  readonly policy: {
    /** What the backend makes of a text; nothing is published. */
    check(text: string): Promise<PolicyCheck>
    seed(): Promise<{ readonly text: string }>
  }
  /** @throws LibralError `link.offline`, `module.stopped`, `payments.*` */
  readonly payments: {
    inbox(query: MessageQuery): Promise<MessagePage>
    /** The message of an opening that was recorded. */
    message(opening: CommandId): Promise<RawMessage>
    /** 32 bytes: keys that are typed here are sealed under it. */
    sealTo(): Promise<Uint8Array>
    test(provider: ProviderName, draft: ProviderDraft | null): Promise<ConnectionTest>
  }
  readonly sealed: {
    coverage(): Promise<readonly Coverage[]>
    find(wanted: {
      readonly collection: string
      readonly field: string
      readonly value: string
    }): Promise<readonly string[]>
    /** The wrapped keys of a recorded opening. */
    keys(opening: CommandId): Promise<readonly WrappedKey[]>
    /** What lies beside the log under a sealed key, by its SHA-256; held against it by who opens it. */
    evidence(digest: string): Promise<Uint8Array>
    /** A page of what the custodian of a recorded rewrap still lacks. */
    lacking(rewrap: CommandId): Promise<readonly WrappedKey[]>
    /** Answers how many were still lacking. */
    putWrapped(rewrap: CommandId, keys: readonly WrappedKey[]): Promise<number>
    /** A page of the keys of a recorded hand-over, from an entry on. */
    handedOver(handOver: CommandId, from: number | null): Promise<HandOverPage>
  }
  /** The embedded backend came up (again), or the operator asked: connect now. */
  connect(endpoint: Endpoint): void
  /** Destroys the session key; screens stay live, the next command asks to sign in. */
  lock(): void
  close(): Promise<void>
}

export type DeskState = Pick<DesktopState, 'link' | 'session' | 'replica' | 'log' | 'pendingCommands'> & {
  readonly deployment: Pick<DesktopState['deployment'], 'id' | 'name'>
}

export interface DeskOptions {
  /** Holds replica.db and what is sent; goes with the run where nothing keeps its key. */
  readonly directory: string
  /** `userData/deployments/<id>/`: what outlives the replica. */
  readonly deployment: string
  /** 32 bytes for the replica's file, and how they are kept. */
  readonly storageKey: { readonly key: Uint8Array; readonly protection: DesktopState['replica']['protection'] }
  /** `Libral Control Center 0.1.0 (host)` */
  readonly client: string
  readonly log: { info(event: string, fields?: object): void; warn(event: string, fields?: object): void }
}
