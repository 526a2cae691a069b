import { open } from 'node:fs/promises'
import type { TrustedKey } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { keyIn, namedKey } from '../trusted-keys.ts'

const mostBytes = 1024 * 1024

/**
 * Keys from a file: one certificate, or a text with one key a line (`# ` begins a remark, what follows a key is its label).
 * @throws LibralError `file.unreadable`, `input.too-large`, `bundle.no-key`, `session.certificate-*`
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
    const whole = namedKey(line)
    if (whole !== null) return { ...whole, label: '', at }
    const [first = '', ...label] = line.trim().split(/\s+/u)
    return { ...keyIn(first), label: label.join(' ').slice(0, 200), at }
  })
  if (keys.length === 0) throw new LibralError('bundle.no-key')
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
