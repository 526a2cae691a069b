import { enums, type PublicKey, SignaturePacket } from 'openpgp'
import { z } from 'zod'
import { type Json, type SignedCommand, statementLimits } from '#protocol/command.ts'
import { type ErrorCode, type Failure, LibralError, type SafeParams } from '#protocol/errors.ts'
import { type DeploymentId, deploymentIdSchema, type Instant, instantSchema, operatorIdSchema } from '#protocol/ids.ts'
import type { SignatureReason } from '#protocol/messages.ts'
import { equalBytes, utf8 } from './bytes.ts'
import { canonicalBytes } from './canonical.ts'
import type { VerifyEd25519 } from './ed25519.ts'
import { digestOver } from './openpgp/digest.ts'
import { type Found, signerOf } from './openpgp/judge.ts'
import { fingerprintOf, keptKeyReason } from './openpgp/kept-reason.ts'
import { contextLockNotation, policy } from './openpgp/policy.ts'
import { paramsDigestOver } from './statement.ts'
import { parseToCompare } from './strict-json.ts'

/**
 * Context-Lock: a statement, in RFC 8785 bytes, signed by an operator's OpenPGP key so that it counts in one deployment,
 * for one purpose and for a time alone. The signature carries the context in a critical notation, which makes every
 * verifier that does not know of it reject the signature (RFC 9580, 5.2.3.24), and ends with the statement.
 */

/** What every statement under Context-Lock says; each purpose adds its own. */
export interface LockedStatement {
  readonly v: 1
  readonly context: DeploymentId
  readonly purpose: string
  readonly issuedAt: Instant
  readonly expiresAt: Instant
  readonly operator: string
}
const lockedSchema = z.looseObject({
  v: z.literal(1),
  context: deploymentIdSchema,
  purpose: z.string(),
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  operator: operatorIdSchema,
})

/** Largest statement and largest signature that are looked at. */
export const contextLockLimits = { statementBytes: 8 * 1024, signatureBytes: 4 * 1024 } as const

/** Whole seconds, as OpenPGP counts: the signature begins no later and ends no earlier than its statement. */
export const signatureTimes = ({ issuedAt, expiresAt }: Pick<LockedStatement, 'issuedAt' | 'expiresAt'>) => {
  const created = Math.floor(issuedAt / 1000)
  return { created, lasts: Math.ceil(expiresAt / 1000) - created }
}

/** The one notation that locks a signature to a context. */
export const lockNotation = (context: DeploymentId) => ({
  name: contextLockNotation,
  value: utf8(context),
  humanReadable: true,
  critical: true,
})

/** A certificate as the deployment, or the reviewing machine, knows it. */
export interface KnownCertificate {
  readonly key: PublicKey
  readonly operator: string
  /** When and why its registration ended. `compromised` counts from the beginning of time. */
  readonly ended: { readonly at: Instant; readonly reason: 'retired' | 'compromised' } | null
}

/** What is verified, and against what. */
export interface LockedSignature {
  /** The bytes that were signed. */
  readonly statement: Uint8Array
  /** What they say, for who has read it from these very bytes and found them canonical, or made them of it. */
  readonly says?: LockedStatement
  /** One signature packet, binary. */
  readonly signature: Uint8Array
  /** The parameters that the statement's `paramsDigest` must bind; null for a purpose without any. */
  readonly bound: Pick<SignedCommand, 'salt' | 'params'> | BoundBytes | null
}
/** For who has made the parameters' canonical bytes already. */
export interface BoundBytes {
  readonly salt: string
  readonly canonicalParams: Uint8Array
}
export interface LockExpectation {
  readonly context: DeploymentId
  readonly purpose: string
  /** The clock that judges expiry: the backend's at the door, the entry's time in review. The key is judged at `issuedAt`. */
  readonly at: Instant
  readonly certificates: readonly KnownCertificate[]
  /** The thread pool's where it is left out. */
  readonly verifyEd25519?: VerifyEd25519
}

/** In this order. A step is judged only when those before it passed. */
export const contextLockSteps = [
  'format',
  'packet',
  'certificate',
  'signature',
  'hash',
  'key',
  'usage',
  'notation',
  'context',
  'expiry',
  'time',
  'purpose',
  'operator',
  'digest',
] as const
export type ContextLockStep = (typeof contextLockSteps)[number]

export interface StepOutcome {
  readonly step: ContextLockStep
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly failure: Failure | null
}
export interface ContextLockReport {
  /** Every step passed. */
  readonly valid: boolean
  readonly steps: readonly StepOutcome[]
  /** Fingerprint of the certificate whose key made the signature, lower-case hexadecimal; null before that is known. */
  readonly certificate: string | null
}

