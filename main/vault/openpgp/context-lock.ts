import type { Json } from '#protocol/command.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import { type LockedStatement, lockNotation, signatureTimes } from '#trust/context-lock.ts'
import type { SigningAccess } from './key-access.ts'
import { signDetached } from './sign.ts'

/**
 * Signs a statement under Context-Lock with whatever holds the key: software, agent, card or token.
 * @returns one signature packet, binary
 * @throws LibralError `openpgp.signer-unusable`, `input.*`, and what the key's access throws
 */
export const signLocked = (statement: LockedStatement, access: SigningAccess): Promise<Uint8Array> => {
  const { created, lasts } = signatureTimes(statement)
  return signDetached([canonicalBytes(statement as unknown as Json)], {
    signers: [access],
    date: new Date(created * 1000),
    notations: [lockNotation(statement.context)],
    expiresAfter: lasts,
  })
}
