import { oc } from '@orpc/contract'
import { z } from 'zod'
import { defineCollection } from './collection.ts'
import { defineCommand } from './command.ts'
import { defineEvent } from './event.ts'
import { deploymentIdSchema, fingerprintSchema, instantSchema, operatorIdSchema } from './ids.ts'

/** OpenPGP certificates that a deployment knows its operators by: they sign in with them, and are encrypted to. */

/**
 * Octets of a certificate as it is registered: with its own signatures alone, so that command and event fit an entry.
 */
export const largestCertificate = 8 * 1024

/** What a certificate says of itself; the backend reads it again and refuses what does not agree. */
export const certificateFactsSchema = z.strictObject({
  fingerprint: fingerprintSchema,
  version: z.union([z.literal(4), z.literal(6)]),
  userIds: z.array(z.string().max(400)).max(16),
  createdAt: instantSchema,
  /** null: no end. */
  expiresAt: instantSchema.nullable(),
  /** Whether it can be encrypted to. */
  encrypts: z.boolean(),
  /** Binary, in base64url: public packets without the certifications of others. */
  certificate: z.base64url().max(Math.ceil((largestCertificate * 4) / 3)),
})
export type CertificateFacts = z.infer<typeof certificateFactsSchema>

/** `compromised` puts what it signed before in doubt too; `retired` only ends its use. */
export const certificateEnds = ['retired', 'compromised'] as const
export type CertificateEnd = (typeof certificateEnds)[number]

const certificateRowSchema = certificateFactsSchema.extend({
  operator: operatorIdSchema,
  /** Its key signed that it belongs to this operator here. */
  proven: z.boolean(),
  state: z.enum(['valid', ...certificateEnds]),
  registeredAt: instantSchema,
  registeredBy: operatorIdSchema,
  revokedAt: instantSchema.nullable(),
  revokedBy: operatorIdSchema.nullable(),
})
export type CertificateRow = z.infer<typeof certificateRowSchema>

/** Why nothing may be done with a certificate at this time, or null. */
export const certificateRefusal = (
  row: Pick<CertificateRow, 'state' | 'expiresAt'> | undefined,
  at: number,
): 'session.certificate-unknown' | 'session.certificate-revoked' | 'session.certificate-expired' | null => {
  if (!row) return 'session.certificate-unknown'
  if (row.state !== 'valid') return 'session.certificate-revoked'
  return row.expiresAt !== null && row.expiresAt <= at ? 'session.certificate-expired' : null
}

export const certificates = defineCollection({
  name: 'session.certificates',
  version: 1,
  schema: certificateRowSchema,
  key: (row) => row.fingerprint,
  indexes: [['registeredAt'], ['operator']],
  read: 'session.read',
  retention: { rows: 100_000 },
})

/** What a key signs under Context-Lock to show that its holder takes it for this operator's, here. */
export const possessionSchema = z.strictObject({
  v: z.literal(1),
  context: deploymentIdSchema,
  purpose: z.literal('possess'),
  certificate: fingerprintSchema,
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  operator: operatorIdSchema,
})
export type Possession = z.infer<typeof possessionSchema>
/** The signature, and what of its statement the command does not say. */
export const possessionProofSchema = z.strictObject({
  issuedAt: instantSchema,
  expiresAt: instantSchema,
  value: z.base64url().min(1).max(6_000),
})
export type PossessionProof = z.infer<typeof possessionProofSchema>

