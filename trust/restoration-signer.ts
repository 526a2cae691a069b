import type { Instant } from '#protocol/ids.ts'
import type { Restoration } from '#protocol/log.ts'
import { fromBase64url } from './bytes.ts'
import { type KnownCertificate, verifyContextLock } from './context-lock.ts'
import { restoreStatementBytes } from './restoration.ts'

/** administrator: a key that was an administrator's before the break. nobody: no one signed but the log itself. */
export type SignedBy = 'administrator' | 'nobody' | 'unknown'

/**
 * Who signed the explanation, by what whoever asks knows from before the break. unknown: a certificate that was not
 * registered to an administrator of that name, or a signature that does not hold.
 */
export const signedBy = async (
  { statement, byOperator }: Restoration,
  known: (fingerprint: string) => Promise<(KnownCertificate & { readonly administrator: boolean }) | null>,
): Promise<SignedBy> => {
  if (byOperator === null) return 'nobody'
  const certificate = await known(byOperator.certificate)
  if (certificate === null || !certificate.administrator) return 'unknown'
  const { valid } = await verifyContextLock(
    { statement: restoreStatementBytes(statement), signature: fromBase64url(byOperator.value), bound: null },
    {
      ...{ context: statement.context, purpose: 'restore', at: statement.issuedAt satisfies Instant },
      certificates: [certificate],
    },
  )
  return valid ? 'administrator' : 'unknown'
}
