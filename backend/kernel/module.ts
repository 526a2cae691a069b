import type { z } from 'zod'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { CommandDefinition, Json, SignedCommand } from '#protocol/command.ts'
import type { Failure, SafeParams } from '#protocol/errors.ts'
import type { EventDefinition } from '#protocol/event.ts'
import type { CommandId, DeploymentId, Instant, OperatorId } from '#protocol/ids.ts'
import type { Permission, Role } from '#protocol/permission.ts'
import type { SealedField } from '#protocol/sealed-value.ts'
import type { Verdict } from '#protocol/verdict.ts'
import type { KnownCertificate } from '#trust/context-lock.ts'
import type { InboxItem, InboxStore } from '../storage/port.ts'
import type { OutgoingLimits } from './outgoing.ts'

/**
 * What a module is. Everything here that decides is a pure function over declared reads, so that a batch of commands
 * needs one read of the database, and a rebuild gives the same rows as the first run.
 */

/** Names a row that a decision or projection wants to see. */
export interface RowRef {
  readonly collection: CollectionDefinition
  readonly key: string
}
export const ref = (collection: CollectionDefinition, key: string): RowRef => ({ collection, key })

/** Rows as they stand right before the entry being made, the earlier ones of the same batch included. */
export interface State {
  get<Row extends z.ZodType>(collection: CollectionDefinition<Row>, key: string): z.output<Row> | undefined
}

/** Who asked, when the backend's clock accepted it, and where it will stand in the log. */
export interface CommandMeta {
  readonly id: CommandId
  readonly operator: OperatorId
  readonly roles: readonly Role[]
  readonly at: Instant
  /** Fingerprint of the certificate whose OpenPGP key signed the command; null for a key of another kind. */
  readonly certificate: string | null
  /** What the policy in force says of a command that somebody else signed, for the roles that they hold now. */
  readonly verdictOn: (command: SignedCommand, roles: readonly Role[]) => Verdict
  /** Whether the policy in force grants it to somebody else with these roles. */
  readonly mayOf: (operator: OperatorId, roles: readonly Role[], permission: Permission) => boolean
}
/**
 * Roles are not in the entry, so a projection that looked at them would not come out the same when rebuilt; what it needs
 * of the signature its event says.
 */
export interface EventMeta extends Omit<CommandMeta, 'roles' | 'certificate' | 'verdictOn' | 'mayOf'> {
  readonly command: string
  readonly index: number
  /** Number within the entry, from 0. */
  readonly nth: number
}

export interface NewEvent {
  readonly definition: EventDefinition
  readonly data: unknown
}
export const happened = <Data extends z.ZodType>(definition: EventDefinition<Data>, data: z.input<Data>): NewEvent => ({
  definition,
  data,
})

export type Decision = { readonly events: readonly NewEvent[] } | { readonly refused: Failure }
export const accept = (...events: readonly NewEvent[]): Decision => ({ events })
export const refuse = (code: Failure['code'], params: SafeParams = {}): Decision => ({ refused: { code, params } })

/** What a handler may ask of the door while it examines. */
export interface World {
  readonly deployment: DeploymentId
  readonly now: Instant
  /** Whose statement it is. */
  readonly operator: OperatorId
  /** Judges a command that this one carries in, by the door's own steps. @throws LibralError of the step that failed */
  readonly judge: (command: SignedCommand) => Promise<void>
  /** A registered certificate, as signatures are verified against it. */
  readonly certificate: (fingerprint: string) => Promise<KnownCertificate | undefined>
}

/** How a command is decided. `reads` is called first, once; `decide` sees exactly those rows. */
export interface CommandHandler<Params extends z.ZodType = z.ZodType> {
  readonly command: CommandDefinition<Params>
  /**
   * What takes time to know of the parameters alone, for example that a certificate holds what they claim. Runs last at
   * the door, once; rejects with the refusal. What it found stays true: `decide` builds on it.
   */
  readonly examine?: (params: z.output<Params>, world: World) => Promise<void>
  readonly reads: (params: z.output<Params>, meta: CommandMeta) => readonly RowRef[]
  readonly decide: (params: z.output<Params>, meta: CommandMeta, state: State) => Decision
}
export const defineHandler = <Params extends z.ZodType>(handler: CommandHandler<Params>): CommandHandler =>
  handler as unknown as CommandHandler