/** Registers a certificate, or puts a newer form (renewed, with new subkeys) in the place of the one that stands. */
export const registerCertificate = defineCommand({
  name: 'session.registerCertificate',
  risk: 'medium',
  permission: 'session.administer',
  params: certificateFactsSchema.extend({ operator: operatorIdSchema, proof: possessionProofSchema.nullable() }),
  facts: ({ operator }) => ({ target: operator }),
  describe: ({ operator, fingerprint, userIds, expiresAt, proof }) => ({
    title: 'session.registerCertificate',
    lines: [
      { label: 'operator', values: [{ as: 'operator', operator }] },
      { label: 'fingerprint', values: [{ as: 'fingerprint', fingerprint }] },
      { label: 'userIds', values: userIds.map((text) => ({ as: 'text', text })) },
      {
        label: 'until',
        values: [expiresAt === null ? { as: 'word', word: 'unlimited' } : { as: 'instant', at: expiresAt }],
      },
      { label: 'proof', values: [{ as: 'word', word: proof === null ? 'none' : 'given' }] },
    ],
    effects: ['effect.certificate'],
  }),
})
/**
 * Registers one's own certificate by the session key, with the key's own proof: the very first of the deployment, which
 * no other key could sign for; one's own that stands, in a newer form; or a new one after a recovery code. Otherwise
 * `session.enrolment-closed`: a session key must not make itself an OpenPGP key.
 */
export const enrolCertificate = defineCommand({
  name: 'session.enrolCertificate',
  risk: 'low',
  permission: 'session.administer',
  params: certificateFactsSchema.extend({ proof: possessionProofSchema }),
})

/** One row, once a certificate was registered: from then on certificates are registered by those who have one. */
export const firstCertificateKey = 'first' as const
export const firstCertificates = defineCollection({
  name: 'session.first-certificate',
  version: 1,
  schema: z.strictObject({
    key: z.literal(firstCertificateKey),
    operator: operatorIdSchema,
    fingerprint: fingerprintSchema,
    at: instantSchema,
  }),
  key: (row) => row.key,
  indexes: [],
  read: 'session.read',
  retention: { rows: 1 },
})
/** For good: a certificate that was revoked is never registered again. A retired one can still be marked compromised. */
export const revokeCertificate = defineCommand({
  name: 'session.revokeCertificate',
  risk: 'high',
  permission: 'session.administer',
  params: z.strictObject({ fingerprint: fingerprintSchema, reason: z.enum(certificateEnds) }),
  describe: ({ fingerprint, reason }) => ({
    title: 'session.revokeCertificate',
    lines: [
      { label: 'fingerprint', values: [{ as: 'fingerprint', fingerprint }] },
      { label: 'reason', values: [{ as: 'word', word: `end.${reason}` }] },
    ],
    effects: [`effect.${reason}`],
  }),
})

export const certificateRegistered = defineEvent({
  type: 'session.certificateRegistered@1',
  data: certificateFactsSchema.extend({ operator: operatorIdSchema, proven: z.boolean() }),
  notice: ({ operator, fingerprint }) => ({
    category: 'user',
    severity: 'notice',
    code: 'session.certificate-registered',
    params: { operator, fingerprint },
  }),
})
export const certificateRevoked = defineEvent({
  type: 'session.certificateRevoked@1',
  data: z.strictObject({
    fingerprint: fingerprintSchema,
    operator: operatorIdSchema,
    reason: z.enum(certificateEnds),
  }),
  notice: ({ operator, fingerprint, reason }) => ({
    category: 'user',
    severity: reason === 'compromised' ? 'warning' : 'notice',
    code: reason === 'compromised' ? 'session.certificate-compromised' : 'session.certificate-retired',
    params: { operator, fingerprint },
  }),
})

/** 利用者: where a window gets the certificate that it registers from. */
const nothing = z.strictObject({})
export const certificatesContract = {
  /** Main asks for the file. */
  readFile: oc.input(nothing).output(certificateFactsSchema),
  /** One of the keyring, which has to be open. */
  ofKey: oc.input(z.strictObject({ id: z.uuidv7(), fingerprint: fingerprintSchema })).output(certificateFactsSchema),
  /** One's own key signs that it is this operator's, after a confirmation in the vault's window. */
  prove: oc
    .input(z.strictObject({ fingerprint: fingerprintSchema, operator: operatorIdSchema }))
    .output(possessionProofSchema),
}
