import { attributes } from './algorithms.ts'
import { Refused, sw } from './apdu.ts'
import type { KeySlot } from './key-slot.ts'
import type { Pins } from './pins.ts'
import { tlv } from './tlv.ts'

/** What GET DATA and PUT DATA work on. */
export interface Contents {
  readonly aid: Buffer
  readonly slots: readonly [KeySlot, KeySlot, KeySlot]
  readonly pins: Pins
  /** Objects that the card only keeps: name, language, login, URL, private use. */
  readonly kept: Map<number, Buffer>
  readonly signatures: () => number
}

/** Category 00; 31 select by DF name; 73 chaining and extended lengths; 05 operational. */
const historical = Buffer.from('0031f573c001e0059000', 'hex')
/** GET CHALLENGE, import, PW status, private objects, changeable attributes, KDF; certificates up to 2 KiB. */
const capabilities = Buffer.from('7d0000ff080000ff0000', 'hex')
const extendedLengths = Buffer.from('0202080002020800', 'hex')

const counterBytes = (count: number): Buffer => Buffer.from([(count >> 16) & 0xff, (count >> 8) & 0xff, count & 0xff])
const joined = (slots: readonly KeySlot[], part: (slot: KeySlot) => Uint8Array): Buffer =>
  Buffer.concat(slots.map(part))

const keyInformation = (card: Contents): Buffer => Buffer.from(card.slots.flatMap((it, at) => [at + 1, it.origin]))

const discretionary = (card: Contents): Buffer =>
  Buffer.concat([
    tlv(0xc0, capabilities),
    ...card.slots.map((it, at) => tlv(0xc1 + at, it.attribute)),
    tlv(0xc4, card.pins.status),
    tlv(
      0xc5,
      joined(card.slots, (it) => it.fingerprint),
    ),
    tlv(
      0xc6,
      joined(card.slots, (it) => it.authority),
    ),
    tlv(
      0xcd,
      joined(card.slots, (it) => it.created),
    ),
    tlv(0xde, keyInformation(card)),
    ...card.slots.map((it, at) => tlv(0xd6 + at, it.interaction)),
  ])

const applicationData = (card: Contents): Buffer =>
  tlv(0x6e, tlv(0x4f, card.aid), tlv(0x5f52, historical), tlv(0x7f66, extendedLengths), tlv(0x73, discretionary(card)))

const algorithmInformation = (): Buffer => {
  const { rsa2048, rsa4096, ed25519, cv25519, ecdsaP256, ecdhP256 } = attributes
  const signing = [rsa2048, rsa4096, ecdsaP256, ed25519]
  const decrypting = [rsa2048, rsa4096, ecdhP256, cv25519]
  return tlv(
    0xfa,
    ...[signing, decrypting, signing].flatMap((known, at) => known.map((attribute) => tlv(0xc1 + at, attribute))),
  )
}

const kept = (tag: number) => (card: Contents) => card.kept.get(tag) ?? Buffer.alloc(0)

const readers: Readonly<Record<number, (card: Contents) => Buffer>> = {
  79: (card) => card.aid,
  24402: () => historical,
  32614: () => extendedLengths,
  110: applicationData,
  115: discretionary,
  101: (card) =>
    tlv(
      0x65,
      tlv(0x5b, kept(0x5b)(card)),
      tlv(0x5f2d, kept(0x5f2d)(card)),
      tlv(0x5f35, card.kept.get(0x5f35) ?? Buffer.from('9')),
    ),
  122: (card) => tlv(0x7a, tlv(0x93, counterBytes(card.signatures()))),
  147: (card) => counterBytes(card.signatures()),
  192: () => capabilities,
  193: (card) => card.slots[0].attribute,
  194: (card) => card.slots[1].attribute,
  195: (card) => card.slots[2].attribute,
  196: (card) => card.pins.status,
  197: (card) => joined(card.slots, (it) => it.fingerprint),
  205: (card) => joined(card.slots, (it) => it.created),
  214: (card) => card.slots[0].interaction,
  215: (card) => card.slots[1].interaction,
  216: (card) => card.slots[2].interaction,
  222: keyInformation,
  249: (card) => card.pins.kdf,
  250: algorithmInformation,
  94: kept(0x5e),
  24400: kept(0x5f50),
  32545: kept(0x7f21),
  257: kept(0x0101),
  258: kept(0x0102),
  259: kept(0x0103),
  260: kept(0x0104),
}

/** GET DATA (section 7.2.6). */
export const getData = (card: Contents, tag: number): Buffer => {
  if (tag === 0x0103) card.pins.require(0x82)
  if (tag === 0x0104) card.pins.require(0x83)
  const read = readers[tag]
  if (read === undefined) throw new Refused(sw.noReference)
  return read(card)
}

const writable = new Set([0x5b, 0x5f2d, 0x5f35, 0x5e, 0x5f50, 0x7f21, 0x0101, 0x0102, 0x0103, 0x0104])

/** PUT DATA (section 7.2.8): the administrator's, but for two objects of private use. */
export const putData = (card: Contents, tag: number, value: Buffer): void => {
  card.pins.require(tag === 0x0101 || tag === 0x0103 ? 0x82 : 0x83)
  const slot = (first: number): KeySlot | undefined => card.slots[tag - first]
  if (putOfKey(slot, value)) return
  if (tag === 0xc4) card.pins.lasting = value[0] === 1
  else if (tag === 0xd3) card.pins.setCode(value)
  else if (tag === 0xf9) card.pins.setKdf(value)
  else if (writable.has(tag)) card.kept.set(tag, Buffer.from(value))
  else throw new Refused(sw.noReference)
}

/** Attributes (C1), touch (D6), fingerprints (C7), fingerprints of authorities (CA) and creation times (CE), each ×3. */
const putOfKey = (slot: (first: number) => KeySlot | undefined, value: Buffer): boolean => {
  const [attribute, interaction] = [slot(0xc1), slot(0xd6)]
  const [fingerprint, authority, created] = [slot(0xc7), slot(0xca), slot(0xce)]
  if (attribute !== undefined) attribute.setAttribute(value)
  else if (interaction !== undefined) interaction.setInteraction(value)
  else if (fingerprint !== undefined) fingerprint.fingerprint = Buffer.from(value)
  else if (authority !== undefined) authority.authority = Buffer.from(value)
  else if (created !== undefined) created.created = Buffer.from(value)
  else return false
  return true
}
