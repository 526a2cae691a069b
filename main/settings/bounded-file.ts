import { open } from 'node:fs/promises'
import { LibralError } from '#protocol/errors.ts'

/**
 * Reads a file that a person chose. What its size says is not asked: devices and pipes say nothing true, and a file may
 * grow meanwhile.
 * @param most bytes
 * @param tooLarge what more than that is told as
 * @throws LibralError `file.unreadable`, or `tooLarge`
 */
export async function readBounded(
  file: string,
  most: number,
  tooLarge: LibralError = new LibralError('input.too-large', { limit: most }),
): Promise<Buffer> {
  const unreadable = (cause: unknown): never => {
    throw new LibralError('file.unreadable', {}, { cause })
  }
  const handle = await open(file, 'r').catch(unreadable)
  try {
    // One more than may come, as a sign that there is more.
    const bytes = await handle.createReadStream({ end: most, autoClose: false }).toArray().catch(unreadable)
    const whole = Buffer.concat(bytes)
    if (whole.byteLength > most) throw tooLarge
    return whole
  } finally {
    await handle.close()
  }
}
