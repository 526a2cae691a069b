import type { Json } from '#protocol/command.ts'
import type { CommandId, Instant } from '#protocol/ids.ts'
import type { DatabaseInventory } from '#protocol/telemetry.ts'

/**
 * Storage as the kernel sees it, the same over SQLite and PostgreSQL. Modules never see it. Bytes are Uint8Array,
 * rows are JSON values; offsets and log sizes are safe integers. A full disk surfaces as LibralError `storage.full`,
 * with nothing of the transaction kept.
 */
export interface Storage extends Reader {
  readonly engine: 'sqlite' | 'postgres'
  /** The store's clock, by which everything that uses it judges expiry: this machine's, or the database's. */
  now(): Instant
  /** Tells other instances on this store that the log has grown; nobody else hears of it on SQLite. */
  readonly wakeups: Wakeups
  /** Carries short texts to the other instances on this store; absent where there are none. */
  readonly messages?: Messages
  /** What a database server says of itself; absent where there is none. */
  readonly inspect?: () => Promise<DatabaseInventory>
  /**
   * The one writer: a transaction that holds the lock on `log_head`. Durable when the promise resolves; rolled back
   * whole when `work` throws. Calls queue behind each other, so `work` must not wait for another write.
   */
  write<T>(work: (writer: Writer) => Promise<T>): Promise<T>
  readonly outbox: OutboxStore
  readonly inbox: InboxStore
  readonly jobs: JobStore
  /**
   * Frees outbox, inbox and jobs that owners `instance/…` hold: an earlier run that was killed. Only for who knows that no
   * other run of that name lives.
   */
  releaseLeases(instance: string): Promise<void>
  readonly uses: UseStore
  readonly evidence: EvidenceReader & EvidenceStore
  readonly witnesses: WitnessStore
  readonly telemetry: TelemetryStore
  /** Drops change rows with offsets ≤ this; a cursor before it then needs a snapshot. */
  trimChanges(upTo: number): Promise<void>
  /** Deletes the rows of a collection's epoch that is no longer served, then its line among the collections. */
  dropEpoch(collection: string, epoch: number): Promise<void>
  /** Bytes of the store and of its write-ahead log; pages of the store that are free for new rows. */
  sizeBytes(): Promise<{ readonly data: number; readonly freePages: number; readonly wal: number }>
  /**
   * A consistent copy, encrypted as the original, while running. SQLite only; PostgreSQL refuses. Throws
   * `backup.target-exists`, `storage.full`.
   */
  backup(file: string): Promise<void>
  close(): Promise<void>
}

/**
 * How instances tell each other that there is something new. A wake-up says nothing but "look": one that is lost costs
 * the moment until the next look, so nothing depends on it.
 */
export interface Wakeups {
  /** Never throws and never waits. `size` is the log's. */
  publish(size: number): void
  /** Called for the wake-ups of other instances; perhaps for our own, too. Answers the disposer. */
  subscribe(listener: (size: number) => void): () => void
}

/** Texts of up to some 100 KB that may get lost, such as figures. */
export interface Messages {
  /** Never throws and never waits. */
  publish(text: string): void
  /** Called for those of other instances. Answers the disposer. */
  subscribe(listener: (text: string) => void): () => void
}