/** Judges a signature over a statement, step by step. Pure over its arguments; never throws for what they hold. */
export const verifyContextLock = async (
  given: LockedSignature,
  expected: LockExpectation,
): Promise<ContextLockReport> => {
  const passing: Passing = { given, expected }
  let failure: Failure | null = null
  const outcomes: StepOutcome[] = []
  for (const step of contextLockSteps) {
    if (failure !== null) {
      outcomes.push({ step, outcome: 'skipped', failure: null })
      continue
    }
    const outcome = outcomeOf(step, passing)
    // Most answer at once; a turn for each would cost as much as they do.
    failure = outcome instanceof Promise ? await outcome : outcome
    outcomes.push({ step, outcome: failure === null ? 'passed' : 'failed', failure })
  }
  return {
    valid: failure === null,
    steps: outcomes,
    certificate: passing.signer ? fingerprintOf(passing.signer.key) : null,
  }
}

/** @throws LibralError with the code of the step that failed */
export const assertContextLock = ({ steps }: ContextLockReport): void => {
  const failed = steps.find(({ outcome }) => outcome === 'failed')
  if (failed?.failure) throw new LibralError(failed.failure.code, failed.failure.params)
}

/** A signature on its way through the steps: each adds what the next ones need. */
interface Passing {
  readonly given: LockedSignature
  readonly expected: LockExpectation
  locked?: LockedStatement & { readonly paramsDigest?: unknown }
  packet?: SignaturePacket
  found?: Found
  signer?: KnownCertificate
  /** What the certificate says of its key, asked once for two steps. */
  reason?: Promise<SignatureReason | null>
}

/** @returns why the step fails, or null when it passes */
type Judge = (passing: Passing) => Failure | null | Promise<Failure | null>

const no = (code: ErrorCode, params: SafeParams = {}): Failure => ({ code, params })

/** What the library throws over what it was given is the step's own answer. */
const outcomeOf = (step: ContextLockStep, passing: Passing): Failure | null | Promise<Failure | null> => {
  try {
    const outcome = judges[step](passing)
    return outcome instanceof Promise ? outcome.catch(() => unforeseen[step]) : outcome
  } catch {
    return unforeseen[step]
  }
}

/** Exactly the canonical bytes of a statement: no second reading of the same signature exists. */
const format: Judge = (passing) => {
  const { statement, says } = passing.given
  if (statement.byteLength > contextLockLimits.statementBytes) return no('context-lock.format')
  if (says !== undefined) {
    passing.locked = says
    return null
  }
  const parsed = lockedSchema.safeParse(parseToCompare(statement))
  if (!parsed.success || !equalBytes(canonicalBytes(parsed.data as Json), statement)) return no('context-lock.format')
  passing.locked = parsed.data as LockedStatement
  return null
}

const packet: Judge = (passing) => {
  const body = onlySignature(passing.given.signature)
  if (body === null) return no('context-lock.packet')
  const [version, type] = body
  if ((version !== 4 && version !== 6) || type !== enums.signature.binary) return no('context-lock.packet')
  // Its frame is read already; the library's way to it is made for streams of packets.
  const one = new SignaturePacket()
  one.read(body)
  passing.packet = one
  return null
}

/** The body of the one packet of tag 2 in the format of RFC 9580, 4.2.1; null where there is anything else or more. */
const onlySignature = (bytes: Uint8Array): Uint8Array | null => {
  if (bytes.byteLength > contextLockLimits.signatureBytes || bytes[0] !== 0xc2) return null
  const [, first = 0, second = 0] = bytes
  const [head, length] = first < 192 ? [2, first] : first < 224 ? [3, ((first - 192) << 8) + second + 192] : [0, 0]
  return head > 0 && bytes.byteLength === head + length ? bytes.subarray(head) : null
}

const certificate: Judge = async (passing) => {
  const { given, expected } = passing
  const one = present(passing.packet)
  const over = digestOver(given.statement, one)
  if (over === null) return no('context-lock.packet')
  const keys = expected.certificates.map(({ key }) => key)
  const found = await signerOf(one, over.digest, keys, over.covered, expected.verifyEd25519)
  if (found === null) return no('context-lock.certificate-unknown')
  passing.found = found
  return null
}

const signature: Judge = (passing) => {
  const { right, certificate: of } = present(passing.found)
  if (!right) return no('context-lock.signature-wrong')
  passing.signer = present(passing.expected.certificates.find(({ key }) => key === of))
  return null
}

const hash: Judge = (passing) =>
  policy.rejectMessageHashAlgorithms.has(present(passing.packet).hashAlgorithm as enums.hash)
    ? no('context-lock.hash-weak')
    : null

