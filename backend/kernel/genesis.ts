import { LibralError } from '#protocol/errors.ts'
import { certifyServices, openLog } from '#protocol/log.ts'
import { toBase64url } from '#trust/bytes.ts'
import { canonicalText } from '#trust/canonical.ts'
import { parseEntry } from '#trust/entry.ts'
import type { Reader } from '../storage/port.ts'
import type { DeploymentKeys } from './deployment-keys.ts'
import { certified } from './log-module.ts'
import { type ServiceSigning, submitAs } from './sign.ts'
import type { CertifiedService } from './signing-keys.ts'

export interface GenesisDeps {
  readonly storage: Reader
  readonly keys: DeploymentKeys
  readonly name: string
  readonly services: readonly CertifiedService[]
  /** The served epoch of `log.services`. */
  readonly epoch: number
  readonly signing: ServiceSigning
}

/**
 * Opens the log: entry 0 names the deployment, its log key and its services. On a log that stands, checks that it is this
 * deployment's, and certifies services that this build adds or changes. Answers the deployment's name: the genesis's.
 * @throws LibralError `log.broken` when the log belongs to other keys
 */
export const openGenesis = async (deps: GenesisDeps): Promise<string> => {
  const { storage, keys, name, services, signing } = deps
  const { size } = await storage.head()
  if (size === 0) {
    const params = { deployment: keys.deployment, name, logKey: toBase64url(keys.log.publicKey), services }
    const opened = await submitAs(signing, { command: openLog, params }).catch(async (refusal: unknown) => {
      if ((await storage.head()).size === 0) throw refusal
      return undefined
    })
    if (opened) return name
  }
  const first = await genesisOf(storage, keys)
  if (await differs(deps)) await submitAs(signing, { command: certifyServices, params: { services } })
  return first.name
}

const genesisOf = async (storage: Reader, keys: DeploymentKeys): Promise<{ readonly name: string }> => {
  const [first] = await storage.entries.byIndex(0, 1)
  if (!first) throw new LibralError('log.broken', { index: 0 })
  const { command } = parseEntry(first.bytes)
  const { deployment, logKey, name } = openLog.params.parse('params' in command ? command.params : null)
  if (deployment !== keys.deployment || logKey !== toBase64url(keys.log.publicKey)) {
    throw new LibralError('log.broken', { index: 0 })
  }
  return { name }
}

const differs = async ({ storage, services, epoch }: GenesisDeps): Promise<boolean> => {
  const rows = await storage.rows.page(certified.name, epoch, null, 1_000)
  const known = new Map(rows.map(({ key, value }) => [key, canonicalText(value)]))
  return services.some((service) => known.get(service.service) !== canonicalText({ ...service }))
}
