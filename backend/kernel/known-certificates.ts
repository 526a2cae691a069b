import type { CertificateRow } from '#protocol/certificates.ts'
import type { KnownCertificate } from '#trust/context-lock.ts'
import { registeredKey } from '#trust/openpgp/certificate.ts'

/** Parsed once for each form of a row: a renewed or revoked certificate is another row. */
const parsed = new WeakMap<CertificateRow, Promise<KnownCertificate>>()

/** A registered certificate as a signature is verified against it. */
export const knownCertificate = (row: CertificateRow): Promise<KnownCertificate> => {
  const known = parsed.get(row) ?? parse(row)
  parsed.set(row, known)
  return known
}

const parse = async (row: CertificateRow): Promise<KnownCertificate> => ({
  key: await registeredKey(row.certificate),
  operator: row.operator,
  ended: row.state === 'valid' ? null : { at: row.revokedAt ?? 0, reason: row.state },
})
