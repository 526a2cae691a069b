/** A message between the vault and the process that holds a PKCS#11 library: JSON, and bytes that are never text. */
export interface Frame {
  readonly head: unknown
  readonly body: Buffer
}

const headLimit = 1_048_576
const bodyLimit = 65_536

/** Two lengths of four bytes, big endian; the JSON; the bytes. */
export const writeFrame = (head: unknown, body: Uint8Array): Buffer => {
  const json = Buffer.from(JSON.stringify(head))
  const lengths = Buffer.alloc(8)
  lengths.writeUInt32BE(json.length, 0)
  lengths.writeUInt32BE(body.length, 4)
  return Buffer.concat([lengths, json, body])
}

/** Cuts a stream into frames. Throws RangeError on one that is too large, SyntaxError on what is no JSON. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Frame[] {
    this.#held = Buffer.concat([this.#held, chunk])
    const frames: Frame[] = []
    while (this.#held.length >= 8) {
      const head = this.#held.readUInt32BE(0)
      const body = this.#held.readUInt32BE(4)
      if (head > headLimit || body > bodyLimit) throw new RangeError('a frame is too large')
      const end = 8 + head + body
      if (this.#held.length < end) break
      const json: unknown = JSON.parse(this.#held.subarray(8, 8 + head).toString())
      frames.push({ head: json, body: Buffer.from(this.#held.subarray(8 + head, end)) })
      this.#held.fill(0, 0, end)
      this.#held = this.#held.subarray(end)
    }
    return frames
  }
}
