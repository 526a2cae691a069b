import { randomBytes } from 'node:crypto'

/** Ids of 16 octets, a million of them in some 32 MB: a set of texts would take four times as much. */
export class IdSet {
  #slots = new Uint32Array(4 * 1_024)
  #used = 0
  /** Whoever makes ids can't know which of them meet. */
  readonly #seed = randomBytes(4).readUInt32LE() | 1

  /** @param bytes read at `at`; not all zero. @returns whether it is new */
  add(bytes: Uint8Array, at: number): boolean {
    if (this.#used * 8 >= this.#slots.length) this.#grow()
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, 16)
    return this.#put(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12))
  }

  #put(a: number, b: number, c: number, d: number): boolean {
    const slots = this.#slots
    const mask = slots.length / 4 - 1
    let mixed = this.#seed
    for (const word of [a, b, c, d]) {
      mixed = Math.imul(mixed ^ word, 0x9e3779b1)
      mixed ^= mixed >>> 15
    }
    for (let slot = mixed & mask; ; slot = (slot + 1) & mask) {
      const at = slot * 4
      const [w, x, y, z] = [slots[at], slots[at + 1], slots[at + 2], slots[at + 3]]
      if (w === a && x === b && y === c && z === d) return false
      if (w === 0 && x === 0 && y === 0 && z === 0) {
        slots[at] = a
        slots[at + 1] = b
        slots[at + 2] = c
        slots[at + 3] = d
        this.#used++
        return true
      }
    }
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(before.length * 2)
    this.#used = 0
    for (let at = 0; at < before.length; at += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = [before[at], before[at + 1], before[at + 2], before[at + 3]]
      if ((a | b | c | d) !== 0) this.#put(a, b, c, d)
    }
  }
}
