import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { LibralError } from '#protocol/errors.ts'
import type { Envelope, MessagePlan, Signing } from '#protocol/messages.ts'
import { armored } from '../openpgp/armor.ts'
import { type Bytes, collect } from '../openpgp/byte-reader.ts'
import { cleartextLimit, signCleartext } from '../openpgp/cleartext.ts'
import type { Source } from '../openpgp/decrypt.ts'
import { type EncryptOptions, encryptMessage } from '../openpgp/encrypt.ts'
import { fileSource, type Watch, writeFileFrom } from '../openpgp/files.ts'
import type { SigningAccess } from '../openpgp/key-access.ts'
import { signDetached, signedMessage } from '../openpgp/sign.ts'
import type { Vault } from '../vault.ts'
import type { FileJob } from './contract.ts'
import { noteDraft } from './drafts.ts'
import type { KnownKeys } from './known-keys.ts'

/** An armored text may be a third longer than what it holds, and its signatures come on top. */
const outputLimit = 16 * 1024 * 1024

export const textSource = (text: string): Source => {
  const bytes = Buffer.from(text)
  return { size: bytes.byteLength, open: () => [bytes] }
}

export const textOf = async (bytes: Bytes): Promise<string> => Buffer.from(await collect(bytes, outputLimit)).toString()

/** What is signed for whom, as a plan takes it. */
export const envelopeOf = ({ identity, audience }: Signing): Envelope => ({
  recipients: [],
  identity,
  sign: true,
  toSelf: false,
  password: false,
  audience,
})

/** What a settled plan makes of the keyring. */
export function encryptOptions(known: KnownKeys, plan: MessagePlan, passwords: readonly string[]): EncryptOptions {
  const readers = [...plan.recipients, ...(plan.self === null ? [] : [plan.self])].map(({ fingerprint }) => fingerprint)
  const chosen = new Set(readers.filter((it) => it !== null))
  return {
    recipients: [...chosen].map((it) => known.certificate(it)),
    passwords,
    signers: signersOf(known, plan),
    forGnupg: plan.format === 'seipd1',
  }
}

export const signersOf = (known: KnownKeys, { signer }: MessagePlan): SigningAccess[] =>
  signer?.fingerprint == null ? [] : [known.signer(signer.fingerprint)]

/** Armor for programs of version 4 carries a checksum; RFC 9580 forbids it for version 6. */
export const armoredMessage = (message: Bytes, plan: MessagePlan): Bytes =>
  armored('message', message, plan.format === 'seipd1')

/** Encrypts one file into another. */
export async function encryptFile(
  vault: Vault,
  { source: from, target, replace }: FileJob,
  options: EncryptOptions,
  wrap: (message: Bytes) => Bytes,
  watch: Watch,
): Promise<void> {
  await withSource(from, target, watch, (source) =>
    writeFileFrom(
      target,
      wrap(encryptMessage(source, { ...options, filename: basename(from) })),
      making(vault, replace),
    ),
  )
}

/** Signs a text. @throws LibralError `openpgp.signer-unusable` */
export async function signText(
  text: string,
  form: Signing['form'],
  signers: readonly SigningAccess[],
): Promise<string> {
  if (form === 'cleartext') return signCleartext(text, { signers })
  const source = textSource(text)
  const older = isOlder(signers)
  if (form === 'inline') return textOf(armored('message', signedMessage(source, { signers, text: true }), older))
  return textOf(armored('signature', [await signDetached(source.open(), { signers, text: true })], older))
}

const isOlder = (signers: readonly SigningAccess[]): boolean => signers.some(({ key }) => key.version !== 6)

/** Signs one file into another: a signature apart from it, or a message that holds both. */
export async function signFile(
  vault: Vault,
  { source: from, target, replace }: FileJob,
  { form }: Signing,
  asText: boolean,
  signers: readonly SigningAccess[],
  watch: Watch,
): Promise<void> {
  const armor = (kind: 'message' | 'signature', bytes: Bytes): Bytes =>
    asText ? armored(kind, bytes, isOlder(signers)) : bytes
  await withSource(from, target, watch, async (source) => {
    const made =
      form === 'cleartext'
        ? [Buffer.from(await signCleartext(await readText(from), { signers }))]
        : form === 'inline'
          ? armor('message', signedMessage(source, { signers, filename: basename(from) }))
          : armor('signature', [await signDetached(source.open(), { signers })])
    await writeFileFrom(target, made, making(vault, replace))
  })
}

/** @throws LibralError `input.not-utf8`, `openpgp.too-large` */
async function readText(file: string): Promise<string> {
  const { size } = await stat(file)
  if (size > cleartextLimit) throw new LibralError('openpgp.too-large', { limit: cleartextLimit })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch {
    throw new LibralError('input.not-utf8')
  }
}

export const making = ({ directory }: Vault, replace: boolean) => ({
  replace,
  note: (temporary: string) => noteDraft(directory, temporary),
})

/** Reads a file that is not the one to be made. @throws LibralError `openpgp.target-exists` */
async function withSource<T>(from: string, to: string, watch: Watch, use: (source: Source) => Promise<T>): Promise<T> {
  if (resolve(from) === resolve(to)) throw new LibralError('openpgp.target-exists')
  const source = await fileSource(from, watch)
  try {
    return await use(source)
  } finally {
    source.close()
  }
}
