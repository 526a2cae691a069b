import { afterVote, ended, isReady, type Standing, voiceRefusal } from '#protocol/approval-rules.ts'
import {
  decided,
  expire,
  expired,
  fail,
  failed,
  type ProposalRow,
  proposals,
  propose,
  proposed,
  type VotePurpose,
  vote,
  voted,
  waiting,
} from '#protocol/approvals.ts'
import { certificates } from '#protocol/certificates.ts'
import type { CollectionDefinition } from '#protocol/collection.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Permission } from '#protocol/permission.ts'
import { operators } from '#protocol/session.ts'
import { verifyVote } from '#trust/approvals/verify-vote.ts'
import { targetOf } from '#trust/approvals/vote.ts'
import { assertContextLock } from '#trust/context-lock.ts'
import {
  accept,
  defineHandler,
  defineProjection,
  type EventMeta,
  happened,
  ref,
  refuse,
  type State,
} from '../../kernel/module.ts'

/** The command that a proposal carries is judged at the door by the same steps, its own time included. */
const proposing = defineHandler({
  command: propose,
  examine: async ({ command }, { judge }) => judge(command),
  reads: ({ command: { statement } }) => [ref(proposals, statement.id), ref(operators, statement.operator)],
  decide: ({ command }, { at, verdictOn }, state) => {
    const { id, operator } = command.statement
    if (state.get(proposals, id)) return refuse('approvals.exists')
    const [signature] = command.signatures
    if (signature?.kind !== 'openpgp') return refuse('approvals.key-needed')
    const person = state.get(operators, operator)
    if (!person || person.disabled) return refuse('session.operator-unknown', { operator })
    const verdict = verdictOn(command, person.roles)
    if (!verdict.permitted) return refuse('command.not-permitted')
    if (!verdict.approvals) return refuse('approvals.not-needed')
    return accept(
      happened(proposed, {
        ...{ id, target: targetOf(command.statement), command: command.statement.command, proposed: command },
        ...{ operator, certificate: signature.key, need: verdict.approvals, policies: [...verdict.policies] },
        expiresAt: at + verdict.approvals.withinMs,
      }),
    )
  },
})

const standingOf = (state: State): Standing => ({
  operator: (operator) => state.get(operators, operator),
  certificate: (fingerprint) => state.get(certificates, fingerprint),
})

/** Which permission a purpose asks of who states it; the others follow from the proposal itself. */
const permissionOf: Readonly<Partial<Record<VotePurpose, Permission>>> = {
  'break-glass': 'approvals.emergency',
  review: 'approvals.review',
}

const voting = defineHandler({
  command: vote,
  examine: async ({ statement, signature }, { deployment, now, certificate }) => {
    const known = await certificate(signature.key)
    if (!known) throw new LibralError('session.certificate-unknown')
    assertContextLock(
      await verifyVote({ statement, signature }, { context: deployment, at: now, certificates: [known] }),
    )
  },
  reads: ({ id, statement, signature }) => [
    ref(proposals, id),
    ref(operators, statement.operator),
    ref(certificates, signature.key),
  ],
  decide: ({ id, statement, signature }, { at, mayOf }, state) => {
    const row = state.get(proposals, id)
    const { purpose, operator, reason } = statement
    const asked = permissionOf[purpose]
    const roles = state.get(operators, operator)?.roles ?? []
    const voice = {
      ...{ purpose, operator, certificate: signature.key },
      permitted: asked === undefined || mayOf(operator, roles, asked),
    }
    if (row && row.target !== statement.target) return refuse('approvals.other-target')
    const refused = voiceRefusal(row, voice, standingOf(state), at)
    if (refused || !row) return { refused: refused ?? { code: 'approvals.unknown', params: {} } }
    const after = afterVote(row, { ...voiceOf(voice), reason, at, index: 0 })
    const ready = after.state === 'open' && isReady(after)
    return accept(happened(voted, { ...voiceOf(voice), reason, id, command: row.command, ready }))
  },
})

