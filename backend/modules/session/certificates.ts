import {
  certificateRegistered,
  certificateRevoked,
  certificates,
  enrolCertificate,
  firstCertificateKey,
  firstCertificates,
  registerCertificate,
  revokeCertificate,
} from '#protocol/certificates.ts'
import { codeKey, codes, operators } from '#protocol/session.ts'
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

/**
 * By the session key alone: where there is no key yet that could sign, where the key itself vouches for its newer form, or
 * for who came back by a code that only whoever starts the backend can have.
 */
const enrol = defineHandler({
  command: enrolCertificate,
  examine: async ({ proof, ...facts }, { deployment, now, operator }) => {
    await examineCertificate(facts, now)
    await examinePossession(facts, operator, proof, deployment, now)
  },
  reads: ({ fingerprint }) => [
    ref(certificates, fingerprint),
    ref(firstCertificates, firstCertificateKey),
    ref(codes, codeKey),
  ],
  decide: ({ proof: _proof, ...facts }, { operator, at }, state) => {
    const known = state.get(certificates, facts.fingerprint)
    if (known && known.operator !== operator) return refuse('session.certificate-exists', { operator: known.operator })
    if (known && known.state !== 'valid') return refuse('session.certificate-revoked')
    const code = state.get(codes, codeKey)
    const recovers = code?.reason === 'recovery' && code.redeemedBy === operator && at < code.expiresAt
    const first = state.get(firstCertificates, firstCertificateKey) === undefined
    if (!known && !first && !recovers) return refuse('session.enrolment-closed')
    return accept(happened(certificateRegistered, { ...facts, operator, proven: true }))
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

export const certificateHandlers = [register, enrol, revoke]

export const certificateProjections = [
  defineProjection({
    on: certificateRegistered,
    into: firstCertificates,
    reads: () => [firstCertificateKey],
    project: ({ operator, fingerprint }, { at }, get) =>
      get(firstCertificateKey)
        ? []
        : [{ key: firstCertificateKey, row: { key: firstCertificateKey, operator, fingerprint, at } }],
  }),
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
