import type { Outcome } from '#protocol/command.ts'
import type { LoggedEvent } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Instant, OperatorId } from '#protocol/ids.ts'
import type { Role } from '#protocol/permission.ts'
import { entryBytesFrom } from '#trust/entry.ts'
import { leafHash } from '#trust/merkle.ts'
import type { NewOutboxItem, StoredChange, StoredEntry, StoredOutcome, Writer } from '../storage/port.ts'
import { decidedEvent, type ProposalRows } from './approved.ts'
import { type Admitted, certificateOf, type DoorDeps, judgeAgain, knownCommand, outcomeOf, wishOf } from './door.ts'
import { assertKept, evidenceOf } from './evidence.ts'
import type { CommandMeta, NewEvent } from './module.ts'
import type { EpochOf, Overlay, Place } from './overlay.ts'
import type { Policies, PolicyRows } from './policy/policies.ts'
import { type Happened, project, readsOf } from './projections.ts'
import { assertNothingLost, keepKeys, sealedEvent, touchesKeys } from './sealed/keeping.ts'

/** Bound of entry.ts. */
const maxEvents = 256

export interface DecideDeps extends Pick<DoorDeps, 'registry' | 'keys' | 'authorise' | 'isRunning'> {
  readonly epochOf: EpochOf
  readonly policies: Policies
}

/** What the entries of a batch add, gathered while its commands are decided in order. */
export interface Draft {
  /** Log size before the batch. */
  readonly size: number
  /** The clock, by which statements expire and effects are due. */
  readonly now: Instant
  /** Of the entries: the clock, and never before the entry that stands last. */
  readonly at: Instant
  readonly overlay: Overlay
  readonly rows: ProposalRows
  readonly policy: PolicyRows
  /** Of the transaction. */
  readonly sealed: Writer['sealed']
  readonly evidence: Writer['evidence']
  /** What the entry just made does beside the log. When it fails, the whole batch does. */
  readonly beside: (() => Promise<void>)[]
  readonly entries: StoredEntry[]
  readonly changes: StoredChange[]
  readonly outbox: NewOutboxItem[]
  /** Ids in the log already, and those of this batch. */
  readonly made: Map<string, StoredOutcome>
}

/**
 * Decides one command over the draft and adds its entry to it.
 * @param later the rest of the batch, whose reads are fetched together with those of this command
 * @throws what made it fail; the draft is then as before
 */
export const settle = async (
  admitted: Admitted,
  later: () => readonly Admitted[],
  draft: Draft,
  deps: DecideDeps,
): Promise<Outcome> => {
  const known = draft.made.get(admitted.command.statement.id)
  if (known) return outcomeOf(known, admitted)
  const events = decide(admitted, draft, deps)
  const touches = touchesKeys(admitted.act, events)
  if (touches) await assertNothingLost(events, draft.overlay, draft.sealed)
  const happened = placed(events, admitted, draft)
  const reads = happened.flatMap((one) => readsOf(deps.registry, one, served(deps)))
  if (reads.some((place) => !draft.overlay.loaded(place))) {
    await draft.overlay.load([...reads, ...foreseen(later(), draft, deps)])
  }
  const named = evidenceOf(events)
  if (named.length > 0) await assertKept(named, draft.evidence)
  const outcome = enact(admitted, happened, draft, deps)
  if (named.length > 0) draft.beside.push(() => draft.evidence.name(outcome.index, named))
  if (touches) draft.beside.push(() => keepKeys(admitted.act, events, draft.sealed))
  return outcome
}

const served =
  ({ epochOf }: DecideDeps) =>
  (collection: string): boolean =>
    epochOf(collection) !== undefined

/** @throws LibralError of {@link judgeAgain}, or the handler's refusal */
const decide = (admitted: Admitted, draft: Draft, deps: DecideDeps): readonly NewEvent[] => {
  const { command, known, parsed } = admitted
  const { actor, approved } = judgeAgain(admitted, draft.now, draft.rows, deps)
  const roles = actor.kind === 'person' ? actor.roles : []
  const meta = metaOf(admitted, actor.operator, roles, draft.at, deps)
  const decision = known.handler.decide(parsed, meta, draft.overlay)
  if ('refused' in decision) throw new LibralError(decision.refused.code, decision.refused.params)
  const sealed = admitted.act ? [sealedEvent(admitted.act, draft.at, draft.overlay)] : []
  const passed = approved ? [decidedEvent(command, approved)] : []
  return [...decision.events, ...sealed, ...passed].map(({ definition, data }) => ({
    definition,
    data: definition.data.parse(data),
  }))
}

