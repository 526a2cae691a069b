import { oc } from '@orpc/contract'
import { z } from 'zod'
import { possessionProofSchema } from '#protocol/certificates.ts'
import { signedCommandSchema } from '#protocol/command.ts'
import {
  bytes32Schema,
  deploymentIdSchema,
  fingerprintSchema,
  instantSchema,
  keyIdSchema,
  operatorIdSchema,
} from '#protocol/ids.ts'

/** Where and as whom; the name is the backend's word, the context is what is signed. */
const place = {
  context: deploymentIdSchema,
  deployment: z.string().max(200),
  operator: operatorIdSchema,
  fingerprint: fingerprintSchema,
  /** The backend's clock. */
  now: instantSchema,
}
export const certificationSchema = z.strictObject({
  ...place,
  key: keyIdSchema,
  publicKey: bytes32Schema,
  client: z.string().min(1).max(120),
})
export type CertificationWish = z.infer<typeof certificationSchema>
export const possessionWishSchema = z.strictObject(place)
export type PossessionWish = z.infer<typeof possessionWishSchema>

/** What the operator's OpenPGP key signs for a deployment, after a confirmation in the vault's window. */
export const certifyingContract = {
  /** `session.certifyKey` for a session key of this desktop. */
  certify: oc.input(certificationSchema).output(signedCommandSchema),
  /** That the key is this operator's, with the certificate (binary, base64url) to register. */
  possess: oc
    .input(possessionWishSchema)
    .output(z.strictObject({ proof: possessionProofSchema, certificate: z.base64url() })),
}
