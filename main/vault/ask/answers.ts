import { createReadStream } from 'node:fs'
import { LibralError } from '#protocol/errors.ts'
import { collect } from '../openpgp/byte-reader.ts'

/** Passphrases that a script hands over: one line for each question, in the order in which they are asked. */
export interface Answers {
  /** @throws LibralError `vault.no-terminal` when there are no more */
  next(): Promise<Uint8Array>
  close(): void
}

const limit = 64 * 1024

/** @param fd an open file descriptor, read to its end once the first question is asked */
export function answersFrom(fd: number): Answers {
  let lines: Promise<Buffer[]> | null = null
  const read = async (): Promise<Buffer[]> => {
    try {
      const bytes = await collect(createReadStream('', { fd, autoClose: true }), limit)
      const found = linesOf(Buffer.from(bytes))
      bytes.fill(0)
      return found
    } catch (cause) {
      throw new LibralError('vault.no-terminal', { fd }, { cause })
    }
  }
  return {
    async next() {
      lines ??= read()
      const line = (await lines).shift()
      if (line === undefined) throw new LibralError('vault.no-terminal', { fd })
      return line
    },
    close() {
      const wipe = (rest: readonly Buffer[]): void => {
        for (const line of rest) line.fill(0)
      }
      lines?.then(wipe, () => {})
    },
  }
}

/** Without their ends; a last line needs none. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let at = 0; at < bytes.byteLength; ) {
    const end = bytes.indexOf(0x0a, at)
    const line = bytes.subarray(at, end < 0 ? undefined : end)
    lines.push(Buffer.from(line.at(-1) === 0x0d ? line.subarray(0, -1) : line))
    at = end < 0 ? bytes.byteLength : end + 1
  }
  return lines
}
