import {
  type CertificateRow,
  certificateRegistered,
  certificateRevoked,
  certificates,
  registerCertificate,
  revokeCertificate,
} from '#protocol/certificates.ts'
import { operators } from '#protocol/session.ts'
import { examineCertificate } from '#trust/openpgp/certificate.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

/** Why nothing may be done with a certificate at this time, or null. */
export const certificateRefusal = (
  row: Pick<CertificateRow, 'state' | 'expiresAt'> | undefined,
  at: number,
): 'session.certificate-unknown' | 'session.certificate-revoked' | 'session.certificate-expired' | null => {
  if (!row) return 'session.certificate-unknown'
  if (row.state !== 'valid') return 'session.certificate-revoked'
  return row.expiresAt !== null && row.expiresAt <= at ? 'session.certificate-expired' : null
}

const register = defineHandler({
  command: registerCertificate,
  examine: ({ operator: _, ...facts }, { now }) => examineCertificate(facts, now),
  reads: ({ fingerprint, operator }) => [ref(certificates, fingerprint), ref(operators, operator)],
  decide: (params, _meta, state) => {
    const { operator, fingerprint } = params
    const owner = state.get(operators, operator)
    if (!owner || owner.disabled) return refuse('session.operator-unknown', { operator })
    const known = state.get(certificates, fingerprint)
    if (known && known.operator !== operator) return refuse('session.certificate-exists', { operator: known.operator })
    if (known && known.state !== 'valid') return refuse('session.certificate-revoked')
    return accept(happened(certificateRegistered, { ...params, proven: false }))
  },
})

const revoke = defineHandler({
  command: revokeCertificate,
  reads: ({ fingerprint }) => [ref(certificates, fingerprint)],
  decide: ({ fingerprint, reason }, _meta, state) => {
    const known = state.get(certificates, fingerprint)
    if (!known) return refuse('session.certificate-unknown')
    const worse = known.state === 'retired' && reason === 'compromised'
    if (known.state !== 'valid' && !worse) return refuse('session.certificate-revoked')
    return accept(happened(certificateRevoked, { fingerprint, operator: known.operator, reason }))
  },
})

export const certificateHandlers = [register, revoke]

export const certificateProjections = [
  defineProjection({
    on: certificateRegistered,
    into: certificates,
    reads: ({ fingerprint }) => [fingerprint],
    project: (data, { at, operator }, get) => {
      const known = get(data.fingerprint)
      const first = { registeredAt: at, registeredBy: operator, revokedAt: null, revokedBy: null }
      const { registeredAt, registeredBy, revokedAt, revokedBy } = known ?? first
      const proven = data.proven || known?.proven === true
      return [
        {
          key: data.fingerprint,
          row: { ...data, proven, state: 'valid' as const, registeredAt, registeredBy, revokedAt, revokedBy },
        },
      ]
    },
  }),
  defineProjection({
    on: certificateRevoked,
    into: certificates,
    reads: ({ fingerprint }) => [fingerprint],
    project: ({ fingerprint, reason }, { at, operator }, get) => {
      const known = get(fingerprint)
      return known ? [{ key: fingerprint, row: { ...known, state: reason, revokedAt: at, revokedBy: operator } }] : []
    },
  }),
]