export interface Reader {
  head(): Promise<Head>
  /** Ranges are from ≤ index < to. */
  entries: {
    byIndex(from: number, to: number): Promise<readonly StoredEntry[]>
    /** Looks many ids up at once; absent ones are missing from the map. */
    byIds(ids: readonly CommandId[]): Promise<ReadonlyMap<CommandId, StoredOutcome>>
    leaves(from: number, to: number): Promise<readonly Uint8Array[]>
    /** How many bytes these entries are. */
    bytesIn(from: number, to: number): Promise<number>
    /** Hashes of complete subtrees at levels 8, 16 and 24 (256, 65,536, 16,777,216 leaves), by index at that level. */
    nodes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>
  }
  rows: {
    /** Absent rows are missing from the map, whose keys are those of {@link rowId}. */
    get(refs: readonly StoredRef[]): Promise<ReadonlyMap<string, Json>>
    page(collection: string, epoch: number, after: string | null, limit: number): Promise<readonly StoredRow[]>
    /** Newest keys first, `before` exclusive. */
    pageBack(collection: string, epoch: number, before: string | null, limit: number): Promise<readonly StoredRow[]>
    /** Stops counting at `atMost`: a count reads every row. */
    count(collection: string, epoch: number, atMost?: number): Promise<number>
  }
  collections(): Promise<readonly StoredCollection[]>
  readonly sealed: SealedReader
  readonly evidence: EvidenceReader
  changes: {
    /** Changes with offset in (after, upTo], in log order; whole offsets only, about `limit` changes. */
    after(after: number, upTo: number, limit: number): Promise<readonly StoredChange[]>
    /** Cursors at or above this offset can resume. */
    oldest(): Promise<number>
  }
}

/** A data key as it is wrapped to one certificate of a custodian. */
export interface StoredKey {
  readonly subject: string
  readonly class: string
  readonly key: string
  readonly custodian: string
  /** Lower-case hexadecimal. */
  readonly fingerprint: string
  /** An OpenPGP message. */
  readonly wrapped: Uint8Array
}
/** Which field of which row a token of the search index stands for; `token` null: for none any more. */
export interface StoredToken {
  readonly collection: string
  readonly row: string
  readonly field: string
  readonly subject: string
  readonly token: Uint8Array | null
}
/** A custodian with one of their certificates. */
export interface KeyHolder {
  readonly custodian: string
  readonly fingerprint: string
}

/** Wrapped data keys and the search index of sealed values: beside the log, gone when their subject is erased. */
export interface SealedReader {
  /** What a custodian could open of a subject, under whichever of their certificates. */
  wrapped(subject: string, custodian: string): Promise<readonly StoredKey[]>
  /** Keys of a class that `from` has and `holder` lacks, in order of their ids, `after` exclusive; one row a key. */
  lacking(
    sealClass: string,
    from: string,
    holder: KeyHolder,
    after: string | null,
    limit: number,
  ): Promise<readonly StoredKey[]>
  /** Keys and subjects of a class: all of them, and those of each holder. */
  coverage(sealClass: string): Promise<{
    readonly keys: number
    readonly subjects: number
    readonly holders: readonly (KeyHolder & { readonly keys: number; readonly subjects: number })[]
  }>
  /** Everybody's rows of these keys, in no order; of what was erased there are none. */
  ofKeys(keys: readonly string[]): Promise<readonly StoredKey[]>
  /** How many keys of a class none of these custodians has, under whichever certificate. */
  lost(sealClass: string, custodians: readonly string[]): Promise<number>
  /** Keys of rows whose field has this token. */
  find(collection: string, field: string, token: Uint8Array): Promise<readonly string[]>
  /** Everything, for a move, in order of the keys; `after` is the last row of the page before. */
  keys(after: Pick<StoredKey, 'key' | 'custodian' | 'fingerprint'> | null, limit: number): Promise<readonly StoredKey[]>
  tokens(
    after: Pick<StoredToken, 'collection' | 'row' | 'field'> | null,
    limit: number,
  ): Promise<readonly StoredToken[]>
}
export interface SealedWriter {
  /** What is there already stays. Answers how many were new. */
  putKeys(keys: readonly StoredKey[]): Promise<number>
  putTokens(tokens: readonly StoredToken[]): Promise<void>
  erase(subject: string): Promise<void>
  /** Deletes what a custodian of a class has, but for the certificate `keep`. */
  drop(sealClass: string, custodian: string, keep: string | null): Promise<void>
}

