/**
 * XOR over many blocks of 16 bytes by the processor's own wide registers, which JavaScript has no way to: OCB's two passes
 * over a chunk cost more than AES itself when they go word by word. The program is ocb-pass.wat (a test assembles it).
 */
export const passProgram =
  'AGFzbQEAAAABBwFgA39/fwADAgEABQMBAAEHEQIGbWVtb3J5AgAEcGFzcwAACmYBZAEEe0EA/QAEACEDA0AgAf0ABAAhBCAFIAT9USEFIAQgAP0ABAD9USAD/VEhBCAGIAT9USEGIAEgBP0LBAAgAEEQaiEAIAFBEGohASABIAJJDQALQRAgBf0LBABBICAG/QsEAAs='

/** As much of it as is used here: Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (program: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

interface Passing {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  readonly pass: (table: number, data: number, end: number) => void
}

export interface Passed {
  /** `data ^ table ^ first`, block by block. Stands in memory that the next pass uses: {@link wipe} it before. */
  readonly data: Uint8Array
  /** XOR of all blocks, before and after. */
  readonly before: Uint8Array
  readonly after: Uint8Array
}

const page = 65_536
const tableAt = 64

let started: Passing | undefined
const start = (): Passing => {
  const program = new WebAssembly.Module(Buffer.from(passProgram, 'base64'))
  return new WebAssembly.Instance(program).exports as Passing
}

/**
 * @param data whole blocks, at least one; stays as it is
 * @param table at least as long
 * @param first 16 bytes
 * @throws where this runtime lacks WebAssembly with wide registers: ocb-self-test.ts finds out
 */
export function passOver(data: Uint8Array, table: Uint8Array, first: Uint8Array): Passed {
  started ??= start()
  const { memory, pass } = started
  const length = data.byteLength
  const dataAt = tableAt + length
  const missing = dataAt + length - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / page))
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(first)
  bytes.set(table.subarray(0, length), tableAt)
  bytes.set(data, dataAt)
  pass(tableAt, dataAt, dataAt + length)
  return { data: bytes.subarray(dataAt, dataAt + length), before: bytes.slice(16, 32), after: bytes.slice(32, 48) }
}

/** One of the two passes leaves the document behind. */
export const wipe = ({ data }: Passed): void => void data.fill(0)
