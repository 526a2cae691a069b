import type { RequestFile } from '#protocol/approvals.ts'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { assertContextLock, verifyContextLock } from '#trust/context-lock.ts'
import { registeredKey } from '#trust/openpgp/certificate.ts'
import { statementBytes } from '#trust/statement.ts'

/**
 * Judges the signature of who proposed it by the certificate that came along.
 * @returns its fingerprint, which is only as good as where the certificate came from; null where none came
 * @throws LibralError of the Context-Lock step that failed: forged, or changed on the way
 */
export const verifyRequest = async ({ command, certificate }: RequestFile): Promise<string | null> => {
  const [signature] = command.signatures
  if (certificate === null || signature?.kind !== 'openpgp') return null
  const { context, operator, issuedAt } = command.statement
  const key = await registeredKey(certificate).catch((cause: unknown) => {
    throw new LibralError('approvals.file-unreadable', {}, { cause })
  })
  const report = await verifyContextLock(
    { statement: statementBytes(command.statement), signature: fromBase64url(signature.value), bound: command },
    { context, purpose: 'command', at: issuedAt, certificates: [{ key, operator, ended: null }] },
  )
  assertContextLock(report)
  return report.certificate
}
