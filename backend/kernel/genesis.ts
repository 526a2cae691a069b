import { LibralError } from '#protocol/errors.ts'
import {
  certifyServices,
  type KeyHandover,
  keyHandoverSchema,
  openLog,
  type Restoration,
  restorationSchema,
  restoreLog,
} from '#protocol/log.ts'
import { toBase64url } from '#trust/bytes.ts'
import { canonicalText } from '#trust/canonical.ts'
import { parseEntry } from '#trust/entry.ts'
import { earlierKeys } from '#trust/log-keys.ts'
import { rootOf } from '#trust/merkle.ts'
import { restorationsBetween } from '#trust/restoration.ts'
import type { Reader } from '../storage/port.ts'
import type { DeploymentKeys } from './deployment-keys.ts'
import { certified, logKeys, restorations } from './log-module.ts'
import { type ServiceSigning, submitAs } from './sign.ts'
import type { CertifiedService } from './signing-keys.ts'

/** What a log says of itself. */
export interface OpenedLog {
  readonly name: string
  /** How its key came to be the one that it has. */
  readonly handovers: readonly KeyHandover[]
  /** How its id came to be the one that it has, the oldest first. */
  readonly restorations: readonly Restoration[]
}

/** This instance holds a key that gave way to another one. */
export const keyReplaced = (): LibralError => new LibralError('log.broken', { reason: 'key-replaced' })

/** This instance goes by an id that gave way when a backup was restored. */
export const idReplaced = (): LibralError => new LibralError('log.broken', { reason: 'restored' })

export interface GenesisDeps {
  readonly storage: Reader
  readonly keys: DeploymentKeys
  readonly name: string
  readonly services: readonly CertifiedService[]
  /** The served epochs of `log.services` and of `log.keys`. */
  readonly epoch: number
  readonly keysEpoch: number
  readonly restorationsEpoch: number
  /** Begins the log's new id: this store was restored from a backup. The keys go by that id already. */
  readonly restoration?: Restoration | undefined
  readonly signing: ServiceSigning
}

/**
 * Opens the log: entry 0 names the deployment, its log key and its services. On a log that stands, checks that it is this
 * deployment's, and certifies services that this build adds or changes. Answers the deployment's name: the genesis's.
 * @throws LibralError `log.broken` when the log belongs to other keys
 */
export const openGenesis = async (deps: GenesisDeps): Promise<OpenedLog> => {
  const { storage, keys, name, services, signing } = deps
  const { size } = await storage.head()
  if (size === 0) {
    const params = { deployment: keys.deployment, name, logKey: toBase64url(keys.log.publicKey), services }
    const opened = await submitAs(signing, { command: openLog, params }).catch(async (refusal: unknown) => {
      if ((await storage.head()).size === 0) throw refusal
      return undefined
    })
    if (opened) return { name, handovers: [], restorations: [] }
  }
  if (deps.restoration !== undefined) await beginAnew(deps, deps.restoration)
  const first = await genesisOf(deps)
  if (await differs(deps)) await submitAs(signing, { command: certifyServices, params: { services } })
  return first
}

const restoredIn = async ({ storage, restorationsEpoch }: GenesisDeps): Promise<readonly Restoration[]> => {
  const rows = await storage.rows.page(restorations.name, restorationsEpoch, null, 1_000)
  return rows.map(({ value }) => restorationSchema.parse(value))
}

/** Written once; what was interrupted after it is simply gone on with. */
const beginAnew = async (deps: GenesisDeps, restoration: Restoration): Promise<void> => {
  const { statement } = restoration
  if ((await restoredIn(deps)).some((one) => one.statement.context === statement.context)) return
  const { size, frontier } = await deps.storage.head()
  if (size !== statement.size || toBase64url(rootOf(frontier)) !== statement.root) throw idReplaced()
  await submitAs(deps.signing, { command: restoreLog, params: restoration })
}

const genesisOf = async (deps: GenesisDeps): Promise<OpenedLog> => {
  const { storage, keys, keysEpoch } = deps
  const [first] = await storage.entries.byIndex(0, 1)
  if (!first) throw new LibralError('log.broken', { index: 0 })
  const { command } = parseEntry(first.bytes)
  const { deployment, logKey, name } = openLog.params.parse('params' in command ? command.params : null)
  const rows = await storage.rows.page(logKeys.name, keysEpoch, null, 1_000)
  const handovers = rows.map(({ value }) => keyHandoverSchema.parse(value))
  const ours = toBase64url(keys.log.publicKey)
  const restored = await restoredIn(deps)
  // A key is handed over under the id that the log had then.
  const lineage = [deployment, ...restored.map(({ statement }) => statement.context)]
  const earlier = lineage.flatMap((id) => [...earlierKeys(id, ours, handovers)])
  if (restored.some(({ statement }) => statement.previous === keys.deployment)) throw idReplaced()
  const chain = restorationsBetween(deployment, keys.deployment, restored, [ours, ...earlier])
  const named = deployment === keys.deployment || chain.length > 0
  if (!named || ![ours, ...earlier].includes(logKey)) throw new LibralError('log.broken', { index: 0 })
  if (handovers.some(({ previous }) => previous === ours)) throw keyReplaced()
  return { name, handovers, restorations: chain }
}

const differs = async ({ storage, services, epoch }: GenesisDeps): Promise<boolean> => {
  const rows = await storage.rows.page(certified.name, epoch, null, 1_000)
  const known = new Map(rows.map(({ key, value }) => [key, canonicalText(value)]))
  return services.some((service) => known.get(service.service) !== canonicalText({ ...service }))
}
