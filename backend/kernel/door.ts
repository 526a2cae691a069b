import type { ProposalRow } from '#protocol/approvals.ts'
import {
  type OpenpgpSignature,
  type Outcome,
  riskLifeMs,
  type Signature,
  type SignedCommand,
  statementLimits,
} from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CommandId, DeploymentId, Instant } from '#protocol/ids.ts'
import type { Verdict } from '#protocol/verdict.ts'
import { equalBytes, fromBase64url, toBase64url, utf8 } from '#trust/bytes.ts'
import { assertContextLock, verifyContextLock } from '#trust/context-lock.ts'
import { verify, verifySync } from '#trust/ed25519.ts'
import { paramsDigestOver, signedBytesOver } from '#trust/statement.ts'
import type { StoredOutcome } from '../storage/port.ts'
import { type Approved, assertApproved, assertOpen, type ProposalRows } from './approved.ts'
import type { Actor, Authorise, Wish } from './authorise.ts'
import type { IdLookup } from './id-lookup.ts'
import { knownCertificate } from './known-certificates.ts'
import type { Limiter } from './limiter.ts'
import type { KnownCommand, Registry } from './registry.ts'
import type { SealedAct, Sealer } from './sealed/sealer.ts'
import { type Shaped, shapeOf } from './shape.ts'
import type { SigningKeys, StandingRows } from './signing-keys.ts'

/** What the door needs to know of the world around it. */
export interface DoorDeps {
  readonly deployment: DeploymentId
  readonly registry: Registry
  readonly keys: SigningKeys
  readonly rows: StandingRows
  readonly authorise: Authorise
  readonly isRunning: (module: string) => boolean
  readonly now: () => Instant
  readonly lookup: IdLookup
  /** The open proposal of a command with this id, if there is one. */
  readonly proposal: (id: CommandId) => Promise<ProposalRow | undefined> | undefined
  readonly verifying: Limiter
  readonly seal: Sealer
}

/** A command that passed the door; what may have changed since is judged again in the group commit. */
export interface Admitted extends Shaped {
  readonly known: KnownCommand
  /** As the command's schema gives them. */
  readonly parsed: unknown
  readonly signature: Signature
  /** An open proposal of this very statement, as the door saw it. */
  readonly proposal?: ProposalRow
  /** Of a command that names a person; `parsed` holds the sealed values then. */
  readonly act?: SealedAct
}

/** A command on its way through the steps. */
interface Passing extends Shaped {
  known?: KnownCommand
  parsed?: unknown
  signature?: Signature
  actor?: Actor
  approvals?: Verdict['approvals']
  proposal?: ProposalRow
  act?: SealedAct
}

/** One named step. It throws the one code that it stands for, or adds what the next steps need. */
interface Step {
  readonly name: string
  readonly judge: (passing: Passing, deps: DoorDeps) => void | Promise<void>
}

const context: Step['judge'] = ({ command }, { deployment }) => {
  if (command.statement.context !== deployment) throw new LibralError('command.wrong-context')
}

const digest: Step['judge'] = ({ command, params }) => {
  if (paramsDigestOver(command.salt, utf8(params)) !== command.statement.paramsDigest)
    throw new LibralError('command.digest-mismatch')
}

const known: Step['judge'] = (passing, { registry }) => {
  const { command } = passing
  Object.assign(passing, knownCommand(registry, command.statement.command, command.params))
}

/** @throws LibralError `command.unknown`, `input.invalid` */
export const knownCommand = (
  registry: Registry,
  command: string,
  given: unknown,
): Pick<Admitted, 'known' | 'parsed'> => {
  const found = registry.command(command)
  if (!found) throw new LibralError('command.unknown', { command })
  const params = found.handler.command.params.safeParse(given)
  if (!params.success) {
    throw new LibralError('input.invalid', { field: `params.${params.error.issues[0]?.path.join('.') ?? ''}` })
  }
  return { known: found, parsed: params.data }
}

/** One of another statement under the same id is none. */
const proposal: Step['judge'] = (passing, deps) => {
  const found = deps.proposal(passing.command.statement.id)
  if (!found) return
  return found.then((row) => {
    if (row?.target === toBase64url(passing.digest)) passing.proposal = row
  })
}

/**
 * Of people, medium and high risk needs the OpenPGP key, which signs after the vault's own confirmation. A service does
 * what the log has certified its key for.
 */
const risk: Step['judge'] = ({ command, known }) => {
  const { name, risk: level } = present(known).handler.command
  if (level !== 'low' && command.signatures.some(({ kind }) => kind === 'session')) {
    throw new LibralError('command.not-risk-allowed', { command: name, risk: level })
  }
}

