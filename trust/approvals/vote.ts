import type { VoteStatement } from '#protocol/approvals.ts'
import type { Json, Statement } from '#protocol/command.ts'
import { sha256, toBase64url } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'
import { statementBytes } from '../statement.ts'

/** Names a proposed command by its statement: base64url SHA-256 of the canonical bytes. */
export const targetOf = (statement: Statement): string => toBase64url(sha256(statementBytes(statement)))

/** Exactly the bytes that an operator's key signs to vote. */
export const voteBytes = (statement: VoteStatement): Uint8Array => canonicalBytes(statement as unknown as Json)
