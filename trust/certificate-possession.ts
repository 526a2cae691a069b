import type { CertificateFacts, Possession, PossessionProof } from '#protocol/certificates.ts'
import type { Json } from '#protocol/command.ts'
import type { DeploymentId, Instant, OperatorId } from '#protocol/ids.ts'
import { fromBase64url } from './bytes.ts'
import { canonicalBytes } from './canonical.ts'
import { assertContextLock, verifyContextLock } from './context-lock.ts'
import { registeredKey } from './openpgp/certificate.ts'

/** The statement that a proof of possession is over. */
export const possessionOf = (
  context: DeploymentId,
  certificate: string,
  operator: OperatorId,
  { issuedAt, expiresAt }: Pick<PossessionProof, 'issuedAt' | 'expiresAt'>,
): Possession => ({ v: 1, context, purpose: 'possess', certificate, issuedAt, expiresAt, operator })

/**
 * Judges that the certificate's own key signed that it is this operator's in this deployment.
 * @throws LibralError with the code of the Context-Lock step that failed
 */
export const examinePossession = async (
  { fingerprint, certificate }: Pick<CertificateFacts, 'fingerprint' | 'certificate'>,
  operator: OperatorId,
  proof: PossessionProof,
  context: DeploymentId,
  at: Instant,
): Promise<void> => {
  const statement = canonicalBytes(possessionOf(context, fingerprint, operator, proof) as unknown as Json)
  const report = await verifyContextLock(
    { statement, signature: fromBase64url(proof.value), bound: null },
    {
      ...{ context, purpose: 'possess', at },
      certificates: [{ key: await registeredKey(certificate), operator, ended: null }],
    },
  )
  assertContextLock(report)
}
