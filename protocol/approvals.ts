import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand, signedCommandSchema } from './command.ts'
import { failureSchema } from './errors.ts'
import { defineEvent } from './event.ts'
import {
  bytes32Schema,
  commandIdSchema,
  commandNameSchema,
  deploymentIdSchema,
  fingerprintSchema,
  instantSchema,
  operatorIdSchema,
} from './ids.ts'
import { approvalNeedSchema } from './verdict.ts'

/**
 * 承認. A proposal is the signed command itself that would have been sent, carried into the log before it is decided; a
 * vote is a statement of its own under Context-Lock. Anybody may carry either in, so that both can be signed on a machine
 * without network. What counts is decided by protocol/approval-rules.ts.
 */

export const approvalLimits = {
  /** A policy can't make a proposal wait for longer. */
  lifeMs: 30 * 24 * 60 * 60 * 1000,
  votes: 32,
  reason: 500,
} as const

/**
 * What an operator can state over a proposal. break-glass (緊急操作): it is carried out without the approvals. review
 * (事後確認): somebody else has looked at what was done so.
 */
export const votePurposes = ['approve', 'reject', 'withdraw', 'break-glass', 'review'] as const
export const votePurposeSchema = z.enum(votePurposes)
export type VotePurpose = z.infer<typeof votePurposeSchema>
/** Purposes that have to say why. */
export const reasonedPurposes: ReadonlySet<VotePurpose> = new Set(['reject', 'break-glass', 'review'])

const reasonSchema = z.string().trim().max(approvalLimits.reason)

/** The signed part of a vote: its RFC 8785 bytes are what the OpenPGP key signs (trust/context-lock.ts). */
export const voteStatementSchema = z
  .strictObject({
    v: z.literal(1),
    context: deploymentIdSchema,
    purpose: votePurposeSchema,
    /** SHA-256 of the canonical bytes of the proposed command's statement. */
    target: bytes32Schema,
    /** Empty where there is none to give. */
    reason: reasonSchema,
    issuedAt: instantSchema,
    expiresAt: instantSchema,
    operator: operatorIdSchema,
  })
  .refine(({ purpose, reason }) => reason !== '' || !reasonedPurposes.has(purpose), { path: ['reason'] })
export type VoteStatement = z.infer<typeof voteStatementSchema>

/** `key`: fingerprint of the registered certificate. `value`: one signature packet, base64url. */
export const voteSignatureSchema = z.strictObject({
  key: fingerprintSchema,
  value: z.base64url().min(1).max(6_000),
})
export const signedVoteSchema = z.strictObject({ statement: voteStatementSchema, signature: voteSignatureSchema })
export type SignedVote = z.infer<typeof signedVoteSchema>

/** A vote as the proposal's row keeps it; the signature stands in the entry at `index`. */
const keptVoteSchema = z.strictObject({
  purpose: votePurposeSchema,
  operator: operatorIdSchema,
  certificate: fingerprintSchema,
  reason: reasonSchema,
  at: instantSchema,
  index: z.int().min(0),
})
export type KeptVote = z.infer<typeof keptVoteSchema>

/** 待ち, 実行済み, 却下, 取り下げ, 期限切れ, 判定で不成立. Everything but `open` is for good. */
export const proposalStates = ['open', 'decided', 'rejected', 'withdrawn', 'expired', 'failed'] as const
export type ProposalState = (typeof proposalStates)[number]

const proposalRowSchema = z.strictObject({
  /** Of the proposed command, under which it is decided. */
  id: commandIdSchema,
  target: bytes32Schema,
  command: commandNameSchema,
  /** As it will be decided: the vault and every approver read it from here. */
  proposed: signedCommandSchema,
  /** Who signed it, and with which certificate. */
  operator: operatorIdSchema,
  certificate: fingerprintSchema,
  /** Who carried it in. */
  carriedBy: operatorIdSchema,
  need: approvalNeedSchema,
  /** Ids of the policies that asked for it. */
  policies: z.array(z.string().max(120)).max(32),
  proposedAt: instantSchema,
  expiresAt: instantSchema,
  /** Entry of the proposal. */
  index: z.int().min(0),
  votes: z.array(keptVoteSchema).max(approvalLimits.votes),
  state: z.enum(proposalStates),
  /** Of `failed`: what the decision at quorum was refused with. */
  failure: failureSchema.nullable(),
  endedAt: instantSchema.nullable(),
  /** Entry that ended it: of `decided` the command's own. */
  endedIndex: z.int().min(0).nullable(),
  /** Of what was carried out as 緊急操作: whether somebody else has reviewed it. */
  review: z.enum(['none', 'due', 'done']),
})
export type ProposalRow = z.infer<typeof proposalRowSchema>

export const proposals = defineCollection({
  name: 'approvals.proposals',
  version: 1,
  schema: proposalRowSchema,
  key: (row) => row.id,
  indexes: [['proposedAt'], ['state', 'proposedAt'], ['review', 'proposedAt']],
  read: 'approvals.read',
  retention: { rows: 20_000, by: 'proposedAt' },
})
/** The open ones, small enough to be held in memory at the door of every instance. */
export const waiting = defineCollection({
  name: 'approvals.waiting',
  version: 1,
  schema: z.strictObject({
    id: commandIdSchema,
    expiresAt: instantSchema,
    /** Enough has been said to judge it now. */
    ready: z.boolean(),
  }),
  key: (row) => row.id,
  indexes: [],
  read: 'approvals.read',
  retention: { rows: 20_000 },
})

