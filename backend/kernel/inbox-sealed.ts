import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import { boxOverhead } from '#protocol/sealed-value.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import { box, unbox } from '#trust/sealed/seal.ts'
import type { InboxArrival, InboxItem, InboxStore } from '../storage/port.ts'

/**
 * What came from outside names people. It lies in the database under a key that every instance works out and no copy of
 * the database holds, each item under one of its own: `nonce (12) ‖ AES-256-GCM ‖ tag (16)`, bound to source and id.
 */

/** Ours: the body is sealed. Headers that begin with `libral-` are never a sender's. */
const sealedHeader = 'libral-sealed'

const placeOf = ({ source, id }: Pick<InboxItem, 'source' | 'id'>): Uint8Array =>
  canonicalBytes(['libral inbox v1', source, id])

/** HKDF-SHA-256 (RFC 5869) without salt, 32 bytes: its first half is the same for all items, and is done once. */
const extracted = new WeakMap<Uint8Array, KeyObject>()
const extract = (secret: Uint8Array): KeyObject => {
  const known = extracted.get(secret)
  if (known) return known
  const made = createSecretKey(
    createHmac('sha256', createSecretKey(new Uint8Array(32)))
      .update(secret)
      .digest(),
  )
  extracted.set(secret, made)
  return made
}
const keyOf = (secret: Uint8Array, place: Uint8Array): Uint8Array =>
  createHmac('sha256', extract(secret)).update(place).update(Uint8Array.of(1)).digest()

const seal = (item: InboxArrival, secret: Uint8Array): InboxArrival => {
  const place = placeOf(item)
  const body = new Uint8Array(box(item.body, place, keyOf(secret, place)))
  return { ...item, body, headers: { ...item.headers, [sealedHeader]: '1' } }
}

const isSealed = ({ headers }: Pick<InboxItem, 'headers'>): boolean => headers[sealedHeader] !== undefined
const plainHeaders = ({ [sealedHeader]: _sealed, ...headers }: InboxItem['headers']): InboxItem['headers'] => headers

/** @throws LibralError `sealed.tampered`: changed, from another place, or under another deployment's key */
const open = (item: InboxItem, secret: Uint8Array | undefined): InboxItem => {
  if (!isSealed(item)) return item
  try {
    if (secret === undefined) throw new Error('no key for this source')
    const place = placeOf(item)
    const body = new Uint8Array(unbox(item.body, place, keyOf(secret, place)))
    return { ...item, body, headers: plainHeaders(item.headers) }
  } catch (cause) {
    throw new LibralError('sealed.tampered', { field: 'body' }, { cause })
  }
}
/** What can't be opened goes to its judge as it is, who makes nothing of it: it must not hold up the others. */
const openOrRefuse = (item: InboxItem, secret: Uint8Array | undefined): InboxItem => {
  try {
    return open(item, secret)
  } catch {
    return { ...item, headers: plainHeaders(item.headers) }
  }
}

/** @param secretOf 32 bytes for a source whose items name people; undefined: they are kept as they are */
export const sealedInbox = (store: InboxStore, secretOf: (source: string) => Uint8Array | undefined): InboxStore => ({
  ...store,
  put: (items, bound) =>
    store.put(
      items.map((item) => {
        const secret = secretOf(item.source)
        return secret ? seal(item, secret) : item
      }),
      bound,
    ),
  claim: async (source, ...rest) =>
    (await store.claim(source, ...rest)).map((item) => openOrRefuse(item, secretOf(source))),
  look: async (wanted) =>
    (await store.look(wanted)).map((line) =>
      isSealed(line)
        ? { ...line, headers: plainHeaders(line.headers), bytes: line.bytes - boxOverhead.nonce - boxOverhead.tag }
        : line,
    ),
  get: async (source, id) => {
    const item = await store.get(source, id)
    return item && open(item, secretOf(source))
  },
  waiting: async () => (await store.waiting()).map((item) => openOrRefuse(item, secretOf(item.source))),
})
