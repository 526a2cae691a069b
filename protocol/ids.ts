import { z } from 'zod'

/** Ids are plain strings on the wire and branded in code, so that one kind never passes for another. */

/** Id of a command: a UUIDv7 made and stored by its sender before the first try; never forgotten by the log. */
export const commandIdSchema = z.uuidv7().brand('CommandId')
export type CommandId = z.infer<typeof commandIdSchema>

/** Context of a deployment, `libral:` and a UUID: the Context-Lock context and, later, the log's origin. */
export const deploymentIdSchema = z
  .string()
  .regex(/^libral:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  .brand('DeploymentId')
export type DeploymentId = z.infer<typeof deploymentIdSchema>

/** A person (`local`, `tanaka`) or a service of the deployment (`service:hub`). */
export const operatorIdSchema = z
  .string()
  .regex(/^(service:)?[a-z0-9][a-z0-9._-]{0,62}$/)
  .brand('OperatorId')
export type OperatorId = z.infer<typeof operatorIdSchema>

/** Base64url (no padding) of the first 16 bytes of SHA-256 over a raw Ed25519 public key. */
export const keyIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .brand('KeyId')
export type KeyId = z.infer<typeof keyIdSchema>

/** `hub.restartModule`: module, dot, camelCase verb phrase. */
export const commandNameSchema = z.string().regex(/^[a-z][a-z0-9-]*\.[a-z][A-Za-z0-9]*$/)

/** `hub.moduleStopped@1`: module, dot, camelCase past tense, version. */
export const eventTypeSchema = z.string().regex(/^[a-z][a-z0-9-]*\.[a-z][A-Za-z0-9]*@[1-9][0-9]*$/)

/** `events`, `hub.modules`: lower case, dots between the module and its part. */
export const collectionNameSchema = z.string().regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)?$/)

export const moduleNameSchema = z.string().regex(/^[a-z][a-z0-9-]*$/)

/** 32 bytes in base64url without padding: digests, tree hashes and Ed25519 public keys. */
export const bytes32Schema = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** Fingerprint of an OpenPGP certificate or key: lower-case hexadecimal, 40 digits (v4) or 64 (v6). */
export const fingerprintSchema = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const instantSchema = z.int().min(0)
export type Instant = number
