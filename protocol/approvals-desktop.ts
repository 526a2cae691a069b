import { oc } from '@orpc/contract'
import { z } from 'zod'
import { approvalLimits, votePurposeSchema } from './approvals.ts'
import { commandIdSchema } from './ids.ts'

const nothing = z.strictObject({})
const id = commandIdSchema
const reason = z.string().trim().max(approvalLimits.reason)
/** Without its folder. */
const file = z.string()

/** 承認, as windows reach it. What is signed is shown by the vault's own window, drawn from its bytes. */
export const approvalsContract = {
  /** Puts a command that was refused with `command.needs-approvals` before its approvers; `id` is that of the sent command. */
  propose: oc.input(z.strictObject({ id })).output(z.strictObject({ id })),
  /** The operator's own key says it. `reason` may be empty where the purpose needs none. */
  vote: oc.input(z.strictObject({ id, purpose: votePurposeSchema, reason })).output(nothing),
  /** Writes the proposal into a file that main asks for, to be answered on a machine without network. */
  exportRequest: oc.input(z.strictObject({ id })).output(z.strictObject({ file })),
  /** Answers a proposal that came as a file, with a key that is here, and writes the answer into another file. */
  answerFile: oc
    .input(z.strictObject({ purpose: z.enum(['approve', 'reject']), reason }))
    .output(z.strictObject({ file })),
  /** Carries in a proposal or an answer from a file that main asks for. */
  carryFile: oc.input(nothing).output(z.strictObject({ what: z.enum(['request', 'vote']), id })),
}
