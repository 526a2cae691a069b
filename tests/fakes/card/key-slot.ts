import type { KeyObject } from 'node:crypto'
import { generate, importParts } from './algorithms.ts'
import { objectsIn, Refused, sw } from './apdu.ts'
import { firstWith, parseTemplate, type Tlv } from './tlv.ts'

/** When a touch is asked for: never, at every use, or at every use for good. */
export const touchPolicy = Object.freeze({ off: 0, on: 1, fixed: 2 })

/** One of the three keys: signature, decryption, authentication. */
export class KeySlot {
  #attribute: Buffer
  #key: KeyObject | undefined
  #imported = false
  #touch: number = touchPolicy.off
  fingerprint: Buffer = Buffer.alloc(20)
  authority: Buffer = Buffer.alloc(20)
  created: Buffer = Buffer.alloc(4)

  constructor(attribute: Buffer) {
    this.#attribute = attribute
  }

  get attribute(): Buffer {
    return this.#attribute
  }

  /** 0 none, 1 made on the card, 2 imported (key information, DE). */
  get origin(): number {
    if (this.#key === undefined) return 0
    return this.#imported ? 2 : 1
  }

  get touched(): boolean {
    return this.#touch !== touchPolicy.off
  }

  /** The user interaction flag: policy, then 20 for a button. */
  get interaction(): Buffer {
    return Buffer.from([this.#touch, 0x20])
  }

  /** PUT DATA D6 to D8; a fixed policy stays until the card is reset. */
  setInteraction(value: Buffer): void {
    const policy = value[0] ?? -1
    if (value.length !== 2 || policy < 0 || policy > 2) throw new Refused(sw.wrongData)
    if (this.#touch === touchPolicy.fixed) throw new Refused(sw.conditions)
    this.#touch = policy
  }

  /** Other attributes take the key away. */
  setAttribute(value: Buffer): void {
    if (value.equals(this.#attribute)) return
    this.#attribute = Buffer.from(value)
    this.#key = undefined
  }

  key(): KeyObject {
    if (this.#key === undefined) throw new Refused(sw.noReference)
    return this.#key
  }

  generate(): void {
    this.#key = generate(this.#attribute)
    this.#imported = false
  }

  /** The lengths in 7F48 cut the values out of 5F48. */
  import(objects: readonly Tlv[]): void {
    const template = firstWith(objects, 0x7f48)
    const values = firstWith(objects, 0x5f48)
    if (template === undefined || values === undefined) throw new Refused(sw.wrongData)
    const parts = new Map<number, Buffer>()
    let at = 0
    for (const { tag, length } of parseTemplate(template)) {
      parts.set(tag, values.subarray(at, at + length))
      at += length
    }
    this.#key = importParts(this.#attribute, parts)
    this.#imported = true
  }
}

const references: Readonly<Record<number, number>> = { 182: 0, 184: 1, 164: 2 }

/** Which of the three keys a control reference template names (B6, B8, A4). */
export const referenced = (data: Buffer): number => {
  const found = objectsIn(data).map((it) => references[it.tag])
  const index = found.find((it) => it !== undefined)
  if (index === undefined) throw new Refused(sw.wrongData)
  return index
}
