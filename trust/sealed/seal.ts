import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto'
import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import {
  boxOverhead,
  type DataKeyId,
  dataKeyIdSchema,
  type Sealed,
  type SealedPlace,
  type SearchForm,
  searchForms,
} from '#protocol/sealed-value.ts'
import { fromBase64url, toBase64url, utf8 } from '../bytes.ts'
import { canonicalBytes, canonicalText } from '../canonical.ts'
import { parseStrict } from '../strict-json.ts'

/** 32 bytes under which the values of one act of sealing lie. */
export interface DataKey {
  readonly id: DataKeyId
  readonly secret: Uint8Array
}

export const newDataKey = (): DataKey => ({
  id: dataKeyIdSchema.parse(toBase64url(randomBytes(16))),
  secret: new Uint8Array(randomBytes(32)),
})

const { nonce: nonceBytes, tag: tagBytes } = boxOverhead

/** A list in canonical JSON: no two places give the same bytes. */
const aadOf = ({ deployment, collection, field, class: sealClass, subject }: SealedPlace, key: DataKeyId): Uint8Array =>
  canonicalBytes(['libral sealed v1', deployment, collection, field, sealClass, subject, key])

/** A key as the library's own object: for plain bytes it throws and catches an error first, which takes longer than the work. */
const keyOf = (secret: Uint8Array) => createSecretKey(secret)

/** AES-256-GCM (NIST SP 800-38D) with a random nonce: nonce (12) ‖ ciphertext ‖ tag (16). `secret`: 32 bytes. */
export const box = (plain: Uint8Array, aad: Uint8Array, secret: Uint8Array): Uint8Array => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce, { authTagLength: tagBytes })
  cipher.setAAD(aad)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}
/** @throws Error for other bytes, another key or other additional data */
export const unbox = (boxed: Uint8Array, aad: Uint8Array, secret: Uint8Array): Uint8Array => {
  const nonce = boxed.subarray(0, nonceBytes)
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), nonce, { authTagLength: tagBytes })
  decipher.setAAD(aad)
  decipher.setAuthTag(boxed.subarray(-tagBytes))
  return Buffer.concat([decipher.update(boxed.subarray(nonceBytes, -tagBytes)), decipher.final()])
}

/** The random nonces do: a data key seals a handful of values, far from GCM's 2^32. */
const seal = (plain: Uint8Array, place: SealedPlace, key: DataKey): Sealed => {
  const boxed = box(plain, aadOf(place, key.id), key.secret)
  return { class: place.class, subject: place.subject, key: key.id, box: toBase64url(boxed) }
}

/** @throws LibralError `sealed.tampered` */
const open = (sealed: Sealed, place: SealedPlace, secret: Uint8Array): Uint8Array => {
  try {
    return unbox(fromBase64url(sealed.box), aadOf(place, sealed.key), secret)
  } catch (cause) {
    throw new LibralError('sealed.tampered', { field: place.field }, { cause })
  }
}

/**
 * How many bytes a text is filled up to with zeros before it is sealed, so that a length tells little: a phone number is
 * not told from another, nor a short name from a long one.
 */
const paddedTo = 32

const padded = (text: string): Uint8Array => {
  const bytes = utf8(text)
  const room = new Uint8Array(Math.ceil((bytes.byteLength + 1) / paddedTo) * paddedTo)
  room.set(bytes)
  room[bytes.byteLength] = 1
  return room
}

const unpadded = (bytes: Uint8Array, field: string): string => {
  const end = bytes.findLastIndex((byte) => byte !== 0)
  if (bytes[end] !== 1) throw new LibralError('sealed.tampered', { field })
  return Buffer.from(bytes.subarray(0, end)).toString('utf8')
}

export const sealText = (text: string, place: SealedPlace, key: DataKey): Sealed => seal(padded(text), place, key)

/** @throws LibralError `sealed.tampered` for another key or place, or a changed value */
export const openText = (sealed: Sealed, place: SealedPlace, secret: Uint8Array): string =>
  unpadded(open(sealed, place, secret), place.field)

/** Where salt and parameters of one command stand: its id is in the place, so none passes for another's. */
export const paramsPlace = (
  command: { readonly id: string; readonly command: string; readonly context: string },
  of: Pick<SealedPlace, 'class' | 'subject'>,
): SealedPlace => ({
  deployment: command.context,
  collection: `command:${command.command}`,
  field: command.id,
  class: of.class,
  subject: of.subject,
})

/** @param canonicalParams as the statement's digest covers them */
export const sealParams = (salt: string, canonicalParams: string, place: SealedPlace, key: DataKey): Sealed =>
  seal(padded(`{"params":${canonicalParams},"salt":${canonicalText(salt)}}`), place, key)

/** @throws LibralError `sealed.tampered` */
export const openParams = (
  sealed: Sealed,
  place: SealedPlace,
  secret: Uint8Array,
): { readonly salt: string; readonly params: Readonly<Record<string, Json>> } =>
  parseStrict(utf8(openText(sealed, place, secret))) as never

/**
 * What stands for a value in the search: HMAC-SHA256 of its form under the class's index key, apart for each field, so
 * that two fields with one value do not show it.
 * @param indexKey 32 bytes
 */
export const indexToken = (
  indexKey: Uint8Array,
  { collection, field }: Pick<SealedPlace, 'collection' | 'field'>,
  form: SearchForm,
  value: string,
): Uint8Array => {
  const text = canonicalBytes(['libral sealed index v1', collection, field, form, searchForms[form](value)])
  return new Uint8Array(createHmac('sha256', indexKey).update(text).digest())
}
