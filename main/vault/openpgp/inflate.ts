import { Readable } from 'node:stream'
import { createInflate, createInflateRaw } from 'node:zlib'
import { enums } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import { ByteReader, type Bytes } from './byte-reader.ts'

/** Below this nothing is called a bomb; above it, what grew more than so many times is. */
const harmless = 64 * 1024 * 1024
const mostGrowth = 200

/**
 * @param body of a compressed data packet
 * @throws LibralError `openpgp.too-large` for a bomb, `openpgp.malformed`, `openpgp.unsupported`,
 *   `openpgp.unsupported-bzip2` (which no certificate of ours asks for)
 */
export async function* inflated(body: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(body)
  const algorithm = await reader.byte()
  let [taken, given] = [1, 0]
  async function* input(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const part of reader.rest(64 * 1024)) {
      taken += part.byteLength
      yield part
    }
  }
  for await (const part of decompressed(algorithm, input())) {
    given += part.byteLength
    if (given > harmless && given > taken * mostGrowth)
      throw new LibralError('openpgp.too-large', { ratio: mostGrowth })
    yield part
  }
  for await (const _ of input());
}

function decompressed(algorithm: number, input: AsyncGenerator<Uint8Array, void, undefined>): Bytes {
  switch (algorithm) {
    case enums.compression.uncompressed:
      return input
    case enums.compression.zip:
      return through(createInflateRaw(), input)
    case enums.compression.zlib:
      return through(createInflate(), input)
    case enums.compression.bzip2:
      throw new LibralError('openpgp.unsupported-bzip2')
    default:
      throw new LibralError('openpgp.unsupported', { what: 'compression', id: algorithm })
  }
}

async function* through(
  inflate: ReturnType<typeof createInflate>,
  input: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Readable.from(input, { objectMode: false })
  source.on('error', (failure) => inflate.destroy(failure))
  try {
    yield* source.pipe(inflate)
  } catch (cause) {
    if (cause instanceof LibralError) throw cause
    throw new LibralError('openpgp.malformed', { what: 'compressed' }, { cause })
  } finally {
    source.unpipe(inflate)
    inflate.destroy()
  }
}