/**
 * Puts a signed command before its approvers. It is verified as the door would, its own time included; from here on the
 * proposal's clock governs. Refused when the policy asks for no approvals.
 */
export const propose = defineCommand({
  name: 'approvals.propose',
  risk: 'low',
  permission: 'approvals.carry',
  params: z.strictObject({ command: signedCommandSchema }),
})
/** Carries a signed vote in, whoever made it: the statement's own operator votes, not the carrier. */
export const vote = defineCommand({
  name: 'approvals.vote',
  risk: 'low',
  permission: 'approvals.carry',
  params: signedVoteSchema.extend({ id: commandIdSchema }),
})
/** The clock ran out; signed by the module's service key. */
export const expire = defineCommand({
  name: 'approvals.expire',
  risk: 'low',
  permission: 'approvals.carry',
  signedBy: 'service',
  params: z.strictObject({ id: commandIdSchema }),
})
/** At quorum the present state refused it. */
export const fail = defineCommand({
  name: 'approvals.fail',
  risk: 'low',
  permission: 'approvals.carry',
  signedBy: 'service',
  params: z.strictObject({ id: commandIdSchema, failure: failureSchema }),
})

export const proposed = defineEvent({
  type: 'approvals.proposed@1',
  data: proposalRowSchema.pick({
    id: true,
    target: true,
    command: true,
    proposed: true,
    operator: true,
    certificate: true,
    need: true,
    policies: true,
    expiresAt: true,
  }),
  notice: ({ operator, command }) => ({
    category: 'user',
    severity: 'notice',
    code: 'approvals.proposed',
    params: { operator, command },
  }),
})

const voteNotices = {
  approve: { code: 'approvals.approved', severity: 'notice' },
  reject: { code: 'approvals.rejected', severity: 'notice' },
  withdraw: { code: 'approvals.withdrawn', severity: 'info' },
  'break-glass': { code: 'approvals.broke-glass', severity: 'critical' },
  review: { code: 'approvals.reviewed', severity: 'notice' },
} as const

export const voted = defineEvent({
  type: 'approvals.voted@1',
  data: keptVoteSchema.omit({ at: true, index: true }).extend({
    id: commandIdSchema,
    command: commandNameSchema,
    /** With it enough has been said to judge the command. */
    ready: z.boolean(),
  }),
  notice: ({ purpose, operator, command, reason }) => ({
    category: 'user',
    ...voteNotices[purpose],
    params: { operator, command },
    ...(reason !== '' && { detail: reason }),
  }),
})
export const expired = defineEvent({
  type: 'approvals.expired@1',
  data: z.strictObject({ id: commandIdSchema, command: commandNameSchema, operator: operatorIdSchema }),
  notice: ({ command, operator }) => ({
    category: 'user',
    severity: 'notice',
    code: 'approvals.expired',
    params: { command, operator },
  }),
})
export const failed = defineEvent({
  type: 'approvals.failed@1',
  data: z.strictObject({
    id: commandIdSchema,
    command: commandNameSchema,
    operator: operatorIdSchema,
    failure: failureSchema,
  }),
  notice: ({ command, operator }) => ({
    category: 'user',
    severity: 'warning',
    code: 'approvals.failed',
    params: { command, operator },
  }),
})
/** Added by the kernel to the entry of a command that was decided through a proposal: who let it pass, and by which entries. */
export const decided = defineEvent({
  type: 'approvals.decided@1',
  data: z.strictObject({
    id: commandIdSchema,
    command: commandNameSchema,
    /** Entry of the proposal. */
    proposal: z.int().min(0),
    /** Those that counted; of 緊急操作 its one statement. */
    by: z.array(keptVoteSchema.pick({ purpose: true, operator: true, certificate: true, index: true })).min(1),
    emergency: z.boolean(),
  }),
  notice: ({ command, by }) => ({
    category: 'user',
    severity: by.some(({ purpose }) => purpose === 'break-glass') ? 'critical' : 'notice',
    code: by.some(({ purpose }) => purpose === 'break-glass') ? 'approvals.decided-emergency' : 'approvals.decided',
    params: { command, operators: by.map(({ operator }) => operator).join('、') },
  }),
})

/**
 * Files between a desktop and a machine without network, as JSON. Nothing in a request is believed but what its signature
 * says; `deployment` and `approvers` only help to show it and to find one's own key.
 */
export const requestFileSchema = z.strictObject({
  format: z.literal('libral-approval-request'),
  v: z.literal(1),
  deployment: z.string().max(200),
  command: signedCommandSchema,
  /** Certificate of who signed it, binary in base64url; to be compared with one that is known here. */
  certificate: z.base64url().max(16_384).nullable(),
  /** What the deployment asked for when it was exported; null: it is yet to be proposed. */
  need: approvalNeedSchema.nullable(),
  expiresAt: instantSchema.nullable(),
  approvers: z.array(z.strictObject({ operator: operatorIdSchema, fingerprints: z.array(fingerprintSchema).max(16) })),
})
export type RequestFile = z.infer<typeof requestFileSchema>
export const voteFileSchema = z.strictObject({
  format: z.literal('libral-approval-vote'),
  v: z.literal(1),
  id: commandIdSchema,
  vote: signedVoteSchema,
})
export type VoteFile = z.infer<typeof voteFileSchema>
