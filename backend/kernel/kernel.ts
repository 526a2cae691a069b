import type { ReadKind } from '#protocol/access.ts'
import type { Outcome, SignedCommand } from '#protocol/command.ts'
import type { Cursor } from '#protocol/cursor.ts'
import type { LogHead } from '#protocol/entry.ts'
import type { FeedFrame } from '#protocol/feed.ts'
import type { CommandId, DeploymentId, Instant, KeyId, OperatorId } from '#protocol/ids.ts'
import type { KeyHandover, Restoration } from '#protocol/log.ts'
import type { Permission, Role } from '#protocol/permission.ts'
import type { Verdict } from '#protocol/verdict.ts'
import type { TilePath } from '#trust/tlog/tile.ts'
import type { Evidence } from './evidence.ts'
import type { Inbox } from './inbox.ts'
import type { StoredLog } from './log-to-bundle.ts'
import type { ModuleDefinition } from './module.ts'
import type { Policies } from './policy/policies.ts'
import type { ReadCount } from './reads.ts'
import type { SealedAccess } from './sealed/access.ts'
import type { Witnesses } from './witnesses.ts'

/** Who stands behind a connection, once signed in. */
export interface Principal {
  readonly operator: OperatorId
  readonly name: string
  readonly roles: readonly Role[]
  readonly key: KeyId
  readonly expiresAt: Instant
}

/** Refusals of one kind since they were last handed out. */
export interface RefusalCount {
  readonly actor: string
  readonly reason: string
  readonly count: number
}

/** The kernel as transport, hosts and the modules' composition see it. */
export interface Kernel {
  /** Resolves once the genesis stands in the log and every module has started; until then only services may submit. */
  readonly ready: Promise<void>
  readonly deployment: DeploymentInfo
  readonly instance: string
  readonly now: () => Instant
  /** The door. Throws LibralError with the code of the first step that failed. Durable when it resolves. */
  submit(command: SignedCommand): Promise<Outcome>
  /** The same for raw bytes of JSON: refuses broken UTF-8, duplicate keys and unsafe numbers before anything else. */
  submitBytes(bytes: Uint8Array): Promise<Outcome>
  outcome(id: CommandId): Promise<Outcome | null>
  /** Resolves when this instance knows everything that any instance had committed. @throws LibralError of the storage */
  latest(): Promise<void>
  /** One function decides what anyone may do; a refusal is counted and summed into the log each minute. */
  authorise(principal: Principal, permission: Permission): boolean
  /** What a command of this principal would meet at the door now. @throws LibralError `command.unknown`, `input.invalid` */
  preview(principal: Principal, wanted: { readonly command: string; readonly params: unknown }): Verdict
  /** What the policy in force permits to these roles, and to this operator where it names operators. */
  permissionsOf(roles: readonly Role[], operator?: OperatorId): readonly Permission[]
  /** Reads texts of policies without putting them in force; `seed` is the one that this build brings along. */
  readonly policy: Pick<Policies, 'check' | 'seed'>
  /** The principal behind a session key as it stands now; undefined when it is unknown, ended or expired. */
  principal(key: KeyId): Principal | undefined
  /** Told after sessions or operators changed, on whichever instance: who is signed in may no longer be. */
  onPrincipals(listener: () => void): () => void
  /** Tells of a refusal that happened outside the door (sign-in, reading). `actor` is an operator or `anonymous`. */
  refused(actor: string, reason: string): void
  /** Hands out at most 100 counts and forgets them: the session module writes them into the log once a minute. */
  drainRefusals(): readonly RefusalCount[]
  /** Entries of the log were handed to an operator: summed for the access log. */
  read(operator: string, what: ReadKind, entries: number): void
  /** Hands those counts out and forgets them: the access module writes them into the log once a minute. */
  drainReads(): readonly ReadCount[]
  /** Fills a collection anew from the entries, in the background; resolves when the new epoch is served. */
  rebuild(collection: string): Promise<void>
  /** Told when a rebuilt collection is being served. */
  onRebuilt(listener: (collection: string, epoch: number) => void): () => void
  readonly feed: FeedSource
  readonly log: LogReader
  /** The log as bundles are made of it. */
  readonly bundle: StoredLog
  /** Published heads and the desktops' cosignatures under them. */
  readonly witnesses: Witnesses
  history(collection: string, before: string | null, limit: number): Promise<HistoryPage>
  readonly modules: Supervisor
  /** Where unauthenticated input waits until an adapter has confirmed it. */
  readonly inbox: Inbox
  /** Bytes beside the log, which entries name. */
  readonly evidence: Evidence
  /** Wrapped keys and search of sealed values. */
  readonly sealed: SealedAccess
  /** Figures of the kernel itself for telemetry: see kernel/figures.ts. */
  figures(): KernelFigures
  /** Stops taking commands, lets the running batch and effects end, stops modules in reverse order, closes. */
  drain(): Promise<void>
}

