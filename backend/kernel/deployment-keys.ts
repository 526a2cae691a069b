import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { bytes32Schema, type DeploymentId, deploymentIdSchema, moduleNameSchema } from '#protocol/ids.ts'
import { fromBase64url, sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { generateSigner, type Signer, signerFromSecret } from '#trust/ed25519.ts'
import { readSealed, writeSealed } from './sealed-file.ts'

/** The deployment's identity: its id, its log key and one key for each service. */
export interface DeploymentKeys {
  readonly deployment: DeploymentId
  /** Under which id values are sealed: the first that the log had, whatever was restored since. */
  readonly sealing: DeploymentId
  readonly log: Signer
  service(module: string): Signer
}

/** The sealed file's purpose, and what failures call it. */
export const purpose = 'deployment.keys'
export const keysSchema = z.strictObject({
  v: z.literal(1),
  deployment: deploymentIdSchema,
  /** The log's first id, where a restored backup got another; absent: it is the same. */
  first: deploymentIdSchema.optional(),
  log: bytes32Schema,
  services: z.record(moduleNameSchema, bytes32Schema),
})

/**
 * Opens `<dir>/deployment.keys`, or makes it at the first start; a module that is new gets a key of its own. The file is
 * sealed under the storage key, so whoever can read one can read both.
 * @throws LibralError `storage.unreadable`
 */
export const openDeploymentKeys = (
  dir: string,
  storageKey: Uint8Array,
  services: readonly string[],
): DeploymentKeys => {
  const file = join(dir, purpose)
  const found = readSealed(file, storageKey, purpose)
  const kept = found === undefined ? freshKeys() : parseKeys(found)
  const missing = services.filter((name) => kept.services[name] === undefined)
  const secrets = { ...kept.services }
  for (const name of missing) secrets[name] = freshSecret()
  const all = { ...kept, services: secrets }
  if (found === undefined || missing.length > 0) storeKeys(dir, storageKey, all)
  return signersOf(all)
}

export const storeKeys = (dir: string, storageKey: Uint8Array, keys: KeptKeys): void =>
  writeSealed(join(dir, purpose), storageKey, purpose, keys as unknown as Json)

/**
 * The secrets themselves, for a move to another place.
 * @throws LibralError `storage.unreadable` when they are missing or can't be read
 */
export const readDeploymentKeys = (dir: string, storageKey: Uint8Array): KeptKeys =>
  parseKeys(readSealed(join(dir, purpose), storageKey, purpose))

export const signersOf = ({ deployment, first, log, services }: KeptKeys): DeploymentKeys => {
  const signers = new Map(Object.entries(services).map(([name, secret]) => [name, signerOf(secret)]))
  return {
    deployment,
    sealing: first ?? deployment,
    log: signerOf(log),
    service: (module) => {
      const signer = signers.get(module)
      if (!signer) throw new LibralError('module.unknown', { module })
      return signer
    },
  }
}

const freshSecret = (): string => toBase64url(generateSigner().secret)
const signerOf = (secret: string): Signer => signerFromSecret(fromBase64url(secret))

/** Secrets in base64url. */
export type KeptKeys = z.infer<typeof keysSchema>

export const freshDeployment = (): DeploymentId => deploymentIdSchema.parse(`libral:${randomUUID()}`)

/** The same keys under the id that a restored backup goes on with. */
export const renamedKeys = (kept: KeptKeys, deployment: DeploymentId): KeptKeys => ({
  ...kept,
  deployment,
  first: kept.first ?? kept.deployment,
})

export const freshKeys = (): KeptKeys => ({
  v: 1,
  deployment: freshDeployment(),
  log: freshSecret(),
  services: {},
})

export const parseKeys = (found: unknown): KeptKeys => {
  const parsed = keysSchema.safeParse(found)
  if (!parsed.success) throw new LibralError('storage.unreadable', { file: purpose })
  return parsed.data
}

/**
 * What every instance can work out and no copy of the database holds: Ed25519 signs alike each time (RFC 8032), and this
 * text is signed for nobody's eyes. 32 bytes, another for each module and purpose.
 */
export const secretOf = (keys: DeploymentKeys, module: string, purpose: string): Uint8Array =>
  sha256(keys.service(module).sign(utf8(`libral module secret v1\n${keys.sealing}\n${module}\n${purpose}`)))
