import { oc } from '@orpc/contract'
import { z } from 'zod'
import { votePurposeSchema } from '#protocol/approvals.ts'
import { openpgpSignatureSchema, signedCommandSchema } from '#protocol/command.ts'
import { bytes32Schema, deploymentIdSchema, fingerprintSchema, instantSchema, operatorIdSchema } from '#protocol/ids.ts'

/** A command before anybody has signed it: `trust/statement.ts` states it with a fresh salt. */
export const statedCommandSchema = signedCommandSchema.omit({ signatures: true })
export type StatedCommand = z.infer<typeof statedCommandSchema>

/**
 * A word on a proposal. What a purpose adds (a reason, a number of the vote) stands beside these members and is shown:
 * `reason` as such, anything else as it stands in the bytes.
 */
export const voteSchema = z.looseObject({
  v: z.literal(1),
  context: deploymentIdSchema,
  purpose: votePurposeSchema,
  /** SHA-256 over the canonical bytes of the proposal's statement (`statementDigest`). */
  target: bytes32Schema,
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  operator: operatorIdSchema,
})
export type Vote = z.infer<typeof voteSchema>

const known = {
  /** The backend's name for itself: its word, shown beside the id that is signed. */
  deployment: z.string().max(200),
  /** The operator's certificates that are registered and valid there. The person chooses among those whose keys are here. */
  fingerprints: z.array(fingerprintSchema).max(64),
  /** Names of operators by their ids, as the deployment tells them: shown beside the id, never in its place. */
  names: z.record(operatorIdSchema, z.string().max(80)),
  /** The backend's clock as this desktop knows it: what is confirmed after the statement's end is not signed. */
  now: instantSchema,
}
export const commandWishSchema = z.strictObject({ what: z.literal('command'), ...known, command: statedCommandSchema })
export type CommandWish = z.infer<typeof commandWishSchema>
export const signingWishSchema = z.discriminatedUnion('what', [
  commandWishSchema,
  /** `proposal` is the command that `vote.target` names: the vault checks that, and draws it. */
  z.strictObject({ what: z.literal('vote'), ...known, vote: voteSchema, proposal: statedCommandSchema }),
])
export type SigningWish = z.infer<typeof signingWishSchema>

export const signingContract = {
  /**
   * Has the operator's OpenPGP key sign a statement under Context-Lock, after a confirmation in the vault's own window
   * that is drawn from the very bytes that will be signed. No caller hands over prose.
   * Fails with `input.invalid` (parameters or proposal that the statement does not bind), `signing.key-elsewhere` (none of
   * the certificates has a key here), `command.expired` (confirmed too late), `vault.declined`, `vault.locked`, and what a
   * card or token says.
   */
  sign: oc.input(signingWishSchema).output(openpgpSignatureSchema),
}
