import { LibralError } from '#protocol/errors.ts'
import type { Judgement } from '#trust/openpgp/judge.ts'
import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'
import { ByteReader, type Bytes } from './byte-reader.ts'
import type { OpenedSessionKey } from './key-access.ts'
import { PendingSignatures } from './pending-signatures.ts'
import { type LiteralHead, type MessageEvents, readMessage } from './read-message.ts'
import { checkSeipd1, openSeipd1, seipd1Starts } from './seipd1.ts'
import { openSeipd2 } from './seipd2.ts'
import { type OpenedMessageKey, type Openers, openSessionKey, type SessionKeyPackets } from './session-keys.ts'

/** Something that can be read from the start as often as it takes: a file, or bytes. */
export interface Source {
  /** In bytes; null where it is not known. */
  readonly size: number | null
  open(): Bytes
}

/** Where the document goes. What it got is worth nothing before `decryptMessage` has returned. */
export interface Sink {
  /** The bytes are the sink's own from then on. */
  write(bytes: Uint8Array): Promise<void> | void
}

export interface ReadDocument {
  readonly head: LiteralHead
  /** One for each signature, in the order in which they stand; empty: nobody signed. */
  readonly signatures: readonly SignatureVerdict[]
}

export interface DecryptedDocument extends ReadDocument {
  /** null where the message was not encrypted at all */
  readonly sessionKey: OpenedMessageKey | null
}

export interface DecryptOptions extends Openers {
  readonly judgement: Judgement
  /** An unencrypted message is refused unless this says otherwise. */
  readonly plainToo?: boolean
}

/**
 * Decrypts a binary message (see armor.ts for text) and judges its signatures. Version 2 data is authenticated chunk by
 * chunk; version 1 data is read twice, the first time for its digest alone, so that the sink never gets a byte that was
 * not authenticated. Both can still turn out truncated or malformed at the end: only a returned value counts.
 * @throws LibralError of the area `openpgp`
 */
export async function decryptMessage(source: Source, sink: Sink, options: DecryptOptions): Promise<DecryptedDocument> {
  const check = new Decryption(options, null)
  const first = await check.run(source, sink)
  if (first !== 'again') return first
  const second = await new Decryption(options, check.sessionKey).run(source, sink)
  if (second === 'again') throw new LibralError('openpgp.malformed', { what: 'encrypted' })
  return second
}

export interface FoundKey {
  readonly key: OpenedMessageKey
  /** Of the encrypted data; version 1 is read twice. */
  readonly version: 1 | 2
}

/**
 * Opens the session key alone and reads no further: who has to be asked for a PIN or a password is asked once, before
 * the work begins. Give the key to {@link decryptMessage} as one of its `sessionKeys`.
 * @returns null where the message is not encrypted
 * @throws LibralError `openpgp.wrong-key`, `openpgp.password-wrong` and what reading a message throws
 */
export async function findMessageKey(source: Source, openers: Openers): Promise<FoundKey | null> {
  const found: FoundKey[] = []
  const stop = Symbol('found')
  const find = async (keys: SessionKeyPackets, body: Bytes): Promise<never> => {
    const reader = new ByteReader(body)
    const version = await reader.byte()
    found.push({ key: await keyFor(version, keys, openers, reader), version: version === 2 ? 2 : 1 })
    throw stop
  }
  const decrypt = (keys: SessionKeyPackets, body: Bytes): Bytes => ({
    [Symbol.asyncIterator]: () => ({ next: () => find(keys, body) }),
  })
  try {
    const plain = (): never => {
      throw stop
    }
    await readMessage(source.open(), { signatures: new PendingSignatures(), head: plain, data: plain, decrypt })
  } catch (thrown) {
    if (thrown !== stop) throw thrown
  }
  return found[0] ?? null
}

/** The session key of encrypted data of a version; the reader stands behind the version's octet. */
async function keyFor(
  version: number,
  keys: SessionKeyPackets,
  openers: Openers,
  reader: ByteReader,
): Promise<OpenedMessageKey> {
  if (version === 2) {
    const [cipher = 0] = await reader.peek(3)
    const fits = async ({ algorithm }: OpenedSessionKey): Promise<boolean> => algorithm === null || algorithm === cipher
    return { ...(await openSessionKey(keys, openers, 2, fits)), algorithm: cipher }
  }
  if (version !== 1) throw new LibralError('openpgp.unsupported', { what: 'encryption', id: version })
  const start = await reader.peek(18)
  const fits = async ({ algorithm, data }: OpenedSessionKey): Promise<boolean> =>
    algorithm !== null && seipd1Starts(start, algorithm, data)
  return openSessionKey(keys, openers, 1, fits)
}

/** Verifies a signed message that is not encrypted (`inline`), handing its document to the sink. */
export async function readSigned(source: Source, sink: Sink, judgement: Judgement): Promise<ReadDocument> {
  const signatures = new PendingSignatures()
  let head: LiteralHead = { text: false, filename: '' }
  await readMessage(source.open(), {
    signatures,
    head: (it) => {
      head = it
    },
    data: (bytes) => sink.write(bytes),
  })
  if (signatures.count === 0) throw new LibralError('openpgp.not-signed')
  return { head, signatures: await signatures.verdicts(judgement) }
}

/** Thrown through the reader when the first pass over version 1 data is done. */
const checked = Symbol('checked')

class Decryption {
  sessionKey: OpenedMessageKey | null
  readonly #options: DecryptOptions
  readonly #checked: boolean
  #layers = 0

  /** @param checkedWith the session key under which a first pass found version 1 data whole */
  constructor(options: DecryptOptions, checkedWith: OpenedMessageKey | null) {
    this.#options = options
    this.sessionKey = checkedWith
    this.#checked = checkedWith !== null
  }

  async run(source: Source, sink: Sink): Promise<DecryptedDocument | 'again'> {
    const signatures = new PendingSignatures()
    let head: LiteralHead = { text: false, filename: '' }
    const events: MessageEvents = {
      signatures,
      head: (it) => {
        head = it
      },
      data: (bytes) => {
        if (this.#layers === 0 && this.#options.plainToo !== true)
          throw new LibralError('openpgp.malformed', { what: 'not-encrypted' })
        return sink.write(bytes)
      },
      decrypt: (keys, body) => this.#decrypt(keys, body),
    }
    try {
      await readMessage(source.open(), events)
    } catch (thrown) {
      if (thrown === checked) return 'again'
      throw thrown
    }
    if (this.#layers === 0 && this.#options.plainToo !== true)
      throw new LibralError('openpgp.malformed', { what: 'not-encrypted' })
    return { head, signatures: await signatures.verdicts(this.#options.judgement), sessionKey: this.sessionKey }
  }

  async *#decrypt(keys: SessionKeyPackets, body: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
    // Data inside data under another key: RFC 9580 allows it, nobody makes it, and two passes would multiply.
    if (this.#layers++ > 0) throw new LibralError('openpgp.too-deep', { limit: 1 })
    const reader = new ByteReader(body)
    const version = await reader.byte()
    if (this.#checked && this.sessionKey !== null && version === 1)
      return yield* openSeipd1(reader, this.sessionKey.algorithm ?? 0, this.sessionKey.data)
    this.sessionKey = await keyFor(version, keys, this.#options, reader)
    if (version === 2) return yield* openSeipd2(reader, this.sessionKey.data)
    await checkSeipd1(reader, this.sessionKey.algorithm ?? 0, this.sessionKey.data)
    throw checked
  }
}
