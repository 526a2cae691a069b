import { timingSafeEqual } from 'node:crypto'
import { Refused, sw } from './apdu.ts'
import { firstWith, parseTlvs } from './tlv.ts'

/** PW1 (user), RC (resetting code) and PW3 (admin), by their place in the PW status bytes. */
export type PinName = 'pw1' | 'rc' | 'pw3'

interface Pin {
  value: Buffer
  tries: number
}

const full = 3
const shortest: Readonly<Record<PinName, number>> = { pw1: 6, rc: 8, pw3: 8 }
const longest = 127

const initial = (): Record<PinName, Pin> => ({
  pw1: { value: Buffer.from('123456'), tries: full },
  rc: { value: Buffer.alloc(0), tries: 0 },
  pw3: { value: Buffer.from('12345678'), tries: full },
})

/** The card's PINs with their retry counters, and what has been verified since the last reset. */
export class Pins {
  readonly #pins = initial()
  /** Modes 81 (sign), 82 (decrypt, authenticate) and 83 (administer). */
  readonly verified = new Set<number>()
  /** true: one verification of PW1 serves several signatures. */
  lasting = false
  #kdf: Buffer = Buffer.alloc(0)

  get tries(): Readonly<Record<PinName, number>> {
    return { pw1: this.#pins.pw1.tries, rc: this.#pins.rc.tries, pw3: this.#pins.pw3.tries }
  }

  /** The PW status bytes (C4). */
  get status(): Buffer {
    const { pw1, rc, pw3 } = this.tries
    return Buffer.from([this.lasting ? 1 : 0, longest, longest, longest, pw1, rc, pw3])
  }

  /** The object F9, empty when PINs are sent as they are. */
  get kdf(): Buffer {
    return this.#kdf
  }

  /** VERIFY in mode 81, 82 or 83; no data asks how things stand. */
  verify(mode: number, data: Buffer): void {
    const name = mode === 0x83 ? 'pw3' : 'pw1'
    if (data.length === 0) {
      if (this.verified.has(mode)) return
      throw new Refused(0x63c0 | this.#pins[name].tries)
    }
    this.verified.delete(mode)
    this.#check(name, data)
    this.verified.add(mode)
  }

  /** CHANGE REFERENCE DATA: the old PIN and right after it the new one. */
  change(mode: number, data: Buffer): void {
    const name = mode === 0x83 ? 'pw3' : 'pw1'
    const { length } = this.#pins[name].value
    this.#check(name, data.subarray(0, length))
    this.#set(name, data.subarray(length))
    this.verified.clear()
  }

  /** RESET RETRY COUNTER by the administrator. */
  resetByAdmin(fresh: Buffer): void {
    this.require(0x83)
    this.#set('pw1', fresh)
  }

  /** RESET RETRY COUNTER by the resetting code, which stands before the new PIN. */
  resetByCode(data: Buffer): void {
    const { length } = this.#pins.rc.value
    if (length === 0) throw new Refused(sw.blocked)
    this.#check('rc', data.subarray(0, length))
    this.#set('pw1', data.subarray(length))
  }

  /** PUT DATA D3: an empty code takes it away. */
  setCode(code: Buffer): void {
    if (code.length > 0) this.#set('rc', code)
    else this.#pins.rc = { value: code, tries: 0 }
  }

  /** PUT DATA F9: the hashed PINs in 87 and 88 replace those of the card; without a KDF the first ones hold again. */
  setKdf(object: Buffer): void {
    const parts = parseTlvs(object)
    const user = firstWith(parts, 0x87)
    const admin = firstWith(parts, 0x88)
    const plain = initial()
    this.#pins.pw1 = { value: Buffer.from(user ?? plain.pw1.value), tries: full }
    this.#pins.pw3 = { value: Buffer.from(admin ?? plain.pw3.value), tries: full }
    this.#pins.rc = plain.rc
    this.#kdf = Buffer.from(object)
    this.verified.clear()
  }

  /** Ends the command unless this mode has been verified. */
  require(mode: number): void {
    if (!this.verified.has(mode)) throw new Refused(sw.notSatisfied)
  }

  #check(name: PinName, given: Buffer): void {
    const pin = this.#pins[name]
    if (pin.tries === 0) throw new Refused(sw.blocked)
    if (given.length === pin.value.length && timingSafeEqual(given, pin.value)) {
      pin.tries = full
      return
    }
    pin.tries -= 1
    throw new Refused(pin.tries === 0 ? sw.blocked : sw.wrongPin)
  }

  #set(name: PinName, fresh: Buffer): void {
    if (fresh.length < shortest[name] || fresh.length > longest) throw new Refused(sw.conditions)
    this.#pins[name] = { value: Buffer.from(fresh), tries: full }
  }
}
