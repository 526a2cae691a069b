import { utf8 } from '../bytes.ts'
import type { Signer } from '../ed25519.ts'
import { cosignedBytes, type Note, type NoteKeyType, type NoteSignature, noteKeyId, noteKeyTypes } from './note.ts'

const keyIdFor = (name: string, type: NoteKeyType, { publicKey }: Signer): Uint8Array =>
  noteKeyId({ name, type, publicKey })

/** A line by the log's own key. */
export const signNote = (text: string, name: string, signer: Signer): NoteSignature => ({
  name,
  keyId: keyIdFor(name, noteKeyTypes.signature, signer),
  bytes: signer.sign(utf8(text)),
})

/** A line by a witness; its key must sign nothing else. @param time seconds since 1970 */
export const cosignNote = (text: string, name: string, signer: Signer, time: number): NoteSignature => {
  const stamp = Buffer.alloc(8)
  stamp.writeBigUInt64BE(BigInt(time))
  const bytes = Buffer.concat([stamp, signer.sign(cosignedBytes(text, time))])
  return { name, keyId: keyIdFor(name, noteKeyTypes.cosignature, signer), bytes: new Uint8Array(bytes) }
}

/** The note with one line more, in the place of an older one by the same key. */
export const withSignature = (note: Note, line: NoteSignature): Note => ({
  text: note.text,
  signatures: [
    ...note.signatures.filter((it) => it.name !== line.name || Buffer.compare(it.keyId, line.keyId) !== 0),
    line,
  ],
})
