import { randomBytes } from 'node:crypto'
import { attributes, decipher, publicTemplate, signPrepared } from './algorithms.ts'
import { answer, type Command, objectsIn, parseCommand, Refused, sw } from './apdu.ts'
import { type Contents, getData, putData } from './data-objects.ts'
import { KeySlot, referenced } from './key-slot.ts'
import { Pins } from './pins.ts'
import { firstWith } from './tlv.ts'
import { Touch } from './touch.ts'

const none: Buffer = Buffer.alloc(0)
const application = Buffer.from('d27600012401', 'hex')
/** Version 3.4; FFFE is the manufacturer for test cards. */
const applicationHead = Buffer.from('d276000124010304fffe', 'hex')

const freshSlots = (): [KeySlot, KeySlot, KeySlot] => [
  new KeySlot(attributes.ed25519),
  new KeySlot(attributes.cv25519),
  new KeySlot(attributes.ed25519),
]

/** An OpenPGP card (version 3.4) for tests alone: its keys lie in this process's memory. */
export class VirtualCard {
  readonly touch = new Touch()
  readonly aid: Buffer
  #contents: Contents
  #selected = false
  #terminated = false
  #signatures = 0
  #chain = none
  #pending = none

  /** @param serial eight hex digits */
  constructor(serial = '00000001') {
    this.aid = Buffer.concat([applicationHead, Buffer.from(serial, 'hex'), Buffer.alloc(2)])
    this.#contents = this.#blank()
  }

  /** How many tries are left of PW1, the resetting code and PW3. */
  get tries(): Pins['tries'] {
    return this.#contents.pins.tries
  }

  get signatures(): number {
    return this.#signatures
  }

  /** What a power cut leaves: keys and counters, but nothing verified. */
  reset(): void {
    this.#contents.pins.verified.clear()
    this.#selected = false
    this.#chain = none
    this.#pending = none
  }

  /** Answers one command APDU; a touch that is asked for holds the answer back. */
  async transmit(bytes: Buffer): Promise<Buffer> {
    try {
      return this.#limited(await this.#execute(parseCommand(bytes)))
    } catch (failure) {
      if (failure instanceof Refused) return answer(none, failure.status)
      return answer(none, sw.internal)
    }
  }

  #blank(): Contents {
    return { aid: this.aid, slots: freshSlots(), pins: new Pins(), kept: new Map(), signatures: () => this.#signatures }
  }

  /** More than the host takes at once waits for GET RESPONSE. */
  #limited({ data, le }: { data: Buffer; le: number }): Buffer {
    const most = le === 0 ? 256 : le
    this.#pending = data.subarray(most)
    const rest = this.#pending.length
    return answer(data.subarray(0, most), rest === 0 ? sw.ok : 0x6100 | Math.min(rest, 0xff))
  }

  async #execute(command: Command): Promise<{ data: Buffer; le: number }> {
    const { le } = command
    if (command.ins === 0xc0) return { data: this.#pending, le }
    this.#pending = none
    const whole = Buffer.concat([this.#chain, command.data])
    this.#chain = command.chained ? whole : none
    if (command.chained) return { data: none, le }
    return { data: await this.#act({ ...command, data: whole }), le }
  }

  #act(command: Command): Buffer | Promise<Buffer> {
    if (command.ins === 0xa4) return this.#select(command)
    if (!this.#selected) throw new Refused(sw.conditions)
    if (command.ins === 0x44) return this.#activate()
    if (this.#terminated) throw new Refused(sw.terminated)
    return this.#operate(command)
  }

  #select({ p1, data }: Command): Buffer {
    if (p1 !== 4 || !data.subarray(0, application.length).equals(application)) throw new Refused(sw.notFound)
    this.#contents.pins.verified.clear()
    this.#selected = true
    if (this.#terminated) throw new Refused(sw.terminated)
    return none
  }

  #operate(command: Command): Buffer | Promise<Buffer> {
    const { pins } = this.#contents
    const { ins, p1, p2, p12, data } = command
    switch (ins) {
      case 0xca:
        return getData(this.#contents, p12)
      case 0xda:
        return this.#done(putData(this.#contents, p12, data))
      case 0xdb:
        return this.#import(data)
      case 0x20:
        if (p1 === 0xff) return this.#done(pins.verified.delete(p2))
        return this.#done(pins.verify(p2, data))
      case 0x24:
        return this.#done(pins.change(p2, data))
      case 0x2c:
        return this.#done(p1 === 2 ? pins.resetByAdmin(data) : pins.resetByCode(data))
      case 0x47:
        return this.#keyPair(p1, data)
      case 0x2a:
        return this.#secure(p12, data)
      case 0x88:
        return this.#authenticate(data)
      case 0x84:
        return randomBytes(command.le)
      case 0xe6:
        return this.#terminate()
      case 0xa5:
        return none
      default:
        throw new Refused(sw.unknownInstruction)
    }
  }

  #done(_outcome: unknown): Buffer {
    return none
  }

  #import(data: Buffer): Buffer {
    this.#contents.pins.require(0x83)
    const header = firstWith(objectsIn(data), 0x4d)
    if (header === undefined) throw new Refused(sw.wrongData)
    const at = referenced(header)
    this.#contents.slots[at]?.import(objectsIn(header))
    if (at === 0) this.#signatures = 0
    return none
  }

  #keyPair(p1: number, data: Buffer): Buffer {
    const at = referenced(data)
    const slot = this.#slot(at)
    if (p1 === 0x80) {
      this.#contents.pins.require(0x83)
      slot.generate()
      if (at === 0) this.#signatures = 0
    }
    return publicTemplate(slot.key())
  }

  #secure(p12: number, data: Buffer): Promise<Buffer> {
    if (p12 === 0x9e9a) return this.#sign(data)
    if (p12 === 0x8086) return this.#decipher(data)
    throw new Refused(sw.wrongParameters)
  }

  async #sign(data: Buffer): Promise<Buffer> {
    const { pins } = this.#contents
    pins.require(0x81)
    if (!pins.lasting) pins.verified.delete(0x81)
    const slot = this.#slot(0)
    const key = slot.key()
    if (slot.touched) await this.touch.wanted()
    this.#signatures += 1
    return signPrepared(key, data)
  }

  async #decipher(data: Buffer): Promise<Buffer> {
    this.#contents.pins.require(0x82)
    const slot = this.#slot(1)
    const key = slot.key()
    if (slot.touched) await this.touch.wanted()
    return decipher(key, data)
  }

  async #authenticate(data: Buffer): Promise<Buffer> {
    this.#contents.pins.require(0x82)
    const slot = this.#slot(2)
    const key = slot.key()
    if (slot.touched) await this.touch.wanted()
    return signPrepared(key, data)
  }

  #slot(at: number): KeySlot {
    const slot = this.#contents.slots[at]
    if (slot === undefined) throw new Refused(sw.noReference)
    return slot
  }

  /** Allowed to the administrator, and to anyone once both PINs are blocked. */
  #terminate(): Buffer {
    const { pins } = this.#contents
    if (pins.tries.pw1 > 0 || pins.tries.pw3 > 0) pins.require(0x83)
    this.#terminated = true
    return none
  }

  /** After TERMINATE DF everything is as it came from the factory. */
  #activate(): Buffer {
    if (!this.#terminated) return none
    this.#terminated = false
    this.#signatures = 0
    this.#contents = this.#blank()
    return none
  }
}
