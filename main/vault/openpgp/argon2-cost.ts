import { LibralError } from '#protocol/errors.ts'
import { policy } from '#trust/openpgp/policy.ts'

/** What openpgp.js 6.3.2 (pinned exactly) knows of a string-to-key specifier, and does not type. */
export interface S2kInternals {
  readonly type: string
  /** passes */
  readonly t?: number
  /** memory: KiB as a power of two */
  readonly encodedM?: number
}

/** passes × KiB: four passes over 1 GiB take some twenty seconds. */
const mostWork = 2 ** 22

/** Counts what a stranger's data would have us compute, before any of it is computed. */
export class Argon2Budget {
  readonly #unlimited: boolean
  #work = 0

  /** @param unlimited lifts the cap of 1 GiB and of the work above it, for one thing that a person vouches for */
  constructor(unlimited: boolean) {
    this.#unlimited = unlimited
  }

  /** As the library wants it said: 2 GiB at most, which is all that its WebAssembly can hold. */
  get memoryExponent(): number {
    return this.#unlimited ? 21 : policy.maxArgon2MemoryExponent
  }

  /** @throws LibralError `openpgp.argon2-too-costly` */
  spend(s2k: S2kInternals | null | undefined): void {
    if (s2k?.type !== 'argon2') return
    const exponent = s2k.encodedM ?? 255
    this.#work += 2 ** exponent * Math.max(1, s2k.t ?? 1)
    if (exponent > this.memoryExponent || (!this.#unlimited && this.#work > mostWork))
      throw new LibralError('openpgp.argon2-too-costly')
  }
}