/** A piece of evidence that an entry names: its SHA-256 in base64url, and how many bytes it has. */
export interface NamedEvidence {
  readonly index: number
  readonly digest: string
  readonly bytes: number
}
/** Bytes that lie beside the log (protocol/evidence.ts). */
export interface EvidenceReader {
  /** What entries [from, to) name and is kept, by entry and digest; `after` is the last one of the page before. */
  named(
    from: number,
    to: number,
    after: Pick<NamedEvidence, 'index' | 'digest'> | null,
    limit: number,
  ): Promise<readonly NamedEvidence[]>
  bytes(digest: string): Promise<Uint8Array | null>
}
export interface EvidenceWriter {
  /** Which of these are there. */
  kept(digests: readonly string[]): Promise<ReadonlySet<string>>
  name(index: number, digests: readonly string[]): Promise<void>
}
export interface EvidenceStore {
  /** Once however often it comes; a later time counts for what no entry names yet. */
  keep(digest: string, bytes: Uint8Array, at: Instant): Promise<void>
  /** Deletes what was handed over before, and no entry names. */
  sweep(before: Instant): Promise<number>
}

/** Everything that one group commit writes; each list is one multi-row statement. */
export interface Writer extends Reader {
  readonly sealed: SealedReader & SealedWriter
  readonly evidence: EvidenceReader & EvidenceWriter
  append(entries: readonly StoredEntry[]): Promise<void>
  putNodes(
    nodes: readonly { readonly level: number; readonly index: number; readonly hash: Uint8Array }[],
  ): Promise<void>
  /** Upserts, or deletes where `value` is null. A later item for the same row wins. */
  putRows(rows: readonly StoredRowChange[]): Promise<void>
  putChanges(changes: readonly StoredChange[]): Promise<void>
  putOutbox(items: readonly NewOutboxItem[]): Promise<void>
  putCollection(collection: StoredCollection): Promise<void>
  /** Writes to different tables, in any order; over a network they travel together. */
  together(writes: readonly (() => Promise<void>)[]): Promise<void>
  setHead(head: Omit<Head, 'collections'>): Promise<void>
}

export interface Head {
  readonly size: number
  /** Merkle frontier: hashes of the complete subtrees, largest first (trust/merkle.ts). */
  readonly frontier: readonly Uint8Array[]
  /** Rises when the log is replaced by a restored backup. */
  readonly epoch: number
  /** Rises when what {@link Reader.collections} answers does. */
  readonly collections: number
}

export interface StoredEntry {
  readonly index: number
  readonly id: CommandId
  /** SHA-256 of the canonical statement, for the id-first rule. */
  readonly digest: Uint8Array
  readonly at: Instant
  /** RFC 8785 bytes of the entry, as hashed. */
  readonly bytes: Uint8Array
  /** RFC 6962 leaf hash of `bytes`. */
  readonly leaf: Uint8Array
}
export interface StoredOutcome {
  readonly index: number
  readonly digest: Uint8Array
  readonly at: Instant
}

export interface StoredRef {
  readonly collection: string
  readonly epoch: number
  readonly key: string
}
export const rowId = (collection: string, key: string): string => `${collection}\u0000${key}`
export interface StoredRow {
  readonly key: string
  readonly value: Json
}
export interface StoredRowChange extends StoredRef {
  readonly value: Json | null
}

export interface StoredCollection {
  readonly name: string
  readonly version: number
  readonly epoch: number
  /** Log size up to which this epoch is projected; a rebuild in progress lags behind the head. */
  readonly projected: number
  /** false while a rebuild fills it; the epoch being served is the newest ready one. */
  readonly ready: boolean
}

export interface StoredChange {
  readonly offset: number
  /** Order within the offset. */
  readonly seq: number
  readonly collection: string
  readonly key: string
  readonly value: Json | null
}