export interface DeploymentInfo {
  readonly id: DeploymentId
  readonly name: string
  readonly logKey: Uint8Array
  /** How the log's key came to be this one; empty: it is the first. */
  readonly handovers: readonly KeyHandover[]
  /** How the log came to have this id; empty: it is its first. */
  readonly restorations: readonly Restoration[]
}

export interface HistoryPage {
  readonly rows: readonly unknown[]
  readonly next: string | null
}

/** Where the transport's feed connections get their frames from. */
export interface FeedSource {
  /**
   * Begins a subscription. `send` gets frames already encoded (one string shared by all subscribers with the same
   * reading rights); it answers how many bytes now wait in the socket, so the source can stop a slow one.
   */
  open(request: FeedOpening): Promise<FeedSubscription>
  /**
   * The same at once, for who lacks so little that all of it is in memory; undefined, and nothing sent, for who lacks more.
   * The caller has asked for the latest.
   */
  resume(request: FeedOpening): FeedSubscription | undefined
  /** Telemetry to all subscribers that want it; dropped, and counted, for those with a queue. */
  publish(frame: Extract<FeedFrame, { t: 'sample' | 'inventory' }>): void
  /** While on, nobody is sent telemetry, and what is left out is counted: overload gives up this first. */
  shed(on: boolean): void
  readonly subscribers: () => number
}
export interface FeedOpening {
  readonly principal: Principal
  readonly cursors: Readonly<Record<string, Cursor | null>>
  readonly telemetry: boolean
  readonly send: (frame: string) => number
  /** Bytes that wait in the socket now, so that a long catch-up can pace itself; without it, `send`'s last answer. */
  readonly waiting?: () => number
  /** The subscription is over: `slow`, `sessionEnded` or `drained` of feed.ts closeCodes. */
  readonly close: (code: number, reason: string) => void
}
export interface FeedSubscription {
  page(collection: string, after: string | null): Promise<void>
  end(): void
}

export interface LogReader {
  head(): Promise<LogHead>
  /**
   * The head as a note signed by the log key (c2sp.org/tlog-checkpoint), with the proof that it extends the tree of
   * `seen` entries. No proof where `seen` is null or more than there is.
   */
  checkpoint(seen: number | null): Promise<{ readonly note: string; readonly proof: readonly Uint8Array[] }>
  /** Canonical bytes of entries [from, to). */
  entries(from: number, to: number): Promise<readonly Uint8Array[]>
  /** A tile (c2sp.org/tlog-tiles) of the tree of `size` entries; null where that has none such. */
  tile(path: TilePath, size: number): Promise<Uint8Array | null>
  inclusion(index: number, size: number): Promise<readonly Uint8Array[]>
  consistency(from: number, to: number): Promise<readonly Uint8Array[]>
}

export type LifecycleState = 'starting' | 'running' | 'degraded' | 'stopping' | 'stopped' | 'failed'
export interface ModuleStatus {
  readonly definition: ModuleDefinition
  readonly state: LifecycleState
  readonly reason: string
  readonly restarts: number
  readonly since: Instant
}
export interface Supervisor {
  list(): readonly ModuleStatus[]
  /** Throws `module.unknown`, `module.essential` (stop), `module.already-running`, `module.already-stopped`. */
  start(name: string): Promise<void>
  stop(name: string): Promise<void>
  restart(name: string): Promise<void>
  onChange(listener: (status: ModuleStatus) => void): () => void
}

export interface KernelFigures {
  readonly logSize: number
  readonly commands: number
  readonly refusals: number
  /** Since the last call: durations of group commits in ms and commands in each. */
  readonly commitMs: readonly number[]
  readonly batchSizes: readonly number[]
  readonly feedLagMs: readonly number[]
  readonly telemetryDropped: number
  readonly outboxDepth: number
  readonly inboxDepth: number
}
