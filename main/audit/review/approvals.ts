import { certificateRegistered, certificateRevoked } from '#protocol/certificates.ts'
import type { Entry } from '#protocol/entry.ts'
import type { DeploymentId, Instant } from '#protocol/ids.ts'
import type { ApprovalStep, EntryView, ReviewSummary } from '#protocol/review.ts'
import { compareAlone } from '#trust/approvals/alone.ts'
import { createTrailRecord, type TrailRecord } from '#trust/approvals/people.ts'
import { type ApprovalTrail, createTrails } from '#trust/approvals/trail.ts'
import { type TrailReport, verifyTrail } from '#trust/approvals/verify-trail.ts'
import type { KnownCertificate } from '#trust/context-lock.ts'
import { registeredKey } from '#trust/openpgp/certificate.ts'

/** What a person may want to open from one list. */
const mostUnapproved = 100

/** Who approved what: read from the entries of a bundle, each signature verified when it is looked at. */
export interface Approvals {
  /** An entry from outside the range, from before it first. */
  learn(entry: Entry, before: boolean): void
  /** The next entry of the range. */
  add(entry: Entry): void
  /** Of the proposal that an entry makes, votes on, carries out or ends; null: it has nothing to do with one. */
  of(entry: Entry, isTrusted: Trusting): Promise<EntryView['approvals']>
  /** Entries of the range that were carried out alone, though the policy asked for approvals for certain. */
  unapproved(): ReviewSummary['unapproved']
}
/** Whether this machine trusts a key. */
export type Trusting = (kind: 'openpgp', fingerprint: string) => boolean

interface Registered {
  readonly operator: string
  readonly certificate: string
  readonly ended: KnownCertificate['ended']
}

export const createApprovals = (deployment: () => DeploymentId): Approvals => {
  const trails = createTrails()
  const record = createTrailRecord()
  const registered = new Map<string, Registered>()
  const first: number[] = []
  let count = 0

  const learn = ({ events, at }: Entry): void => {
    for (const { type, data } of events) {
      if (type === certificateRegistered.type) register(certificateRegistered.data.safeParse(data).data)
      else if (type === certificateRevoked.type) end(certificateRevoked.data.safeParse(data).data, at)
    }
  }
  const register = (read: ReturnType<typeof certificateRegistered.data.safeParse>['data']): void => {
    if (read !== undefined)
      registered.set(read.fingerprint, { operator: read.operator, certificate: read.certificate, ended: null })
  }
  const end = (read: ReturnType<typeof certificateRevoked.data.safeParse>['data'], at: Instant): void => {
    const known = read && registered.get(read.fingerprint)
    if (known) registered.set(read.fingerprint, { ...known, ended: { at, reason: read.reason } })
  }

  /** What can't be read verifies nothing. */
  const known = async (): Promise<readonly KnownCertificate[]> => {
    const read = [...registered.values()].map(async ({ operator, certificate, ended }) => {
      const key = await registeredKey(certificate).catch(() => null)
      return key === null ? [] : [{ key, operator, ended }]
    })
    return (await Promise.all(read)).flat()
  }

  return {
    learn: (entry, before) => {
      learn(entry)
      // What stands behind the range says nothing of who held which role in it.
      if (before) record.take(entry)
    },
    add: (entry) => {
      learn(entry)
      // What it is held against are the entries before it.
      if (compareAlone(entry, record)?.result === 'differs') {
        count++
        if (first.length < mostUnapproved) first.push(entry.index)
      }
      record.take(entry)
      trails.add(entry)
    },
    unapproved: () => ({ count, first }),
    async of(entry, isTrusted) {
      const trail = trails.of(proposalOf(entry))
      if (trail === undefined) return alone(entry, record)
      const report = await verifyTrail(trail, { context: deployment(), certificates: await known(), record })
      const comparisons = report.comparisons.map((one) => ({ ...one, rules: [...one.rules] }))
      return { steps: stepsOf(trail, report, isTrusted), faults: [...report.faults], comparisons }
    },
  }
}

const alone = (entry: Entry, record: TrailRecord): EntryView['approvals'] => {
  const comparison = compareAlone(entry, record)
  if (comparison === null) return null
  const faults = comparison.result === 'differs' ? (['none-asked'] as const) : []
  return { steps: [], faults: [...faults], comparisons: [{ ...comparison, rules: [...comparison.rules] }] }
}

const proposalOf = ({ command, events }: Entry): string => {
  const named = events
    .filter(({ type }) => type.startsWith('approvals.'))
    .map(({ data }) => (data as { readonly id?: unknown }).id)
    .find((id) => typeof id === 'string')
  return typeof named === 'string' ? named : command.statement.id
}

const stepsOf = ({ proposal, end }: ApprovalTrail, report: TrailReport, isTrusted: Trusting): ApprovalStep[] => {
  const step = (
    purpose: ApprovalStep['purpose'],
    operator: string,
    key: string | null,
    valid: boolean,
    place: { readonly at: number; readonly index: number },
    reason: string | null,
  ): ApprovalStep => ({
    ...{ purpose, operator, key, valid, reason, at: place.at, index: place.index },
    trusted: valid && key !== null && isTrusted('openpgp', key),
  })
  const steps: ApprovalStep[] = []
  if (proposal !== null) {
    const { command } = proposal
    const key = command.signatures.find(({ kind }) => kind === 'openpgp')?.key ?? null
    steps.push(step('propose', command.statement.operator, key, report.proposal?.valid ?? false, proposal, null))
  }
  for (const { vote, report: judged } of report.votes) {
    const { statement, signature } = vote.signed
    const reason = 'reason' in statement && typeof statement.reason === 'string' ? statement.reason : null
    steps.push(step(statement.purpose, statement.operator, signature.key, judged.valid, vote, reason))
  }
  if (end?.state === 'decided') steps.push(step('decide', end.command.statement.operator, null, true, end, null))
  if (end?.state === 'expired') steps.push(step('expire', 'service:approvals', null, true, end, null))
  if (end?.state === 'failed') steps.push(step('fail', 'service:approvals', null, true, end, end.failure.code))
  return steps.sort((one, other) => one.index - other.index)
}
