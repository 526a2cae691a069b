import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { BundleVerdict } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import type { VerifyOptions } from '#trust/bundle/options.ts'
import type { BundleBytes } from '#trust/bundle/reader.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { threadHands } from './threads.ts'

/** A bundle where it lies; an encrypted one gives its bytes decrypted. It can be read as often as it takes. */
export interface BundleFile {
  /** Of the file, in bytes. */
  readonly size: number
  open(): BundleBytes
}

const pieceBytes = 1024 * 1024

/** @throws LibralError `file.unreadable` */
export const bundleFile = async (path: string): Promise<BundleFile> => {
  const unreadable = (cause: unknown) => new LibralError('file.unreadable', {}, { cause })
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(cause)
  })
  if (!found.isFile()) throw unreadable('no file')
  return {
    size: found.size,
    open: async function* () {
      try {
        yield* createReadStream(path, { highWaterMark: pieceBytes }) as AsyncIterable<Uint8Array>
      } catch (cause) {
        throw unreadable(cause)
      }
    },
  }
}

/** Below this one thread is done before others have started. */
const smallBytes = 4 * 1024 * 1024

/**
 * Verifies a bundle on all cores.
 * @param program of the threads, worker.ts or its bundle
 * @throws LibralError as {@link verifyBundle}
 */
export const verifyFile = async (
  file: BundleFile,
  program: string | URL,
  options: Omit<VerifyOptions, 'hands'>,
): Promise<BundleVerdict> => {
  if (file.size < smallBytes) return verifyBundle(file.open, options)
  const hands = threadHands(program)
  try {
    return await verifyBundle(file.open, { ...options, hands })
  } finally {
    await hands.close()
  }
}
