import { LibralError } from '#protocol/errors.ts'
import { certifyServices, type KeyHandover, keyHandoverSchema, openLog } from '#protocol/log.ts'
import { toBase64url } from '#trust/bytes.ts'
import { canonicalText } from '#trust/canonical.ts'
import { parseEntry } from '#trust/entry.ts'
import { earlierKeys } from '#trust/log-keys.ts'
import type { Reader } from '../storage/port.ts'
import type { DeploymentKeys } from './deployment-keys.ts'
import { certified, logKeys } from './log-module.ts'
import { type ServiceSigning, submitAs } from './sign.ts'
import type { CertifiedService } from './signing-keys.ts'

/** What a log says of itself. */
export interface OpenedLog {
  readonly name: string
  /** How its key came to be the one that it has. */
  readonly handovers: readonly KeyHandover[]
}

/** This instance holds a key that gave way to another one. */
export const keyReplaced = (): LibralError => new LibralError('log.broken', { reason: 'key-replaced' })

export interface GenesisDeps {
  readonly storage: Reader
  readonly keys: DeploymentKeys
  readonly name: string
  readonly services: readonly CertifiedService[]
  /** The served epochs of `log.services` and of `log.keys`. */
  readonly epoch: number
  readonly keysEpoch: number
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
    if (opened) return { name, handovers: [] }
  }
  const first = await genesisOf(deps)
  if (await differs(deps)) await submitAs(signing, { command: certifyServices, params: { services } })
  return first
}

const genesisOf = async ({ storage, keys, keysEpoch }: GenesisDeps): Promise<OpenedLog> => {
  const [first] = await storage.entries.byIndex(0, 1)
  if (!first) throw new LibralError('log.broken', { index: 0 })
  const { command } = parseEntry(first.bytes)
  const { deployment, logKey, name } = openLog.params.parse('params' in command ? command.params : null)
  const rows = await storage.rows.page(logKeys.name, keysEpoch, null, 1_000)
  const handovers = rows.map(({ value }) => keyHandoverSchema.parse(value))
  const ours = toBase64url(keys.log.publicKey)
  if (deployment !== keys.deployment || ![ours, ...earlierKeys(deployment, ours, handovers)].includes(logKey)) {
    throw new LibralError('log.broken', { index: 0 })
  }
  if (handovers.some(({ previous }) => previous === ours)) throw keyReplaced()
  return { name, handovers }
}

const differs = async ({ storage, services, epoch }: GenesisDeps): Promise<boolean> => {
  const rows = await storage.rows.page(certified.name, epoch, null, 1_000)
  const known = new Map(rows.map(({ key, value }) => [key, canonicalText(value)]))
  return services.some((service) => known.get(service.service) !== canonicalText({ ...service }))
}
