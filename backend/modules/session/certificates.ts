import {
  certificateRegistered,
  certificateRevoked,
  certificates,
  registerCertificate,
  revokeCertificate,
} from '#protocol/certificates.ts'
import { operators } from '#protocol/session.ts'
import { examinePossession } from '#trust/certificate-possession.ts'
import { examineCertificate } from '#trust/openpgp/certificate.ts'
import { accept, defineHandler, defineProjection, happened, ref, refuse } from '../../kernel/module.ts'

const register = defineHandler({
  command: registerCertificate,
  examine: async ({ operator, proof, ...facts }, { deployment, now }) => {
    await examineCertificate(facts, now)
    if (proof !== null) await examinePossession(facts, operator, proof, deployment, now)
  },
  reads: ({ fingerprint, operator }) => [ref(certificates, fingerprint), ref(operators, operator)],
  decide: (params, _meta, state) => {
    const { operator, fingerprint } = params
    const owner = state.get(operators, operator)
    if (!owner || owner.disabled) return refuse('session.operator-unknown', { operator })
    const known = state.get(certificates, fingerprint)
    if (known && known.operator !== operator) return refuse('session.certificate-exists', { operator: known.operator })
    if (known && known.state !== 'valid') return refuse('session.certificate-revoked')
    const { proof, ...registered } = params
    return accept(happened(certificateRegistered, { ...registered, proven: proof !== null }))
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