const voiceOf = ({
  purpose,
  operator,
  certificate,
}: Pick<ProposalRow['votes'][number], 'purpose' | 'operator' | 'certificate'>) => ({
  ...{ purpose, operator, certificate },
})

const expiring = defineHandler({
  command: expire,
  reads: ({ id }) => [ref(proposals, id)],
  decide: ({ id }, { at }, state) => {
    const row = state.get(proposals, id)
    if (row?.state !== 'open') return refuse('approvals.closed')
    if (row.expiresAt > at) return refuse('input.invalid', { field: 'id' })
    return accept(happened(expired, { id, command: row.command, operator: row.operator }))
  },
})

const failing = defineHandler({
  command: fail,
  reads: ({ id }) => [ref(proposals, id)],
  decide: ({ id, failure }, _meta, state) => {
    const row = state.get(proposals, id)
    if (row?.state !== 'open') return refuse('approvals.closed')
    return accept(happened(failed, { id, command: row.command, operator: row.operator, failure }))
  },
})

export const approvalHandlers = [proposing, voting, expiring, failing]

type Ended = Exclude<ProposalRow['state'], 'open'>
const ending = <Data extends { readonly id: string }>(
  state: Ended,
  more: (data: Data, row: ProposalRow) => Partial<ProposalRow> = () => ({}),
) => ({
  into: proposals as CollectionDefinition<typeof proposals.schema>,
  reads: ({ id }: Data) => [id],
  project: (data: Data, { at, index }: EventMeta, get: (key: string) => ProposalRow | undefined) => {
    const row = get(data.id)
    return row ? [{ key: data.id, row: { ...ended(row, state, at, index), ...more(data, row) } }] : []
  },
})
const gone = { into: waiting, reads: () => [], project: ({ id }: { readonly id: string }) => [{ key: id, row: null }] }

export const approvalProjections = [
  defineProjection({
    on: proposed,
    into: proposals,
    reads: () => [],
    project: (data, { at, index, operator }) => [
      {
        key: data.id,
        row: {
          ...data,
          ...{ carriedBy: operator, proposedAt: at, index, votes: [], state: 'open' as const, failure: null },
          ...{ endedAt: null, endedIndex: null, review: 'none' as const },
        },
      },
    ],
  }),
  defineProjection({
    on: proposed,
    into: waiting,
    reads: () => [],
    project: ({ id, expiresAt }) => [{ key: id, row: { id, expiresAt, ready: false } }],
  }),
  defineProjection({
    on: voted,
    into: proposals,
    reads: ({ id }) => [id],
    project: ({ id, reason, ...voice }, { at, index }, get) => {
      const row = get(id)
      return row ? [{ key: id, row: afterVote(row, { ...voiceOf(voice), reason, at, index }) }] : []
    },
  }),
  defineProjection({
    on: voted,
    into: waiting,
    reads: ({ id }) => [id],
    project: ({ id, purpose, ready }, _meta, get) => {
      if (purpose === 'reject' || purpose === 'withdraw') return [{ key: id, row: null }]
      const row = get(id)
      return row ? [{ key: id, row: { ...row, ready } }] : []
    },
  }),
  defineProjection({ on: expired, ...ending('expired') }),
  defineProjection({ on: expired, ...gone }),
  defineProjection({
    on: failed,
    ...ending<{ readonly id: string; readonly failure: ProposalRow['failure'] }>('failed', ({ failure }) => ({
      failure,
    })),
  }),
  defineProjection({ on: failed, ...gone }),
  defineProjection({
    on: decided,
    ...ending<{ readonly id: string; readonly emergency: boolean }>('decided', ({ emergency }) => ({
      review: emergency ? 'due' : 'none',
    })),
  }),
  defineProjection({ on: decided, ...gone }),
]
