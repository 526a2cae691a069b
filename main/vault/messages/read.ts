import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import type { Reading } from '#protocol/messages.ts'
import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'
import { dearmored } from '../openpgp/armor.ts'
import { cleartextLimit, readCleartext } from '../openpgp/cleartext.ts'
import {
  decryptMessage,
  type FoundKey,
  findMessageKey,
  readSigned,
  type Sink,
  type Source,
} from '../openpgp/decrypt.ts'
import { fileSource, makeFile, type Watch } from '../openpgp/files.ts'
import { kindOf, type MessageKind } from '../openpgp/inspect.ts'
import type { OpenedMessageKey } from '../openpgp/session-keys.ts'
import { verifyDetached } from '../openpgp/verify.ts'
import type { Vault } from '../vault.ts'
import type { ReadJob } from './contract.ts'
import type { KnownKeys } from './known-keys.ts'
import { making, textSource } from './write.ts'

/** A shown text; what is longer is opened as a file. */
const shownLimit = 4 * 1024 * 1024

/** What reading needs beside the message. */
export interface Reader {
  readonly vault: Vault
  readonly known: KnownKeys
  /** Passwords that were given for earlier files of the same call: tried first. */
  readonly passwords: string[]
}

/** @param signed the text that a detached signature is over */
export async function readText(
  reader: Reader,
  message: string,
  signed: string | null,
): Promise<{ readonly text: string; readonly reading: Reading }> {
  const source = textSource(`${message.trim()}\n`)
  const kind = await kindOf(source)
  const judgement = reader.known.judgement(reader.vault.now())
  if (kind === 'detached') {
    if (signed === null) throw new LibralError('messages.document-missing')
    const verdicts = await verifyDetached([Buffer.from(signed)], source.open(), judgement)
    return { text: signed, reading: told(reader, kind, null, verdicts) }
  }
  if (kind === 'cleartext') {
    const { text, signatures } = await readCleartext(Buffer.from(message.trim()), judgement)
    return { text, reading: told(reader, kind, null, signatures) }
  }
  const sink = memory()
  const found = kind === 'encrypted' ? await keyFor(reader, binary(source), '') : null
  const reading = await readMessage(reader, kind, found, binary(source), sink)
  return { text: sink.text(), reading }
}

const binary = (source: Source): Source => ({ size: null, open: () => dearmored(source.open()) })

/** @param tell hears how far it is */
export async function readFileJob(
  reader: Reader,
  { source: from, target, replace, document }: ReadJob,
  watch: Watch,
  tell: (phase: 'checking' | 'working', done: number, total: number | null) => void,
): Promise<Reading> {
  let [pass, passes] = [0, 1]
  const onProgress = (done: number, total: number | null): void =>
    tell(pass < passes ? 'checking' : 'working', done, total)
  const source = await fileSource(from, { ...watch, onProgress })
  const quiet = await fileSource(from, watch)
  try {
    const kind = await kindOf(quiet)
    if (kind === 'detached') return await readDetached(reader, quiet, document, { ...watch, onProgress })
    if (kind === 'cleartext') return await readCleartextFile(reader, from)
    if (target === null || resolve(target) === resolve(from)) throw new LibralError('openpgp.target-exists')
    const found = kind === 'encrypted' ? await keyFor(reader, binary(quiet), from) : null
    passes = found?.version === 1 ? 2 : 1
    const counted: Source = {
      size: null,
      open: () => {
        pass++
        return dearmored(source.open())
      },
    }
    const fill = (sink: Sink): Promise<Reading> => readMessage(reader, kind, found, counted, sink)
    return await makeFile(target, fill, making(reader.vault, replace))
  } finally {
    source.close()
    quiet.close()
  }
}

/**
 * The key of an encrypted file.
 * @throws LibralError `openpgp.*`, `vault.declined`
 */
export async function openFileKey(reader: Reader, file: string): Promise<OpenedMessageKey> {
  const source = await fileSource(file)
  try {
    const found = await keyFor(reader, binary(source), file)
    if (found === null) throw new LibralError('openpgp.malformed', { what: 'not-encrypted' })
    if (found.key.by !== null) await countOpening(reader.vault, found.key.by)
    return found.key
  } finally {
    source.close()
  }
}