/** As a handler sees the parameters of a command that seals: the texts of its fields are sealed values. */
type SealedParams<Params, Field extends PropertyKey> = Omit<Params, Field> & Readonly<Record<Field, SealedField>>
/** `sealed` names the fields that the command seals. @throws Error when it names others: a bug of the build */
export const defineSealingHandler = <Params extends z.ZodType, Field extends string>(handler: {
  readonly command: CommandDefinition<Params>
  readonly sealed: readonly Field[]
  readonly reads: (params: SealedParams<z.output<Params>, Field>, meta: CommandMeta) => readonly RowRef[]
  readonly decide: (params: SealedParams<z.output<Params>, Field>, meta: CommandMeta, state: State) => Decision
}): CommandHandler => {
  const { command, sealed } = handler
  const fields = Object.keys(command.seals?.fields ?? {})
  if (fields.toSorted().join() !== sealed.toSorted().join()) throw new Error(`${command.name} seals other fields`)
  return handler as unknown as CommandHandler
}

/** A row to write (`row: null` deletes). */
export interface RowChange {
  readonly key: string
  readonly row: unknown
}

/** How an event changes a collection. `reads` names keys of the same collection that `project` wants to see. */
export interface Projection<Data extends z.ZodType = z.ZodType, Row extends z.ZodType = z.ZodType> {
  readonly on: EventDefinition<Data>
  readonly into: CollectionDefinition<Row>
  readonly reads: (data: z.output<Data>, meta: EventMeta) => readonly string[]
  readonly project: (
    data: z.output<Data>,
    meta: EventMeta,
    get: (key: string) => z.output<Row> | undefined,
  ) => readonly { readonly key: string; readonly row: z.input<Row> | null }[]
}
export const defineProjection = <Data extends z.ZodType, Row extends z.ZodType>(
  projection: Projection<Data, Row>,
): Projection => projection as unknown as Projection

/** A projection over every event that has a notice: how イベント gets its lines. */
export interface NoticeProjection<Row extends z.ZodType = z.ZodType> {
  readonly into: CollectionDefinition<Row>
  readonly project: (event: NewEvent, meta: EventMeta) => readonly RowChange[]
}

/** Lifts data of an older event version to the next. */
export interface Upcast {
  readonly from: EventDefinition
  readonly to: EventDefinition
  readonly upcast: (data: unknown) => unknown
}

/** A command that the backend itself makes; the kernel gives it an id and signs it with the module's service key. */
export interface ServiceCommand<Params extends z.ZodType = z.ZodType> {
  readonly command: CommandDefinition<Params>
  readonly params: z.input<Params>
  /** A UUIDv7 of the module's own, where it has to know it; made anew when absent. */
  readonly id?: CommandId
}

/** What an event asks of the outside. Written to the outbox in the same transaction as the entry. */
export interface EffectRequest {
  readonly effect: string
  readonly payload: Json
}
/** Which events ask for an effect; pure, and known while the module is stopped. */
export interface EffectTrigger {
  readonly on: EventDefinition
  readonly request: (data: unknown, meta: EventMeta) => EffectRequest | undefined
}
/** How an effect is carried out, by the running module. */
export interface EffectRunner {
  readonly effect: string
  /** How far what it calls may fail before it is left alone for a while; outgoing.ts has what holds when absent. */
  readonly limits?: Partial<OutgoingLimits>
  /**
   * Runs at least once; `idempotencyKey` is made of entry index and effect number. Returns the command that tells what
   * came of it. Throwing means "try again", with growing pauses; `attempt` counts from 1, tries that a kill cut off too.
   */
  readonly run: (
    payload: Json,
    context: { readonly idempotencyKey: string; readonly attempt: number; readonly signal: AbortSignal },
  ) => Promise<ServiceCommand | undefined>
}

/** What came of an item of the inbox: a confirmed fact, or a refusal with its code. */
export interface InboxVerdict {
  readonly state: 'accepted' | 'refused'
  /** Why it was refused, or why there was nothing to do: a code; otherwise empty. */
  readonly reason: string
  /** Kept beside the verdict for who looks through the inbox; no personal data. */
  readonly finding?: Json
  /** What it is about, to find it by: a payment's id. */
  readonly about?: string
}
/** How unauthenticated input of one source is judged, by the running module. */
export interface InboxReader {
  readonly source: string
  /** While it says no, items wait untouched; absent: it always can. */
  readonly ready?: () => boolean
  /** Runs at least once for each item. Throwing means "later": a minute on. */
  readonly judge: (item: InboxItem) => Promise<InboxVerdict>
}

/** A way in over HTTP for who can't sign commands: `POST /webhooks/NAME`, kept in the inbox before it is answered. */
export interface WebhookWay {
  /** The last part of the path. */
  readonly name: string
  /** Of the inbox. */
  readonly source: string
  /** Lower-case names of headers that are kept beside the body, besides `content-type`. */
  readonly headers: readonly string[]
  /** Headers that are shared secrets: their SHA-256 (`sha256:` and hexadecimal) is kept in their place. */
  readonly secretHeaders?: readonly string[]
}