export const metaOf = (
  { command, signature }: Pick<Admitted, 'command' | 'signature'>,
  operator: OperatorId,
  roles: readonly Role[],
  at: Instant,
  { registry, authorise }: Pick<DecideDeps, 'registry' | 'authorise'>,
): CommandMeta => ({
  ...{ id: command.statement.id, operator, roles, at, certificate: certificateOf(signature) },
  verdictOn: ({ statement, params }, theirs) => {
    const { known, parsed } = knownCommand(registry, statement.command, params)
    return authorise({ kind: 'person', operator: statement.operator, roles: theirs }, wishOf(known, parsed))
  },
  mayOf: (whose, theirs, permission) =>
    authorise({ kind: 'person', operator: whose, roles: theirs }, { permission }).permitted,
})

const placed = (events: readonly NewEvent[], { command }: Admitted, draft: Draft): readonly Happened[] =>
  events.map((event, nth) => ({
    event,
    meta: {
      id: command.statement.id,
      operator: command.statement.operator,
      at: draft.at,
      command: command.statement.command,
      index: draft.size + draft.entries.length,
      nth,
    },
  }))

/**
 * The rows that the rest of the batch will probably want to project over, found by deciding it against the state so
 * far (deciding is pure), so that a batch needs one such read and not one a command. A wrong guess costs a read.
 */
const foreseen = (later: readonly Admitted[], draft: Draft, deps: DecideDeps): readonly Place[] =>
  later.flatMap((admitted) => {
    try {
      const happened = placed(decide(admitted, draft, deps), admitted, draft)
      return happened.flatMap((one) => readsOf(deps.registry, one, served(deps)))
    } catch {
      // It will fail by itself when its turn comes.
      return []
    }
  })

/** Makes the entry, then projects it: an entry too large or a projection that throws leaves no trace in the draft. */
const enact = (admitted: Admitted, happened: readonly Happened[], draft: Draft, deps: DecideDeps): Outcome => {
  const index = draft.size + draft.entries.length
  const entry = entryOf(admitted, happened, index, draft.at, deps.policies.hash(draft.policy))
  const outbox = effectsOf(happened, index, draft.now, deps)
  const changes: StoredChange[] = []
  draft.overlay.atomically(() => {
    for (const one of happened) {
      project(deps.registry, one, served(deps), draft.overlay, (collection, key, value) =>
        changes.push({ offset: index + 1, seq: changes.length, collection, key, value }),
      )
    }
  })
  draft.entries.push(entry)
  draft.changes.push(...changes)
  draft.outbox.push(...outbox)
  draft.made.set(entry.id, { index, digest: entry.digest, at: entry.at })
  return { id: entry.id, index, size: index + 1, at: entry.at }
}

const entryOf = (
  admitted: Admitted,
  happened: readonly Happened[],
  index: number,
  at: Instant,
  policy: string,
): StoredEntry => {
  const events: LoggedEvent[] = happened.map(({ event }) => ({
    type: event.definition.type,
    data: event.data as LoggedEvent['data'],
  }))
  if (events.length > maxEvents) throw new LibralError('command.too-large', { events: events.length, limit: maxEvents })
  const bytes = entryBytesFrom(admitted, { v: 1, index, at, policy, events })
  return { index, id: admitted.command.statement.id, digest: admitted.digest, at, bytes, leaf: leafHash(bytes) }
}

const effectsOf = (
  happened: readonly Happened[],
  index: number,
  dueAt: Instant,
  { registry }: DecideDeps,
): readonly NewOutboxItem[] => {
  const items: NewOutboxItem[] = []
  for (const { event, meta } of happened) {
    for (const { trigger, module } of registry.triggersOn(event.definition.type)) {
      const asked = trigger.request(event.data, meta)
      if (asked) items.push({ id: `${index}-${items.length}`, module, ...asked, dueAt })
    }
  }
  return items
}