const key: Step['judge'] = (passing, { keys, rows, now }) => {
  const [signature, ...more] = passing.command.signatures
  if (!signature || more.length > 0) throw new LibralError('command.key-not-allowed')
  const { signedBy } = present(passing.known).handler.command
  if (signedBy && signature.kind !== signedBy) throw new LibralError('command.key-not-allowed')
  const actor = keys.actor(passing.command.statement, signature, now(), rows)
  if (actor.kind !== 'person' && !mayName(actor, passing.command)) throw new LibralError('command.key-not-allowed')
  passing.signature = signature
  passing.actor = actor
}

const signature: Step['judge'] = async (passing, deps) => {
  const one = present(passing.signature)
  if (one.kind === 'openpgp') return locked(one, passing, deps)
  const { keys, rows, verifying } = deps
  const publicKey = keys.publicKey(one, rows)
  const bytes = signedBytesOver(passing.statementBytes)
  const value = fromBase64url(one.value)
  // Our own services write one at a time: another thread's turn would cost more than the work itself.
  const valid =
    present(passing.actor).kind === 'person'
      ? await verifying(() => verify(publicKey, bytes, value))
      : verifySync(publicKey, bytes, value)
  if (!valid) throw new LibralError('command.signature-invalid')
}

/** By an operator's OpenPGP key: the steps of trust/context-lock.ts, each with its code. */
const locked = async (
  { key: fingerprint, value }: OpenpgpSignature,
  { command, statementBytes, params, proposal: open }: Passing,
  { deployment, rows, verifying, now }: DoorDeps,
): Promise<void> => {
  const row = rows.certificate(fingerprint)
  if (!row) throw new LibralError('command.key-unknown')
  const report = await verifying(async () =>
    verifyContextLock(
      {
        ...{ statement: statementBytes, signature: fromBase64url(value) },
        bound: { salt: command.salt, canonicalParams: utf8(params) },
      },
      {
        ...{ context: deployment, purpose: 'command', certificates: [await knownCertificate(row)] },
        // Once proposed it waits by the proposal's clock; how the key stands now is judged apart.
        at: open?.proposedAt ?? now(),
      },
    ),
  )
  assertContextLock(report)
}

const time: Step['judge'] = ({ command, known, proposal: open }, { now }) => {
  if (open) return assertOpen(open, now())
  assertTime(command, now())
  const { issuedAt, expiresAt } = command.statement
  const { name, risk: level } = present(known).handler.command
  if (expiresAt - issuedAt > riskLifeMs[level]) throw new LibralError('command.lives-too-long', { command: name })
}

const permission: Step['judge'] = (passing, { authorise }) => {
  const { actor, known, parsed } = passing
  passing.approvals = assertPermitted(present(actor), present(known), parsed, authorise)
}

const approvals: Step['judge'] = ({ approvals: need, proposal: open }, { rows, now }) => {
  assertApproved(need ?? null, open, rows, now())
}

const running: Step['judge'] = ({ actor, known }, { isRunning }) =>
  assertRunning(present(actor), present(known), isRunning)

const examined: Step['judge'] = ({ command, known, parsed }, deps) => {
  const { deployment, now, rows } = deps
  return present(known).handler.examine?.(parsed, {
    ...{ deployment, now: now(), operator: command.statement.operator },
    judge: (command) => judgeCarried(command, deps),
    certificate: async (fingerprint) => {
      const row = rows.certificate(fingerprint)
      return row && knownCertificate(row)
    },
  })
}

/**
 * A command that another one carries in to be proposed: by the same steps, but that it may still need approvals.
 * @throws LibralError with the code of the first step that failed
 */
const judgeCarried = async (input: SignedCommand, deps: DoorDeps): Promise<void> => {
  const passing: Passing = { ...shapeOf(input) }
  if (await deps.lookup(passing.command.statement.id)) throw new LibralError('approvals.exists')
  for (const { name, judge } of steps) if (carriedSteps.has(name)) await judge(passing, deps)
  // What it seals would stand in the clear in the entry of its proposal.
  if (passing.known?.handler.command.seals) throw new LibralError('approvals.not-proposable')
}

/** Last, so that nobody who is refused makes keys. */
const seal: Step['judge'] = async (passing, deps) => {
  const { handler } = present(passing.known)
  if (!handler.command.seals) return
  const act = await deps.seal(passing.command, passing.params, handler, passing.parsed)
  if (!act) return
  passing.parsed = act.parsed
  passing.act = act
}

/** In this order; the id comes first of all, before even the context, and is asked in {@link enter}. */
export const steps: readonly Step[] = [
  { name: 'context', judge: context },
  { name: 'digest', judge: digest },
  { name: 'known', judge: known },
  { name: 'proposal', judge: proposal },
  { name: 'risk', judge: risk },
  { name: 'key', judge: key },
  { name: 'signature', judge: signature },
  { name: 'time', judge: time },
  { name: 'permission', judge: permission },
  { name: 'approvals', judge: approvals },
  { name: 'running', judge: running },
  { name: 'examined', judge: examined },
  { name: 'seal', judge: seal },
]