/** At `issuedAt`: of the certificate itself, and of what became of its registration. */
const key: Judge = async (passing) => {
  const { issuedAt } = present(passing.locked)
  const { ended } = present(passing.signer)
  if (ended?.reason === 'compromised') return no('context-lock.key-invalid', { reason: 'key-compromised' })
  if (ended && ended.at <= issuedAt) return no('context-lock.key-invalid', { reason: 'key-revoked' })
  const reason = await reasonAt(passing)
  return reason === null || reason === 'key-not-for-signing' ? null : no('context-lock.key-invalid', { reason })
}

/** Key flags, and for a subkey that it vouches for its primary key in turn (RFC 9580, 5.2.1.9). */
const usage: Judge = async (passing) =>
  (await reasonAt(passing)) === null ? null : no('context-lock.key-not-for-signing')

const reasonAt = (passing: Passing): Promise<SignatureReason | null> => {
  passing.reason ??= reasonOf(passing)
  return passing.reason
}

const reasonOf = (passing: Passing): Promise<SignatureReason | null> => {
  const { created } = signatureTimes(present(passing.locked))
  return keptKeyReason(present(passing.found), new Date(created * 1000), passing.expected.at)
}

const notation: Judge = (passing) => {
  const one = present(passing.packet)
  const unknown = one.rawNotations.some(({ name, critical }) => critical && name !== contextLockNotation)
  if (unknown || one.unknownSubpackets.some(({ critical }) => critical)) {
    return no('context-lock.notation', { reason: 'unknown' })
  }
  const [lock, ...more] = one.rawNotations.filter(({ name }) => name === contextLockNotation)
  if (lock === undefined) return no('context-lock.notation', { reason: 'missing' })
  if (more.length > 0) return no('context-lock.notation', { reason: 'several' })
  return lock.critical ? null : no('context-lock.notation', { reason: 'not-critical' })
}

/** Signature, statement and deployment name the same one. */
const context: Judge = (passing) => {
  const { context: here } = passing.expected
  const [lock] = present(passing.packet).rawNotations.filter(({ name }) => name === contextLockNotation)
  const same = lock !== undefined && equalBytes(lock.value, utf8(here)) && present(passing.locked).context === here
  return same ? null : no('command.wrong-context')
}

/** The signature's own times are those of the statement. */
const expiry: Judge = (passing) => {
  const one = present(passing.packet)
  const { created, lasts } = signatureTimes(present(passing.locked))
  const same =
    one.created?.getTime() === created * 1000 &&
    !one.signatureNeverExpires &&
    one.signatureExpirationTime === lasts &&
    lasts > 0
  return same ? null : no('context-lock.expiry')
}

const time: Judge = (passing) => {
  const { issuedAt, expiresAt } = present(passing.locked)
  const { at } = passing.expected
  if (expiresAt <= at) return no('command.expired', { skewMs: at - issuedAt })
  if (issuedAt > at + statementLimits.aheadMs) return no('command.from-future', { skewMs: issuedAt - at })
  return expiresAt - issuedAt > statementLimits.lifeMs ? no('context-lock.expiry') : null
}

const purpose: Judge = (passing) =>
  present(passing.locked).purpose === passing.expected.purpose ? null : no('context-lock.purpose')

const operator: Judge = (passing) =>
  present(passing.locked).operator === present(passing.signer).operator ? null : no('context-lock.operator')

const digest: Judge = (passing) => {
  const { bound } = passing.given
  const claimed = present(passing.locked).paramsDigest
  const same =
    bound === null
      ? claimed === undefined
      : paramsDigestOver(bound.salt, 'params' in bound ? canonicalBytes(bound.params) : bound.canonicalParams) ===
        claimed
  return same ? null : no('command.digest-mismatch')
}

const judges: Readonly<Record<ContextLockStep, Judge>> = {
  format,
  packet,
  certificate,
  signature,
  hash,
  key,
  usage,
  notation,
  context,
  expiry,
  time,
  purpose,
  operator,
  digest,
}

/** What a step answers when the library threw over the bytes that it was given. */
const unforeseen: Readonly<Record<ContextLockStep, Failure>> = {
  format: no('context-lock.format'),
  packet: no('context-lock.packet'),
  certificate: no('context-lock.packet'),
  signature: no('context-lock.signature-wrong'),
  hash: no('context-lock.hash-weak'),
  key: no('context-lock.key-invalid', { reason: 'unsupported' }),
  usage: no('context-lock.key-not-for-signing'),
  notation: no('context-lock.notation', { reason: 'missing' }),
  context: no('command.wrong-context'),
  expiry: no('context-lock.expiry'),
  time: no('command.expired'),
  purpose: no('context-lock.purpose'),
  operator: no('context-lock.operator'),
  digest: no('command.digest-mismatch'),
}

const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the step before has not run')
  return value
}
