import {
  type ProposalRow,
  type RequestFile,
  requestFileSchema,
  type SignedVote,
  type VoteFile,
  type VotePurpose,
  type VoteStatement,
  voteFileSchema,
  voteStatementSchema,
} from '#protocol/approvals.ts'
import { type OpenpgpSignature, type SignedCommand, statementLimits } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId, Instant, OperatorId } from '#protocol/ids.ts'
import { targetOf } from '#trust/approvals/vote.ts'
import { checkParamsDigest } from '#trust/statement.ts'
import { parseStrict } from '#trust/strict-json.ts'

/** Proposals and answers as files, for machines that no network joins. Pure over their bytes. */

/** Largest file of either kind that is read. */
export const approvalFileBytes = 64 * 1024

type ApprovalFile =
  | { readonly what: 'request'; readonly request: RequestFile }
  | { readonly what: 'vote'; readonly vote: VoteFile }

/**
 * Reads a file of either kind. What a request's statement does not bind is no request.
 * @throws LibralError `approvals.file-unreadable`, `command.digest-mismatch`
 */
export const readApprovalFile = (bytes: Uint8Array): ApprovalFile => {
  const json = parsed(bytes)
  const vote = voteFileSchema.safeParse(json)
  if (vote.success) return { what: 'vote', vote: vote.data }
  const request = requestFileSchema.safeParse(json)
  if (!request.success) throw new LibralError('approvals.file-unreadable')
  if (!checkParamsDigest(request.data.command)) throw new LibralError('command.digest-mismatch')
  return { what: 'request', request: request.data }
}

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return parseStrict(bytes, approvalFileBytes)
  } catch (cause) {
    throw new LibralError('approvals.file-unreadable', {}, { cause })
  }
}

/** @throws LibralError `approvals.file-foreign` for a file of another deployment */
export const assertOurs = (file: ApprovalFile, here: DeploymentId): void => {
  const { context } = file.what === 'vote' ? file.vote.vote.statement : file.request.command.statement
  if (context !== here) throw new LibralError('approvals.file-foreign')
}

interface Exported {
  readonly row: Pick<ProposalRow, 'proposed' | 'need' | 'expiresAt'>
  readonly deployment: string
  readonly certificate: string | null
  readonly approvers: RequestFile['approvers']
}
export const requestOf = ({ row, deployment, certificate, approvers }: Exported): RequestFile => ({
  ...{ format: 'libral-approval-request', v: 1, deployment, command: row.proposed, certificate },
  ...{ need: row.need, expiresAt: row.expiresAt, approvers },
})

/** Who of the approvers has a key here, and which. @throws LibralError `signing.key-elsewhere` */
export const approverHere = (
  { approvers }: RequestFile,
  here: ReadonlySet<string>,
): { readonly operator: OperatorId; readonly fingerprints: string[] } => {
  for (const { operator, fingerprints } of approvers) {
    const held = fingerprints.filter((fingerprint) => here.has(fingerprint))
    if (held.length > 0) return { operator, fingerprints: held }
  }
  throw new LibralError('signing.key-elsewhere')
}

/**
 * What an operator is to sign over a proposed command.
 * @param until when the proposal ends, as far as it is known
 * @throws LibralError `approvals.closed` after that, `input.invalid` without the reason that the purpose needs
 */
export const voteOver = (
  command: SignedCommand,
  said: { readonly purpose: VotePurpose; readonly reason: string; readonly operator: OperatorId },
  now: Instant,
  until: Instant | null,
): VoteStatement => {
  if (until !== null && until <= now && said.purpose !== 'review') {
    throw new LibralError('approvals.closed', { state: 'expired' })
  }
  const longest = now + statementLimits.lifeMs
  const statement = voteStatementSchema.safeParse({
    ...{ v: 1, context: command.statement.context, target: targetOf(command.statement), ...said },
    ...{ issuedAt: now, expiresAt: until === null || said.purpose === 'review' ? longest : Math.min(until, longest) },
  })
  if (!statement.success) throw new LibralError('input.invalid', { field: 'reason' })
  return statement.data
}

export const signedVote = (statement: VoteStatement, { key, value }: OpenpgpSignature): SignedVote => ({
  statement,
  signature: { key, value },
})
export const voteFileOf = ({ statement: { id } }: SignedCommand, vote: SignedVote): VoteFile => ({
  ...{ format: 'libral-approval-vote', v: 1, id, vote },
})

/** As it is written: a person may look into it. */
export const fileText = (file: RequestFile | VoteFile): string => `${JSON.stringify(file, null, 2)}\n`