const carriedSteps = new Set([
  'context',
  'digest',
  'known',
  'risk',
  'key',
  'signature',
  'time',
  'permission',
  'running',
  'examined',
])

/**
 * The door: the stored outcome when this very statement is in the log already, whatever the time; otherwise the command,
 * fit for the queue of the one writer.
 * @throws LibralError with the code of the first step that failed
 */
export const enter = async (input: SignedCommand, deps: DoorDeps): Promise<Outcome | Admitted> => {
  const passing: Passing = { ...shapeOf(input) }
  const stored = await deps.lookup(passing.command.statement.id)
  if (stored) return outcomeOf(stored, passing)
  for (const { judge } of steps) {
    const waiting = judge(passing, deps)
    if (waiting) await waiting
  }
  return admittedOf(passing)
}

/** The id-first rule. @throws LibralError `command.id-reused` */
export const outcomeOf = (stored: StoredOutcome, { command, digest }: Shaped): Outcome => {
  const { id } = command.statement
  if (!equalBytes(stored.digest, digest)) throw new LibralError('command.id-reused', { id })
  return outcomeStored(id, stored)
}
export const outcomeStored = (id: CommandId, { index, at }: StoredOutcome): Outcome => ({
  id,
  index,
  size: index + 1,
  at,
})

/** @throws LibralError `command.expired`, `command.from-future` */
const assertTime = ({ statement }: SignedCommand, now: Instant): void => {
  if (statement.expiresAt <= now) throw new LibralError('command.expired', { skewMs: now - statement.issuedAt })
  if (statement.issuedAt > now + statementLimits.aheadMs) {
    throw new LibralError('command.from-future', { skewMs: statement.issuedAt - now })
  }
}

/** @param parsed as the command's schema gives them */
export const wishOf = ({ handler: { command } }: KnownCommand, parsed: unknown): Wish => ({
  permission: command.permission,
  command: command.name,
  ...(command.facts && { facts: command.facts(parsed) }),
})

/** @returns whose approvals it needs @throws LibralError `command.not-permitted` */
const assertPermitted = (
  actor: Actor,
  known: KnownCommand,
  parsed: unknown,
  authorise: Authorise,
): Verdict['approvals'] => {
  const wish = wishOf(known, parsed)
  const { permitted, approvals } = authorise(actor, wish)
  if (!permitted) throw new LibralError('command.not-permitted', { permission: wish.permission })
  return approvals
}

/** What a service saw is true while its module stops, too. @throws LibralError `module.stopped` */
const assertRunning = (actor: Actor, { module }: KnownCommand, isRunning: DoorDeps['isRunning']): void => {
  if (actor.kind === 'person' && !isRunning(module)) throw new LibralError('module.stopped', { module })
}

/**
 * What may have changed while a command waited: the key's standing, the operator's permission, its approvals, the
 * module's state. Judged at the door over memory, and here, for the group commit, over the rows.
 * @throws LibralError of the steps key, time, permission, approvals, running
 */
export const judgeAgain = (
  { command, known, parsed, signature, proposal: seen }: Admitted,
  at: Instant,
  rows: ProposalRows,
  deps: Pick<DoorDeps, 'keys' | 'authorise' | 'isRunning'>,
): { readonly actor: Actor; readonly approved: Approved | null } => {
  const actor = deps.keys.actor(command.statement, signature, at, rows)
  const row = seen && rows.proposal(seen.id)
  if (row) assertOpen(row, at)
  else assertTime(command, at)
  const need = assertPermitted(actor, known, parsed, deps.authorise)
  const approved = assertApproved(need, row, rows.voters, at)
  assertRunning(actor, known, deps.isRunning)
  return { actor, approved }
}

const mayName = (actor: Exclude<Actor, { kind: 'person' }>, { statement }: SignedCommand): boolean =>
  actor.kind === 'service' ? actor.commands.has(statement.command) : statement.command.startsWith('log.')

/** The certificate behind a signature; null for a key of another kind. */
export const certificateOf = ({ kind, key }: Signature): string | null => (kind === 'openpgp' ? key : null)

const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the step before has not run')
  return value
}
const admittedOf = (passing: Passing): Admitted => {
  const { command, statement, statementBytes, params, digest, parsed, act, proposal: open } = passing
  const [known, signature] = [present(passing.known), present(passing.signature)]
  const proposed = open && { proposal: open }
  const admitted = { command, statement, statementBytes, params, digest, known, parsed, signature, ...proposed }
  return act ? { ...admitted, sealed: act.entryText, act } : admitted
}
