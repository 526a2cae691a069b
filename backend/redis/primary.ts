import type { Place, RedisAddress } from './address.ts'
import { codeOf, inTime, patienceMs, RedisAway, type RedisClient, sentinelClient } from './client.ts'

export type Sentinels = Extract<RedisAddress, { kind: 'sentinels' }>

const keyOf = ({ host, port }: Place): string => `${host} ${port}`

/** @throws RedisAway when it does not answer or knows of no such name */
const askOne = async ({ name, tls, sentinelPassword }: Sentinels, sentinel: Place): Promise<Place> => {
  const client = sentinelClient(sentinel, tls, sentinelPassword)
  client.on('error', () => undefined)
  try {
    await inTime(client.connect(), patienceMs.answer)
    const answer = await inTime(client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]), patienceMs.answer)
    if (!Array.isArray(answer)) throw new RedisAway('unknown-name')
    const [host, port] = answer.map(String)
    return { host: host ?? '', port: Number(port) }
  } finally {
    client.destroy()
  }
}

/**
 * Where the primary is, as most sentinels have it: all are asked at once, and one that is away or was left behind with the
 * old primary does not hold the answer up. https://redis.io/docs/latest/develop/reference/sentinel-clients/
 * @throws RedisAway when none answers
 */
export const askSentinels = async (address: Sentinels): Promise<Place> => {
  const votes = new Map<string, { readonly place: Place; count: number }>()
  const enough = address.sentinels.length / 2
  const { promise: agreed, resolve: agree } = Promise.withResolvers<Place>()
  let refusal: unknown
  const asked = address.sentinels.map(async (sentinel) => {
    try {
      const place = await askOne(address, sentinel)
      const vote = votes.get(keyOf(place)) ?? { place, count: 0 }
      vote.count++
      votes.set(keyOf(place), vote)
      if (vote.count > enough) agree(place)
    } catch (thrown) {
      refusal = thrown
    }
  })
  const all = Promise.all(asked).then(() => {
    const [most] = [...votes.values()].sort((one, other) => other.count - one.count)
    if (!most) throw new RedisAway(`sentinels: ${codeOf(refusal)}`)
    return most.place
  })
  all.catch(() => undefined)
  return Promise.race([agreed, all])
}

/** Whether both are one server. */
export const samePlace = (one: Place, other: Place): boolean => keyOf(one) === keyOf(other)

/**
 * A server that became a replica says so, whatever the address once led to: after a failover behind one name, too.
 * HELLO is answered by every server, also while it loads its data. @throws RedisAway
 */
export const assertPrimary = async (client: RedisClient): Promise<void> => {
  const { role } = await inTime(client.hello(), patienceMs.answer)
  if (role !== 'master') throw new RedisAway('replica')
}
