import type { z } from 'zod'
import { proposals } from '#protocol/approvals.ts'
import { certificates } from '#protocol/certificates.ts'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { Outcome, Signature } from '#protocol/command.ts'
import { failureOf, LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import { policyInForce, policyInForceKey, policyVersionKey, policyVersions } from '#protocol/policy.ts'
import { classes } from '#protocol/sealed.ts'
import { administrators, administratorsKey, operators, sessions } from '#protocol/session.ts'
import { append } from '#trust/merkle.ts'
import type { Head, StoredChange, Writer } from '../storage/port.ts'
import type { ProposalRows } from './approved.ts'
import { type DecideDeps, type Draft, metaOf, settle } from './decide.ts'
import type { Admitted, DoorDeps } from './door.ts'
import type { Others } from './others.ts'
import { createOverlay, type Overlay, type Place } from './overlay.ts'
import type { PolicyRows } from './policy/policies.ts'

export interface BatchDeps extends DecideDeps, Pick<DoorDeps, 'now' | 'rows'>, Pick<Others, 'missed'> {}

/** What a group commit made; each command has its own outcome or failure. */
export interface BatchResult {
  readonly results: readonly (Outcome | LibralError)[]
  readonly from: number
  readonly size: number
  readonly changes: readonly StoredChange[]
  /** Changes up to `from` that other instances made and that memory did not have yet. */
  readonly missed: readonly StoredChange[]
  readonly effects: number
}

/**
 * One group commit inside its transaction: one read for the ids, one for the rows that the commands declare, then each
 * command is judged and decided in order over what the ones before it changed. A command that fails fails alone.
 */
export const runBatch = async (writer: Writer, batch: readonly Admitted[], deps: BatchDeps): Promise<BatchResult> => {
  const head = await writer.head()
  const missed = await deps.missed(writer, head)
  const [stored, last] = await Promise.all([
    writer.entries.byIds(batch.map(({ command }) => command.statement.id)),
    writer.entries.byIndex(Math.max(0, head.size - 1), head.size),
  ])
  const now = deps.now()
  // A clock that was set back must not turn the record's order around.
  const at = Math.max(now, last.at(-1)?.at ?? now)
  const overlay = createOverlay(writer, deps.epochOf)
  const declared = batch.map((admitted) => declaredReads(admitted, at, deps))
  await overlay.load([
    ...policyPlaces(deps.epochOf),
    ...declared.flatMap((reads) => (reads instanceof LibralError ? [] : reads)),
  ])
  const policy = policyRowsOf(overlay, deps.epochOf)
  await learnPolicy(policy, overlay, deps)
  const judging: DecideDeps = { ...deps, authorise: deps.policies.authorise(policy) }
  const draft: Draft = {
    size: head.size,
    now,
    at,
    overlay,
    rows: rowsOf(overlay),
    policy,
    sealed: writer.sealed,
    evidence: writer.evidence,
    beside: [],
    entries: [],
    changes: [],
    outbox: [],
    made: new Map(stored),
  }
  const results: (Outcome | LibralError)[] = []
  for (const [nth, admitted] of batch.entries()) {
    const reads = declared[nth]
    results.push(
      reads instanceof LibralError ? reads : await settled(admitted, () => batch.slice(nth + 1), draft, judging),
    )
    for (const work of draft.beside.splice(0)) await work()
  }
  await write(writer, head, draft)
  const { entries, changes, outbox } = draft
  return { results, from: head.size, size: head.size + entries.length, changes, missed, effects: outbox.length }
}

const errorOf = (thrown: unknown): LibralError => {
  if (thrown instanceof LibralError) return thrown
  const { code, params } = failureOf(thrown)
  return new LibralError(code, params, { cause: thrown })
}

const rowsOf = (overlay: Overlay): ProposalRows => ({
  session: (key) => overlay.get(sessions, key),
  operator: (operator) => overlay.get(operators, operator),
  certificate: (fingerprint) => overlay.get(certificates, fingerprint),
  proposal: (id) => overlay.get(proposals, id),
  voters: {
    operator: (operator) => ifLoaded(overlay, operators, operator),
    certificate: (fingerprint) => ifLoaded(overlay, certificates, fingerprint),
  },
})
const ifLoaded = <Row extends z.ZodType>(overlay: Overlay, collection: CollectionDefinition<Row>, key: string) =>
  overlay.loaded({ collection: collection.name, key }) ? overlay.get(collection, key) : undefined

/** What judging by the policy reads, at every commit. */
const policyPlaces = (epochOf: DecideDeps['epochOf']): readonly Place[] =>
  [
    { collection: policyInForce.name, key: policyInForceKey },
    { collection: administrators.name, key: administratorsKey },
  ].filter(({ collection }) => epochOf(collection) !== undefined)

const policyRowsOf = (overlay: Overlay, epochOf: DecideDeps['epochOf']): PolicyRows => ({
  inForce: () => overlay.get(policyInForce, policyInForceKey),
  administrators: () =>
    epochOf(administrators.name) === undefined ? [] : (overlay.get(administrators, administratorsKey)?.operators ?? []),
})

/** Another instance may have published a set that this one has not read yet. */
const learnPolicy = async (rows: PolicyRows, overlay: Overlay, { policies }: DecideDeps): Promise<void> => {
  const current = rows.inForce()
  if (!current || policies.known(current.hash)) return
  const key = policyVersionKey(current.version)
  await overlay.load([{ collection: policyVersions.name, key }])
  const text = overlay.get(policyVersions, key)?.text
  if (text !== undefined) policies.learn(text)
}

/** The rows of the signer, and those that the handler wants; a handler that throws here fails this command alone. */
const declaredReads = (admitted: Admitted, at: Instant, deps: BatchDeps): readonly Place[] | LibralError => {
  try {
    const { command, known, parsed, signature, act } = admitted
    const roles = deps.rows.operator(command.statement.operator)?.roles ?? []
    const { operator } = command.statement
    const meta = metaOf(admitted, operator, roles, at, deps)
    const places = known.handler
      .reads(parsed, meta)
      .map(({ collection, key }) => ({ collection: collection.name, key }))
    for (const { collection } of places) {
      if (deps.epochOf(collection) === undefined) throw new LibralError('module.busy', { collection })
    }
    if (act) places.push({ collection: classes.name, key: act.class })
    places.push(...standingPlaces(signature, operator, deps), ...proposalPlaces(admitted))
    return places
  } catch (thrown) {
    return errorOf(thrown)
  }
}

/** What {@link StandingRows} will be asked for. */
const standingPlaces = (signature: Signature, operator: string, { rows }: BatchDeps): readonly Place[] => {
  const { kind, key } = signature
  if (kind !== 'session' && kind !== 'openpgp') return []
  const certificate = kind === 'openpgp' ? key : rows.session(key)?.certificate
  return [
    { collection: operators.name, key: operator },
    ...(kind === 'session' ? [{ collection: sessions.name, key }] : []),
    ...(certificate ? [{ collection: certificates.name, key: certificate }] : []),
  ]
}

/** The proposal, and who has voted on it so far. */
const proposalPlaces = ({ proposal }: Admitted): readonly Place[] =>
  proposal
    ? [
        { collection: proposals.name, key: proposal.id },
        ...proposal.votes.flatMap(({ operator, certificate }) => [
          { collection: operators.name, key: operator },
          { collection: certificates.name, key: certificate },
        ]),
      ]
    : []

const settled = async (...given: Parameters<typeof settle>): Promise<Outcome | LibralError> => {
  try {
    return await settle(...given)
  } catch (thrown) {
    return errorOf(thrown)
  }
}

const write = async (writer: Writer, head: Head, draft: Draft): Promise<void> => {
  if (draft.entries.length === 0) return
  const { frontier, nodes } = append(
    head.frontier,
    head.size,
    draft.entries.map(({ leaf }) => leaf),
  )
  const rows = draft.overlay.written()
  await writer.together([
    () => writer.append(draft.entries),
    () => writer.putNodes(nodes),
    () => writer.putRows(rows),
    () => writer.putChanges(draft.changes),
    () => writer.putOutbox(draft.outbox),
    () => writer.setHead({ size: head.size + draft.entries.length, frontier, epoch: head.epoch }),
  ])
}
