import { z } from 'zod'
import { demoKey, embeddedKey } from './deployment-keys.ts'
import { failureSchema } from './errors.ts'
import { instantSchema, fingerprintSchema as keyFingerprintSchema, operatorIdSchema } from './ids.ts'

/** The deployments that a desktop knows: how they are called here, how they are reached and what vouches for them. */

/** Told apart at a glance; each also stands beside its name, never alone. */
export const colours = ['grey', 'blue', 'teal', 'green', 'amber', 'red', 'violet', 'pink'] as const
export const colourSchema = z.enum(colours)
export type Colour = z.infer<typeof colourSchema>

/** How this desktop calls a deployment, also its folder: `local`, `demo`, or the UUID of the deployment's id. */
export const remoteKeySchema = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
export const deploymentKeySchema = z.union([z.literal([embeddedKey, demoKey]), remoteKeySchema])
export type DeploymentKey = z.infer<typeof deploymentKeySchema>

const loopback = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/
const defaultPort = '5000'

/**
 * Reads an address as a person writes it: `wss://host:port`, or `ws://` on this machine alone; 5000 without a port.
 * @returns `scheme://host:port`, or null for anything else
 */
export const parseAddress = (text: string): string | null => {
  const found = /^(wss?):\/\/([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?\/?$/.exec(
    text.trim().toLowerCase(),
  )
  const [, scheme = '', host = '', given = defaultPort] = found ?? []
  const port = Number(given)
  if (found === null || port < 1 || port > 65_535 || (scheme === 'ws' && !loopback.test(host))) return null
  return `${scheme}://${host}:${port}`
}

export const addressSchema = z
  .string()
  .max(300)
  .refine((text) => parseAddress(text) === text)

/** A fingerprint as it is read aloud: SHA-256 of the certificate in hexadecimal, two by two. */
const fingerprintSchema = z.string().regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)

export const certificateSchema = z.strictObject({
  fingerprint: fingerprintSchema,
  subject: z.string().max(400),
  issuer: z.string().max(400),
  validFrom: instantSchema,
  validTo: instantSchema,
})
export type Certificate = z.infer<typeof certificateSchema>

export const nameSchema = z.string().trim().min(1).max(40)
export const addressesSchema = z.array(addressSchema).min(1).max(8)
/** What a person proves themselves with at the first sign-in; asked in a window of main's own. */
export const credentialMethods = ['token', 'code', 'key'] as const

/** Whom one signs in as, and the OpenPGP certificate whose key does it; the key is asked for in the vault's window. */
export const operatorKeySchema = z.strictObject({ operator: operatorIdSchema, fingerprint: keyFingerprintSchema })
export type OperatorKey = z.infer<typeof operatorKeySchema>

export const newDeploymentSchema = z.strictObject({
  name: nameSchema,
  colour: colourSchema,
  addresses: addressesSchema,
  method: z.enum(credentialMethods),
  /** For `key`. */
  key: operatorKeySchema.nullable(),
})
export type NewDeployment = z.infer<typeof newDeploymentSchema>

/** One of the deployments, as every window lists them. */
const knownDeploymentSchema = z.strictObject({
  key: deploymentKeySchema,
  /** Given by the operator; the backend's own until then. */
  name: z.string(),
  colour: colourSchema,
  embedded: z.boolean(),
  /** Context of the deployment, `libral:UUID`; empty while it was never reached. */
  deployment: z.string(),
  /** Raw Ed25519 key of its log as first seen, base64url; empty while it was never reached. */
  logKey: z.string(),
  /** A certificate here is pinned; without one a public authority vouches for it, or it is this machine. */
  addresses: z.array(z.strictObject({ url: z.string(), certificate: certificateSchema.nullable() })),
  link: z.strictObject({ state: z.string(), address: z.string().nullable(), failure: failureSchema.nullable() }),
  /** Whether its token is kept here: sealed, in memory until the app ends, or not at all. */
  credential: z.enum(['none-needed', 'kept', 'this-run', 'missing', 'key']),
  /** Where it is entered by an OpenPGP key. */
  operatorKey: operatorKeySchema.nullable(),
  pendingCommands: z.int(),
})
export type KnownDeployment = z.infer<typeof knownDeploymentSchema>

export const deploymentListSchema = z.strictObject({
  /** The one that this window shows. */
  shown: deploymentKeySchema,
  known: z.array(knownDeploymentSchema),
})
export type DeploymentList = z.infer<typeof deploymentListSchema>

/** As a person is asked about it: what they called it, and what its backend calls itself where that is another. */
export const deploymentWords = ({ label, name }: { readonly label: string; readonly name: string }): string =>
  label === name ? name : `${label}（${name}）`
