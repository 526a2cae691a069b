import type { KeyEntry, KeyState } from '#protocol/keys.ts'
import type { Tone } from '../../ui/status.tsx'

export const stateTone = {
  valid: 'ok',
  expiring: 'warning',
  expired: 'bad',
  revoked: 'bad',
  broken: 'bad',
} as const satisfies Readonly<Record<KeyState, Tone>>

/** Groups of four digits, as they are read out. */
export const grouped = (fingerprint: string): string => (fingerprint.toUpperCase().match(/.{4}/g) ?? []).join(' ')

/** Name, address or fingerprint (spaces or not) contain the words. */
export const matches = (entry: KeyEntry, search: string): boolean => {
  const wanted = search.normalize('NFKC').trim().toLowerCase()
  const digits = wanted.replace(/\s/g, '')
  if (wanted === '') return true
  return entry.certificates.some(
    ({ parts, userIds }) =>
      userIds.some(({ text }) => text.normalize('NFKC').toLowerCase().includes(wanted)) ||
      parts.some(({ fingerprint }) => digits.length >= 4 && fingerprint.includes(digits)),
  )
}
