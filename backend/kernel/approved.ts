import { closedFor, needParams, passage, type Standing } from '#protocol/approval-rules.ts'
import { decided, type ProposalRow } from '#protocol/approvals.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import type { ApprovalNeed } from '#protocol/verdict.ts'
import { happened, type NewEvent } from './module.ts'
import type { StandingRows } from './signing-keys.ts'

/**
 * What lets a command pass that the policy does not let pass alone: a proposal of this very statement with approvals that
 * count now, or 緊急操作. Judged at the door and again in the group commit.
 */

/** Rows of the transaction, for a command with a proposal. */
export interface ProposalRows extends StandingRows {
  proposal(id: string): ProposalRow | undefined
  /** Whoever the door did not know of yet is unknown: they count when it is judged the next time. */
  readonly voters: Standing
}

/** The votes that let it pass. */
export interface Approved {
  readonly proposal: ProposalRow
  readonly by: readonly ProposalRow['votes'][number][]
  readonly emergency: boolean
}

/**
 * @param need of the present policy; a command that was proposed needs what it was proposed for, at the least
 * @throws LibralError `command.needs-approvals`, `approvals.closed`
 */
export const assertApproved = (
  need: ApprovalNeed | null,
  proposal: ProposalRow | undefined,
  standing: Standing,
  at: Instant,
): Approved | null => {
  if (!proposal) {
    if (need) throw new LibralError('command.needs-approvals', { ...needParams(need), have: 0 })
    return null
  }
  const found = passage(proposal, need ?? proposal.need, standing, at)
  if ('refused' in found) throw new LibralError(found.refused.code, found.refused.params)
  return { proposal, ...found }
}

/** The proposal's clock instead of the statement's. @throws LibralError `approvals.closed` */
export const assertOpen = (proposal: ProposalRow, at: Instant): void => {
  const closed = closedFor(proposal, at)
  if (closed) throw new LibralError(closed.code, closed.params)
}

/** Stands in the entry of the command itself, so that nobody has to look elsewhere for who let it pass. */
export const decidedEvent = ({ statement }: SignedCommand, { proposal, by, emergency }: Approved): NewEvent =>
  happened(decided, {
    ...{ id: statement.id, command: statement.command, proposal: proposal.index, emergency },
    by: by.map(({ purpose, operator, certificate, index }) => ({ purpose, operator, certificate, index })),
  })
