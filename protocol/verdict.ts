import { z } from 'zod'
import type { OperatorId } from './ids.ts'
import type { Money } from './money.ts'
import { type Role, roleSchema } from './permission.ts'

/** What of a command's parameters a policy may look at. Pure, from the parsed parameters; nothing sealed. */
export interface CommandFacts {
  /** Every sum that it moves. */
  readonly amounts?: readonly Money[]
  /** Whom it concerns. */
  readonly target?: OperatorId
  /** The roles that the target holds after it. */
  readonly roles?: readonly Role[]
}

/** More than this many different approvers is no requirement but a mistake. */
export const mostApprovals = 8

/**
 * Whose consent a command needs beside that of who asks for it: `count` different operators, each with at least one of
 * `roles`, never the one who proposes, within `withinMs` of the proposal.
 */
export const approvalNeedSchema = z.strictObject({
  count: z.int().min(1).max(mostApprovals),
  roles: z.array(roleSchema).min(1),
  withinMs: z.int().min(60_000),
})
export type ApprovalNeed = z.infer<typeof approvalNeedSchema>

/**
 * The answer of `authorise`. Whatever is not permitted needs no approvals: nothing lifts a refusal. `policies` are the ids
 * of the policies that decided, sorted.
 */
export const verdictSchema = z.strictObject({
  permitted: z.boolean(),
  approvals: approvalNeedSchema.nullable(),
  policies: z.array(z.string()),
})
export type Verdict = Readonly<z.infer<typeof verdictSchema>>
