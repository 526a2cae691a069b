import { open } from 'node:fs/promises'
import type { TrustedKey } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { formatNoteKey, noteKeyTypes, parseNoteKey } from '#trust/tlog/note.ts'

/** What a person enters as one to trust: a log's or a witness's key, or the fingerprint of a certificate. */
type NamedKey = Pick<TrustedKey, 'kind' | 'key'>

const fingerprint = /^([0-9a-f]{40}|[0-9a-f]{64})$/

const parsed = (text: string): NamedKey | null => {
  const hex = text.replaceAll(/[\s:]/gu, '').toLowerCase()
  if (fingerprint.test(hex)) return { kind: 'certificate', key: hex }
  try {
    const key = parseNoteKey(text.trim())
    return { kind: key.type === noteKeyTypes.signature ? 'log' : 'witness', key: formatNoteKey(key) }
  } catch {
    return null
  }
}

/**
 * Reads a typed key: `NAME+ID+BASE64` (c2sp.org/signed-note), or a fingerprint in hexadecimal with any spaces.
 * @throws LibralError `review.key-malformed`
 */
export const parseTrustedKey = (text: string): NamedKey => {
  const key = parsed(text)
  if (key === null) throw new LibralError('review.key-malformed')
  return key
}

const mostBytes = 1024 * 1024

/**
 * Keys from a file: one certificate, or a text with one key a line (`# ` begins a remark, what follows a key is its label).
 * @throws LibralError `file.unreadable`, `input.too-large`, `review.key-malformed`, `session.certificate-*`
 */
export const readTrustedKeys = async (file: string, at: number): Promise<readonly TrustedKey[]> => {
  const bytes = await readBounded(file)
  const text = bytes.toString('utf8')
  if (text.includes('-----BEGIN PGP') || ((bytes[0] ?? 0) & 0x80) !== 0) {
    // Reading certificates brings all of OpenPGP along.
    const { readCertificate } = await import('#trust/openpgp/certificate.ts')
    const facts = await readCertificate(bytes, at)
    return [{ kind: 'certificate', key: facts.fingerprint, label: (facts.userIds[0] ?? '').slice(0, 200), at }]
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const keys = lines.map((line) => {
    const whole = parsed(line)
    if (whole !== null) return { ...whole, label: '', at }
    const [first = '', ...label] = line.trim().split(/\s+/u)
    return { ...parseTrustedKey(first), label: label.join(' ').slice(0, 200), at }
  })
  if (keys.length === 0) throw new LibralError('review.key-malformed')
  return keys
}

const readBounded = async (file: string): Promise<Buffer> => {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new LibralError('file.unreadable', {}, { cause })
  })
  try {
    const { size } = await handle.stat()
    if (size > mostBytes) throw new LibralError('input.too-large', { bytes: size, limit: mostBytes })
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
