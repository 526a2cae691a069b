import { z } from 'zod'
import { embeddedKey } from '#protocol/deployment-keys.ts'
import {
  addressSchema,
  certificateSchema,
  colourSchema,
  type DeploymentKey,
  deploymentKeySchema,
  nameSchema,
  operatorKeySchema,
  remoteKeySchema,
} from '#protocol/deployments.ts'
import { bytes32Schema, deploymentIdSchema } from '#protocol/ids.ts'
import { readRecord } from './appearance.ts'
import { writeWhole } from './json-file.ts'

const embeddedSchema = z.strictObject({ name: nameSchema.nullable(), colour: colourSchema })
const remoteSchema = z.strictObject({
  key: remoteKeySchema,
  name: nameSchema,
  colour: colourSchema,
  addresses: z
    .array(z.strictObject({ url: addressSchema, certificate: certificateSchema.nullable() }))
    .min(1)
    .max(8),
  /** As first seen; checked ever after. */
  identity: z.strictObject({ deployment: deploymentIdSchema, logKey: bytes32Schema }),
  /** Where an OpenPGP key lets in; null: a token does. */
  operatorKey: operatorKeySchema.nullable().default(null),
})
/** A deployment on other machines, as this desktop keeps it. Its token lies sealed in its own folder. */
export type RemoteEntry = z.infer<typeof remoteSchema>
export type EmbeddedEntry = z.infer<typeof embeddedSchema>

export interface KeptDeployments {
  readonly shown: DeploymentKey
  readonly embedded: EmbeddedEntry
  readonly remotes: readonly RemoteEntry[]
}

const untouched: KeptDeployments = { shown: embeddedKey, embedded: { name: null, colour: 'grey' }, remotes: [] }

/** The deployments that this desktop knows, in one JSON file. */
export interface DeploymentsFile {
  current(): KeptDeployments
  /** Durable when it resolves. */
  change(part: Partial<KeptDeployments>): Promise<void>
  onChange(listener: () => void): () => void
  flush(): Promise<void>
}

/** An entry that can't be read is left out; the others stay. */
export function openDeploymentsFile(file: string): DeploymentsFile {
  const listeners = new Set<() => void>()
  let kept = parse(readRecord(file))
  let written: Promise<void> = Promise.resolve()
  return {
    current: () => kept,
    async change(part) {
      kept = { ...kept, ...part }
      written = written.catch(() => {}).then(() => writeWhole(file, `${JSON.stringify({ v: 1, ...kept }, null, 2)}\n`))
      for (const listener of [...listeners]) listener()
      await written
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    flush: () => written.catch(() => {}),
  }
}

function parse(raw: Readonly<Record<string, unknown>>): KeptDeployments {
  const remotes = Array.isArray(raw['remotes']) ? raw['remotes'] : []
  const known = remotes.flatMap((it) => {
    const parsed = remoteSchema.safeParse(it)
    return parsed.success ? [parsed.data] : []
  })
  const shown = deploymentKeySchema.catch(embeddedKey).parse(raw['shown'])
  return {
    shown: known.some(({ key }) => key === shown) ? shown : embeddedKey,
    embedded: embeddedSchema.catch(untouched.embedded).parse(raw['embedded']),
    remotes: known,
  }
}