export interface NewOutboxItem {
  /** `entry index-effect number`: also the provider idempotency key. */
  readonly id: string
  readonly module: string
  readonly effect: string
  readonly payload: Json
  readonly dueAt: Instant
  /** The one instance that it is for; others take it up only when it stays there for a minute. Absent: for any. */
  readonly instance?: string
}
export interface OutboxItem extends NewOutboxItem {
  /** Claims so far, this one included: a try that ended in a crash counts. */
  readonly attempts: number
}
export interface OutboxStore {
  /**
   * Claims due items of these modules until `leaseUntil`; one claimed elsewhere is not given out before its lease ends,
   * and one for another instance than `instance` not for a minute.
   */
  claim(
    modules: readonly string[],
    owner: string,
    now: Instant,
    leaseUntil: Instant,
    limit: number,
    instance?: string,
  ): Promise<readonly OutboxItem[]>
  /** Everything that waits, claimed or not. */
  waiting(): Promise<readonly NewOutboxItem[]>
  /** Removes it, if the lease is still `owner`'s; false otherwise. */
  done(id: string, owner: string): Promise<boolean>
  /** Gives it back with the time of the next try. */
  retry(id: string, owner: string, dueAt: Instant, failure: string): Promise<void>
  depth(): Promise<number>
}

export interface InboxItem {
  readonly id: string
  readonly source: string
  readonly receivedAt: Instant
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}
/** One that comes in, perhaps into the hands of who judges it: nobody else claims it before `until`. */
export interface InboxArrival extends InboxItem {
  readonly held?: { readonly owner: string; readonly until: Instant }
}
/** `known`: this id of the source is here already. `full`: as many as allowed wait for that source. */
export type InboxPut = 'kept' | 'known' | 'full'
export interface SettledInboxItem {
  readonly id: string
  readonly state: 'accepted' | 'refused'
  readonly reason: string
  /** What else was found; kept as it is. */
  readonly finding?: Json
  /** What it is about, to find it by. */
  readonly about?: string
}
/** An item as it stands in the inbox, waiting or settled. */
export interface InboxLine extends Omit<InboxItem, 'body'> {
  /** Of the body as it is kept. */
  readonly bytes: number
  readonly state: 'waiting' | 'accepted' | 'refused'
  /** Empty while it waits. */
  readonly reason: string
  readonly finding: Json | null
  readonly settledAt: Instant | null
}
export interface InboxLook {
  readonly sources: readonly string[]
  readonly state: InboxLine['state'] | null
  /** Of settled ones: with a reason, without one; null: either. */
  readonly reasoned: boolean | null
  /** What they are about; null: anything. */
  readonly about: string | null
  /** Exclusive, in the order of {@link InboxStore.look}. */
  readonly before: { readonly receivedAt: Instant; readonly id: string } | null
  readonly limit: number
}
export interface InboxStore {
  /** In one transaction; answers in the order of the items. `bound`: how many may wait for one source. */
  put(items: readonly InboxArrival[], bound: number): Promise<readonly InboxPut[]>
  claim(source: string, owner: string, now: Instant, leaseUntil: Instant, limit: number): Promise<readonly InboxItem[]>
  /** In one transaction; answers how many were still this owner's. */
  settle(source: string, owner: string, items: readonly SettledInboxItem[], now: Instant): Promise<number>
  /** The newest first. */
  look(wanted: InboxLook): Promise<readonly InboxLine[]>
  get(source: string, id: string): Promise<InboxItem | null>
  /** Lets it wait once more, whatever became of it; false where it is no more. One that is being judged is left alone. */
  again(source: string, id: string): Promise<boolean>
  /** Everything that is not settled, of all sources. */
  waiting(): Promise<readonly InboxItem[]>
  /** Deletes what is older than 30 days, settled or not. */
  sweep(before: Instant): Promise<number>
  depth(): Promise<number>
}

