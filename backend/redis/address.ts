/** A server of Redis, or one of its sentinels. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** Where the primary is: at an address that stays the same, or where sentinels say that it is now. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | {
      readonly kind: 'sentinels'
      readonly sentinels: readonly Place[]
      /** What the sentinels call the group of primary and replicas. */
      readonly name: string
      readonly tls: boolean
      readonly user: Credentials
      /** For the sentinels themselves, which have passwords of their own. */
      readonly sentinelPassword: string | undefined
    }

export interface Credentials {
  readonly username: string | undefined
  readonly password: string | undefined
}

const sentinelPort = 26_379
const sentinelsForm =
  /^(?<scheme>rediss?)\+sentinel:\/\/(?:(?<username>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^@/?#]+)\/(?<name>[^/?#]+)(?:\?sentinel-password=(?<own>[^&#]*))?$/
const placeForm = /^(?:\[(?<v6>[0-9A-Fa-f:]+)\]|(?<host>[^:\s[\]]+))(?::(?<port>\d{1,5}))?$/

/**
 * `redis[s]://[USER]:PASSWORD@HOST:PORT[/DB]`, or `redis[s]+sentinel://[USER]:PASSWORD@HOST:PORT,HOST:PORT…/NAME`, with
 * `?sentinel-password=…` where sentinels ask for one. Names and passwords are percent-encoded. undefined: neither.
 */
export const parseRedisUrl = (text: string): RedisAddress | undefined => {
  if (/^rediss?:\/\/./.test(text)) return URL.canParse(text) ? { kind: 'server', url: text } : undefined
  const found = sentinelsForm.exec(text)?.groups
  if (!found) return undefined
  const sentinels = (found['hosts'] ?? '').split(',').map(placeOf)
  const texts = [found['username'], found['password'], found['own'], found['name']].map(decoded)
  if (!sentinels.every((place) => place !== undefined) || texts.includes(null)) return undefined
  const [username, password, sentinelPassword, name] = texts as (string | undefined)[]
  return {
    kind: 'sentinels',
    sentinels,
    name: name ?? '',
    tls: found['scheme'] === 'rediss',
    user: { username, password },
    sentinelPassword,
  }
}

const placeOf = (text: string): Place | undefined => {
  const found = placeForm.exec(text)?.groups
  const host = found?.['v6'] ?? found?.['host']
  const port = Number(found?.['port'] ?? sentinelPort)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

/** undefined: absent or empty; null: not percent-encoded text. */
const decoded = (text: string | undefined): string | undefined | null => {
  try {
    return text ? decodeURIComponent(text) : undefined
  } catch {
    return null
  }
}