async function readDetached(
  reader: Reader,
  signature: Source,
  document: string | null,
  watch: Watch,
): Promise<Reading> {
  if (document === null) throw new LibralError('messages.document-missing')
  const signed = await fileSource(document, watch)
  try {
    const judgement = reader.known.judgement(reader.vault.now())
    return told(reader, 'detached', null, await verifyDetached(signed.open(), signature.open(), judgement))
  } finally {
    signed.close()
  }
}

async function readCleartextFile(reader: Reader, file: string): Promise<Reading> {
  const { size } = await stat(file)
  if (size > cleartextLimit) throw new LibralError('openpgp.too-large', { limit: cleartextLimit })
  const { signatures } = await readCleartext(await readFile(file), reader.known.judgement(reader.vault.now()))
  return told(reader, 'cleartext', null, signatures)
}

/** Opens the session key with the keyring, else with a password that is asked for. */
async function keyFor({ vault, known, passwords }: Reader, source: Source, file: string): Promise<FoundKey | null> {
  try {
    return await findMessageKey(source, { keys: known.openers, passwords })
  } catch (thrown) {
    if (!wantsPassword(thrown)) throw thrown
  }
  const { say } = vault
  const facts = file === '' ? [] : [{ label: say('fact.file'), value: file }]
  const asked = { title: say('message.open.title'), body: [say('message.open.body')], facts, accept: say('accept') }
  return vault.ask<FoundKey>({ ...asked, fields: 'one', password: true }, async (secret) => {
    const password = new TextDecoder().decode(secret)
    const found = await findMessageKey(source, { passwords: [password] }).catch((thrown: unknown) => {
      if (wantsPassword(thrown)) return null
      throw thrown
    })
    if (found !== null) passwords.push(password)
    return found
  })
}

const wantsPassword = (thrown: unknown): boolean =>
  thrown instanceof LibralError &&
  (thrown.code === 'openpgp.password-wrong' ||
    (thrown.code === 'openpgp.wrong-key' && thrown.params['password'] === true))

async function readMessage(
  reader: Reader,
  kind: MessageKind,
  found: FoundKey | null,
  source: Source,
  sink: Sink,
): Promise<Reading> {
  const judgement = reader.known.judgement(reader.vault.now())
  if (found === null) return told(reader, kind, null, (await readSigned(source, sink, judgement)).signatures)
  const { signatures } = await decryptMessage(source, sink, { sessionKeys: [found.key], judgement })
  if (found.key.by !== null) await countOpening(reader.vault, found.key.by)
  return told(reader, kind, found, signatures)
}

/** So that the window before a removal can say what becomes unreadable. */
const countOpening = (vault: Vault, fingerprint: string): Promise<void> =>
  vault.keyring().change((document) => {
    const before = document.opened[fingerprint]?.count ?? 0
    const now = { count: before + 1, at: vault.now() }
    return { ...document, opened: { ...document.opened, [fingerprint]: now } }
  })

function told(
  { known }: Reader,
  kind: MessageKind,
  found: FoundKey | null,
  signatures: readonly SignatureVerdict[],
): Reading {
  const by = found?.key.by ?? null
  return {
    kind,
    opened:
      found === null ? null : by === null ? { by: 'password' } : { by: 'key', fingerprint: by, ...known.opener(by) },
    signatures: signatures.map(known.told),
  }
}

function memory() {
  const parts: Uint8Array[] = []
  let size = 0
  return {
    write(bytes: Uint8Array): void {
      size += bytes.byteLength
      if (size > shownLimit) throw new LibralError('openpgp.too-large', { limit: shownLimit })
      parts.push(Uint8Array.from(bytes))
    },
    /** With LF between lines, as a window shows it. */
    text(): string {
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)).replaceAll('\r\n', '\n')
      } catch {
        throw new LibralError('input.not-utf8')
      }
    },
  }
}
