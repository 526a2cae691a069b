import type { Json, SignedCommand } from '#protocol/command.ts'
import type { Cursor } from '#protocol/cursor.ts'
import type { DesktopState, Filter, RowQuery, SentCommand } from '#protocol/desktop.ts'
import type { Failure } from '#protocol/errors.ts'
import type { FeedRequest } from '#protocol/feed.ts'
import type { BalanceCheck } from '#protocol/payments-balance.ts'

/** What passes between the main side and the replica's worker thread: the one contract of both. */

export interface RowPage {
  readonly rows: readonly Json[]
  readonly next: string | null
  readonly offset: number
  /** How whole the collection was when they were read. */
  readonly state: 'empty' | 'loading' | 'ready'
}

export interface Count {
  readonly count: number
  readonly capped: boolean
}

/** A command as `sent.db` keeps it: what was signed, and what came of it. */
export interface SentRecord extends SentCommand {
  readonly signed: SignedCommand
}

/** Whose the collections are; the key of the log as first seen. */
export interface Deployment {
  readonly id: string
  readonly name: string
  readonly logKey: string
}

export type CollectionStates = DesktopState['replica']['collections']

/** Handed to the worker when it is made. */
export interface WorkerOptions {
  /** Existing directory that holds `replica.db` and `sent.db`. */
  readonly directory: string
  /** 32 bytes in hexadecimal. */
  readonly key: string
  /** The key lives for this run only: files of their own, removed at both ends. */
  readonly ephemeral: boolean
  /** Set the file aside before opening it: the worker died of it again and again. */
  readonly suspect: boolean
  /** Pages that `replica.db` may grow to; a test's way to fill the disk. */
  readonly maxPages: number | null
}

/** Every call is answered once, and safe to repeat: a worker that died is replaced and asked again. */
export interface WorkerCalls {
  /**
   * Drops the collections when they belong to another deployment; remembers whose they are.
   * @param earlier keys of the log that gave way to this one, as was verified
   * @throws LibralError `log.broken` where this deployment showed yet another log key before
   */
  claim(deployment: Deployment, earlier: readonly string[]): void
  /** Forgets half-loaded snapshots and answers where each collection stands; frames of this session follow. */
  begin(session: number): Readonly<Record<string, Cursor | null>>
  query(query: RowQuery): RowPage
  get(collection: string, key: string): Json | null
  count(filter: Filter): Count
  /** The next rows of an export, after a token; at most `limit`. */
  chunk(filter: Filter, descending: boolean, after: string | null, limit: number): RowPage
  /** 残高の検算 over the books as they are here. */
  balances(): BalanceCheck
  /** Rows that the text index still lacks; searches read them one by one. */
  backlog(): number
  /** Whose the collections are; null before the first claim. */
  owner(): Deployment | null
  /** All that `sent.db` keeps, oldest first. */
  sentLoad(): readonly SentRecord[]
  /** Durable (`synchronous=FULL`) when it answers. */
  sentPut(records: readonly SentRecord[]): void
  close(): void
}

export type CallName = keyof WorkerCalls
export type CallArguments<Name extends CallName> = Parameters<WorkerCalls[Name]>
export type CallResult<Name extends CallName> = ReturnType<WorkerCalls[Name]>

export type ToWorker =
  | { readonly t: 'call'; readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
  | { readonly t: 'frame'; readonly session: number; readonly bytes: ArrayBuffer }

export type FromWorker =
  | { readonly t: 'open'; readonly setAside: string | null }
  | { readonly t: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly t: 'refusal'; readonly id: number; readonly failure: Failure }
  /** To be sent over the feed of this session. */
  | { readonly t: 'request'; readonly session: number; readonly request: FeedRequest }
  /** A frame that turned out to be telemetry after all. */
  | { readonly t: 'telemetry'; readonly session: number; readonly text: string }
  /** Committed: these collections show changes up to `offset`. */
  | { readonly t: 'changed'; readonly collections: readonly string[]; readonly offset: number }
  | { readonly t: 'collections'; readonly states: CollectionStates }
  /** Bytes of frames that need no more memory. */
  | { readonly t: 'consumed'; readonly bytes: number }
  | { readonly t: 'caught-up'; readonly session: number }
  | { readonly t: 'behind'; readonly session: number }
  /** This session's frames can't be applied: come back with `begin`. */
  | { readonly t: 'broken'; readonly session: number; readonly failure: Failure }
  /** Why the store was given up: name, SQLite's code and place of the error, for the log; never its message. */
  | { readonly t: 'trouble'; readonly name: string; readonly code: string; readonly at: string }
  | { readonly t: 'state'; readonly state: DesktopState['replica']['state']; readonly setAside: string | null }
