import { LibralError } from '#protocol/errors.ts'
import type { Judgement } from '#trust/openpgp/judge.ts'
import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'
import { armored } from './armor.ts'
import { collect } from './byte-reader.ts'
import { hashOfSignatures, type SignOptions, signDetached } from './sign.ts'
import { readSignatures } from './verify.ts'

/** RFC 9580, section 7: text that stays readable, its signature below it. Held in memory, so bounded. */

export const begin = '-----BEGIN PGP SIGNED MESSAGE-----'
const signatureBegin = '-----BEGIN PGP SIGNATURE-----'
export const cleartextLimit = 16 * 1024 * 1024

/** What is signed: no spaces at line ends, CR LF between lines, none after the last one. */
const signedForm = (text: string): Uint8Array =>
  Buffer.from(
    text
      .split(/\r?\n/)
      .map((line) => line.replace(/[ \t\r]+$/, ''))
      .join('\r\n'),
  )

/** @returns the cleartext signed message; a line end after the last line is not covered, and is added where missing */
export async function signCleartext(text: string, options: SignOptions): Promise<string> {
  if (!text.isWellFormed()) throw new LibralError('input.not-utf8')
  const body = text.replace(/\r?\n$/, '')
  const signature = await signDetached([signedForm(body)], { ...options, text: true })
  const newer = options.signers.every(({ key }) => key.version === 6)
  const armor = Buffer.from(await collect(armored('signature', [signature], !newer), cleartextLimit)).toString()
  const escaped = body.replaceAll(/^(?=-|From )/gm, '- ')
  return `${begin}\n${newer ? '' : `Hash: ${hashOfSignatures.name}\n`}\n${escaped}\n${armor}`
}

export interface ReadCleartext {
  /** Exactly what was signed, with LF between its lines. */
  readonly text: string
  readonly signatures: readonly SignatureVerdict[]
}

/**
 * Verifies a cleartext signed message. Text before or after it is refused: it would look signed.
 * @throws LibralError `openpgp.malformed`, `openpgp.not-signed`, `openpgp.too-large`, `input.not-utf8`
 */
export async function readCleartext(message: Uint8Array, judgement: Judgement): Promise<ReadCleartext> {
  const { text, signature } = cleartextParts(message)
  const signatures = await readSignatures([Buffer.from(signature)])
  signatures.update(signedForm(text))
  return { text, signatures: await signatures.verdicts(judgement) }
}

/**
 * The text that is signed and its armored signatures, not yet verified.
 * @throws LibralError as {@link readCleartext}
 */
export function cleartextParts(message: Uint8Array): { readonly text: string; readonly signature: string } {
  if (message.byteLength > cleartextLimit) throw new LibralError('openpgp.too-large', { limit: cleartextLimit })
  const { lines, signature } = partsOf(decoded(message))
  const text = lines.map((line) => line.replace(/^- /, '').replace(/[ \t\r]+$/, '')).join('\n')
  return { text, signature }
}

function decoded(message: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(message)
  } catch {
    throw new LibralError('input.not-utf8')
  }
}

function partsOf(message: string): { readonly lines: readonly string[]; readonly signature: string } {
  const lines = message.split(/\r?\n/)
  const malformed = (what: string): LibralError => new LibralError('openpgp.malformed', { what })
  if (lines[0]?.trimEnd() !== begin) throw malformed('cleartext')
  const blank = lines.findIndex((line) => line.trim() === '')
  // Headers other than Hash could carry text that looks signed and is not.
  if (blank < 0 || lines.slice(1, blank).some((line) => !/^Hash: [A-Za-z0-9-]+(, *[A-Za-z0-9-]+)*\s*$/.test(line)))
    throw malformed('cleartext-header')
  const at = lines.findIndex((line) => line.trimEnd() === signatureBegin)
  if (at < blank) throw new LibralError('openpgp.not-signed')
  const body = lines.slice(blank + 1, at)
  if (body.some((line) => /^-(?! )/.test(line))) throw malformed('dash')
  const signature = lines.slice(at)
  const end = signature.findIndex((line) => line.startsWith('-----END'))
  if (end < 0) throw new LibralError('openpgp.truncated')
  if (signature.slice(end + 1).some((line) => line.trim() !== '')) throw malformed('after-signature')
  return { lines: body, signature: `${signature.join('\n')}\n` }
}