export interface JobStore {
  /**
   * Claims the job when it is due and nobody holds it; the next due time is set by {@link JobStore.done}, at most `everyMs`
   * from then. What lies far beyond that was set by a clock that was ahead, and keeps nobody waiting.
   */
  claim(name: string, owner: string, now: Instant, leaseUntil: Instant, everyMs: number): Promise<boolean>
  done(name: string, owner: string, dueAt: Instant, failure: string | null): Promise<void>
}

/** Names that count once, on whichever instance. */
export interface UseStore {
  /** Whether nobody has used this name; it may be forgotten after `until`. */
  first(name: string, until: Instant): Promise<boolean>
  sweep(before: Instant): Promise<void>
}

/** A head that was published: witnesses sign under it, and tiles are served up to it. */
export interface PublishedHead {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
  readonly at: Instant
}
export interface StoredCosignature {
  readonly size: number
  /** The witness's key in the form of c2sp.org/signed-note. */
  readonly witness: string
  /** Who handed it over. */
  readonly operator: string
  readonly at: Instant
  /** Time and signature, as in the note's line. */
  readonly line: Uint8Array
}
export interface WitnessReader {
  newest(): Promise<PublishedHead | null>
  /** From this size on, the smallest first. */
  heads(from: number, limit: number): Promise<readonly PublishedHead[]>
  /** The largest first. */
  latest(limit: number): Promise<readonly PublishedHead[]>
  cosignatures(sizes: readonly number[]): Promise<readonly StoredCosignature[]>
}
export interface WitnessStore extends WitnessReader {
  /** One that is there stays. */
  publish(head: PublishedHead): Promise<void>
  /** Keeps at most `all` of a head and `each` of one operator; a witness's newer one takes the place of its older. */
  cosign(
    cosignature: StoredCosignature,
    most: { readonly all: number; readonly each: number },
  ): Promise<'kept' | 'enough' | 'unknown'>
  /** Of days before, keeps the last head of each (UTC) with its cosignatures. */
  thin(before: Instant): Promise<void>
}

/** One bucket of a resolution: `[metric, min, sum, max, count]` of each metric. */
export interface TelemetryBucket {
  readonly resolution: number
  readonly instance: string
  readonly at: Instant
  readonly values: readonly (readonly [string, number, number, number, number])[]
}
export interface TelemetryStore {
  put(buckets: readonly TelemetryBucket[]): Promise<void>
  /** Buckets with from ≤ at < to, by time, then instance. */
  range(resolution: number, instance: string | null, from: Instant, to: Instant): Promise<readonly TelemetryBucket[]>
  sweep(resolution: number, before: Instant): Promise<number>
}

/** What PostgreSQL needs to open. Times are in ms; each has a default. */
export interface PostgresOptions {
  readonly engine: 'postgres'
  /** postgres://USER:PASSWORD@HOST:PORT/DATABASE, TLS by `sslmode` and its files. */
  readonly url: string
  /** Connections that read, and claim work; one more writes the log and one listens. */
  readonly connections?: number
  readonly connectMs?: number
  /** Longest statement. */
  readonly statementMs?: number
  /** Longest wait for a lock, such as another instance's commit. */
  readonly lockMs?: number
  /** How long an instance that fell silent within a transaction may keep the others waiting. */
  readonly idleMs?: number
  /** Held in the database for as long as the storage is open, so that no two instances have one name. */
  readonly instance?: string
  /** How long the name may still be held by a run that was killed, ms: its machine may be gone without a word. */
  readonly nameMs?: number
  /** Told once when the name was lost to another run, while the database was away. */
  readonly nameLost?: () => void
  readonly log?: { warn(event: string, fields?: Readonly<Record<string, string | number | boolean>>): void }
}

/** What an engine needs to open. */
export interface SqliteOptions {
  readonly engine: 'sqlite'
  readonly file: string
  /** 32 bytes; the file is encrypted with them. */
  readonly key: Uint8Array
  /** For tests of a full disk. */
  readonly maxPages?: number
}