/** Recurring work under a lease: on one instance at a time. */
export interface Job {
  readonly name: string
  readonly everyMs: number
  readonly run: (context: { readonly signal: AbortSignal; readonly now: Instant }) => Promise<void>
}

export interface Health {
  readonly ok: boolean
  /** A stable code of what is wrong; empty when nothing is. */
  readonly reason: string
}

export interface Manifest {
  readonly name: string
  readonly version: string
  /** Can't be stopped by command. */
  readonly essential: boolean
  /** Started before it, stopped after it. */
  readonly needs: readonly string[]
  /** OTP's restart intensity: more restarts than this within the period, and the supervisor gives up. */
  readonly restarts: { readonly max: number; readonly withinMs: number }
}

/** What a running module may do. */
export interface ModuleContext {
  readonly now: () => Instant
  readonly instance: string
  /** What sealed values are bound to: the log's first id, also where a backup was restored. */
  readonly deployment: DeploymentId
  /** Signs with this module's service key, commits, resolves when durable. Throws LibralError when refused. */
  readonly submit: <Params extends z.ZodType>(command: ServiceCommand<Params>) => Promise<void>
  /**
   * Keeps bytes beside the log, for an event of a command that follows to name by the digest that it answers: their SHA-256
   * in base64url. The same bytes are kept once; what no entry names goes after thirty days. Bundles bring it along in the
   * clear, for everyone who may export the log: what is personal in it has to be sealed first.
   * @throws LibralError `input.too-large` over protocol/evidence.ts `maxEvidenceBytes`, and what the storage throws
   */
  readonly keepEvidence: (bytes: Uint8Array) => Promise<string>
  readonly read: {
    get<Row extends z.ZodType>(collection: CollectionDefinition<Row>, key: string): Promise<z.output<Row> | undefined>
    /** All rows whose keys go on after `prefix`, in key order; for what is small enough to be held at once. */
    list<Row extends z.ZodType>(collection: CollectionDefinition<Row>, prefix?: string): Promise<z.output<Row>[]>
  }
  /**
   * Called after each commit that touched one of these collections, with the changed rows. `missed`: changes were lost to
   * this instance, and the rows must be read anew.
   */
  readonly onCommit: (
    collections: readonly CollectionDefinition[],
    listener: (
      changes: readonly { readonly collection: string; readonly key: string; readonly row: unknown }[],
    ) => void,
    missed: () => void,
  ) => () => void
  /** Puts what the module itself fetched from outside beside what came by webhook. As `receive` of inbox.ts. */
  readonly receive: (item: Omit<InboxItem, 'receivedAt'>) => Promise<boolean>
  /** Looking through what came from outside, and having it judged once more. */
  readonly inbox: Pick<InboxStore, 'look' | 'get' | 'again'>
  /** 32 bytes that each instance of the deployment works out and no copy of its database holds; one for each purpose. */
  readonly secret: (purpose: string) => Uint8Array
  readonly log: {
    info(event: string, fields?: SafeParams): void
    warn(event: string, fields?: SafeParams): void
    error(event: string, fields?: SafeParams): void
  }
  /** Work that fails after `start` has resolved: the supervisor restarts the module by its rule. */
  readonly crashed: (reason: unknown) => void
}

/** The living part, made anew at each start. */
export interface RunningModule {
  readonly effects?: readonly EffectRunner[]
  readonly jobs?: readonly Job[]
  readonly inbox?: readonly InboxReader[]
  readonly health: () => Health
  /** Ends what `start` began. Must be quick; the supervisor stops waiting after five seconds. */
  readonly stop: () => Promise<void>
}

/** One capability. The declarative part is known even while the module is stopped, so the log always projects. */
export interface ModuleDefinition {
  readonly manifest: Manifest
  readonly collections: readonly CollectionDefinition[]
  readonly events: readonly EventDefinition[]
  readonly handlers: readonly CommandHandler[]
  readonly projections: readonly Projection[]
  readonly noticeProjections?: readonly NoticeProjection[]
  readonly upcasts?: readonly Upcast[]
  /** Commands that this module's service key may sign. */
  readonly signs: readonly CommandDefinition[]
  readonly triggers?: readonly EffectTrigger[]
  readonly webhooks?: readonly WebhookWay[]
  readonly start: (context: ModuleContext) => Promise<RunningModule>
}
export const defineModule = (definition: ModuleDefinition): ModuleDefinition => Object.freeze(definition)
