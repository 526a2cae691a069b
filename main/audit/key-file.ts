import { readBounded } from '#main/settings/bounded-file.ts'
import type { TrustedKey } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import { keyIn, namedKey } from './trusted-keys.ts'

const mostBytes = 1024 * 1024

/**
 * Keys from a file, for the app and `libral` alike: certificates, armored or not, also those that have expired since; or a
 * text with one key a line (`#` begins a remark, what follows a key is its label).
 * @param label for all of them; without one they get what the file calls them
 * @throws LibralError `file.unreadable`, `input.too-large`, `bundle.no-key`, `keys.not-a-key`
 */
export const readTrustedKeys = async (file: string, at: number, label = ''): Promise<readonly TrustedKey[]> => {
  const called = (name: string): string => (label === '' ? name : label).slice(0, 200)
  const bytes = await readBounded(file, mostBytes)
  const text = bytes.toString('utf8')
  if (text.includes('-----BEGIN PGP') || ((bytes[0] ?? 0) & 0x80) !== 0) {
    // Reading certificates brings all of OpenPGP along.
    const { readCertificates } = await import('#main/vault/stateless/material.ts')
    return (await readCertificates(bytes)).map((certificate) => ({
      ...{ kind: 'certificate', key: certificate.getFingerprint(), at },
      label: called(certificate.getUserIDs()[0] ?? ''),
    }))
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const keys = lines.map((line) => {
    const whole = namedKey(line)
    if (whole !== null) return { ...whole, label: called(''), at }
    const [first = '', ...name] = line.trim().split(/\s+/u)
    return { ...keyIn(first), label: called(name.join(' ')), at }
  })
  if (keys.length === 0) throw new LibralError('bundle.no-key')
  return keys
}
