import { decryptMessage, findMessageKey, type Sink, type Source } from '#main/vault/openpgp/decrypt.ts'
import type { Openers } from '#main/vault/openpgp/session-keys.ts'
import { binaryOf } from '#main/vault/stateless/inline.ts'
import { judgedBy } from '#main/vault/stateless/material.ts'
import { LibralError } from '#protocol/errors.ts'
import type { BundleFile } from './file.ts'

/**
 * The bundle inside an OpenPGP message, decrypted anew each time that it is read: nothing of it is written anywhere. Its
 * key is opened once, so that whoever holds it is asked once.
 * @throws LibralError `openpgp.wrong-key` and what reading a message throws; while it is read, too
 */
export const encryptedBundle = async (file: BundleFile, openers: Openers): Promise<BundleFile> => {
  const source: Source = binaryOf({ size: file.size, open: file.open })
  const found = await findMessageKey(source, openers)
  if (found === null) throw new LibralError('bundle.not-a-bundle')
  const options = { sessionKeys: [found.key], judgement: judgedBy([], Date.now()) }
  return { size: file.size, open: () => pulled((sink) => decryptMessage(source, sink, options)) }
}

/** What is pushed into a sink, as somebody asks for it; only when all of it was pushed does it end well. */
async function* pulled(push: (sink: Sink) => Promise<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  // Who stops asking makes the next push fail, which ends the work.
  push({ write: (bytes) => writer.write(bytes) })
    .then(() => writer.close())
    .catch((thrown: unknown) => writer.abort(thrown).catch(() => undefined))
  yield* readable
}
