import { LibralError } from '#protocol/errors.ts'
import { equalBytes, sha256, utf8 } from '../bytes.ts'
import { verifySync } from '../ed25519.ts'

/**
 * Signed notes (c2sp.org/signed-note): a text and lines of signatures by named keys. A reader brings the keys that it
 * trusts; lines by others are kept and mean nothing.
 */

/** Ed25519 over the text (0x01), and over the text with a time before it (0x04, c2sp.org/tlog-cosignature). */
export const noteKeyTypes = { signature: 1, cosignature: 4 } as const
export type NoteKeyType = (typeof noteKeyTypes)[keyof typeof noteKeyTypes]

export interface NoteKey {
  readonly name: string
  readonly type: NoteKeyType
  /** 32 bytes */
  readonly publicKey: Uint8Array
}

export interface NoteSignature {
  readonly name: string
  /** The key's id, 4 bytes. */
  readonly keyId: Uint8Array
  readonly bytes: Uint8Array
}

export interface Note {
  /** Ends with a line feed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export interface VerifiedBy {
  readonly key: NoteKey
  /** Of a cosignature: when, in seconds since 1970. */
  readonly time: number | null
}

export interface OpenedNote extends Note {
  /** In the order of the lines; a key stands once. */
  readonly verified: readonly VerifiedBy[]
  /** Lines by keys that the reader did not bring. */
  readonly unknown: readonly NoteSignature[]
}

const mostBytes = 1024 * 1024
const mostSignatures = 100
const dash = '— '
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const malformed = (reason: string, cause?: unknown): LibralError =>
  new LibralError('log.note-malformed', { reason }, { cause })

const isName = (text: string): boolean => text !== '' && !/[\s\u0085+]/u.test(text)

/** First 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). */
export const noteKeyId = ({ name, type, publicKey }: NoteKey): Uint8Array =>
  sha256(utf8(`${name}\n`), Uint8Array.of(type), publicKey).subarray(0, 4)

/** `name+hex of the id+base64(type ‖ public key)`, as keys are handed to reviewers. */
export const formatNoteKey = (key: NoteKey): string =>
  `${key.name}+${Buffer.from(noteKeyId(key)).toString('hex')}+${Buffer.from([key.type, ...key.publicKey]).toString('base64')}`

/** @throws LibralError `log.note-malformed` also when the id is not that of the key */
export const parseNoteKey = (text: string): NoteKey => {
  const [, name = '', id = '', material = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? []
  const bytes = fromBase64(material)
  const type = Object.values(noteKeyTypes).find((it) => it === bytes?.[0])
  if (!isName(name) || bytes?.byteLength !== 33 || type === undefined) throw malformed('key')
  const key = { name, type, publicKey: bytes.subarray(1) }
  if (Buffer.from(noteKeyId(key)).toString('hex') !== id) throw malformed('key-id')
  return key
}

/** null for anything that is not written exactly so. */
export const fromBase64 = (text: string): Uint8Array | null => {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : null
}

/**
 * Reads a note and judges nothing.
 * @throws LibralError `log.note-malformed`
 */
export const parseNote = (bytes: Uint8Array): Note => {
  if (bytes.byteLength > mostBytes) throw malformed('size')
  const whole = decode(bytes)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids them
  if (/[\u0000-\u0009\u000b-\u001f]/u.test(whole)) throw malformed('control')
  const split = whole.lastIndexOf('\n\n')
  if (split < 0 || !whole.endsWith('\n')) throw malformed('shape')
  const lines = whole.slice(split + 2, -1).split('\n')
  if (lines.length > mostSignatures) throw malformed('signatures')
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseLine) }
}

const decode = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw malformed('utf-8', cause)
  }
}

const parseLine = (line: string): NoteSignature => {
  const [name = '', encoded = '', ...more] = line.startsWith(dash) ? line.slice(dash.length).split(' ') : []
  const bytes = fromBase64(encoded)
  if (!isName(name) || more.length > 0 || bytes === null || bytes.byteLength < 5) throw malformed('signature')
  return { name, keyId: bytes.subarray(0, 4), bytes: bytes.subarray(4) }
}

/** As it is stored and sent. */
export const formatNote = ({ text, signatures }: Note): string =>
  `${text}\n${signatures.map(({ name, keyId, bytes }) => `${dash}${name} ${Buffer.concat([keyId, bytes]).toString('base64')}\n`).join('')}`

/**
 * Reads a note and checks the lines of the given keys. None of them may stand there at all: see `verified`.
 * @throws LibralError `log.note-malformed`; `log.note-forged` when a line of a given key does not verify
 */
export const openNote = (bytes: Uint8Array, keys: readonly NoteKey[]): OpenedNote => {
  const note = parseNote(bytes)
  const verified: VerifiedBy[] = []
  const unknown: NoteSignature[] = []
  for (const line of note.signatures) {
    const key = keys.find((it) => it.name === line.name && equalBytes(noteKeyId(it), line.keyId))
    if (key === undefined) unknown.push(line)
    else if (!verified.some((it) => it.key === key)) verified.push({ key, time: verifyLine(note.text, line, key) })
  }
  return { ...note, verified, unknown }
}

/** @returns the time of a cosignature, null for a plain signature */
const verifyLine = (text: string, line: NoteSignature, key: NoteKey): number | null => {
  const forged = new LibralError('log.note-forged', { name: key.name })
  if (key.type === noteKeyTypes.signature) {
    if (verifySync(key.publicKey, utf8(text), line.bytes)) return null
    throw forged
  }
  if (line.bytes.byteLength !== 72) throw forged
  const time = Number(Buffer.from(line.bytes.subarray(0, 8)).readBigUInt64BE())
  if (!Number.isSafeInteger(time)) throw forged
  if (verifySync(key.publicKey, cosignedBytes(text, time), line.bytes.subarray(8))) return time
  throw forged
}

/** What a cosigner signs: that it saw this text as the newest of its log, then. */
export const cosignedBytes = (text: string, time: number): Uint8Array => utf8(`cosignature/v1\ntime ${time}\n${text}`)
