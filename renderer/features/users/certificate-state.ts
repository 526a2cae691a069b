import type { CertificateRow } from '#protocol/certificates.ts'
import type { Tone } from '../../ui/status.tsx'

export type CertificateState = CertificateRow['state'] | 'expired'

export const stateTone = {
  valid: 'ok',
  expired: 'bad',
  retired: 'off',
  compromised: 'bad',
} as const satisfies Readonly<Record<CertificateState, Tone>>

export const stateOf = ({ state, expiresAt }: Pick<CertificateRow, 'state' | 'expiresAt'>, now: number) =>
  state === 'valid' && expiresAt !== null && expiresAt <= now ? 'expired' : state

/** How what a person pasted compares with the whole fingerprint: part of one proves nothing. */
export const compared = (pasted: string, fingerprint: string): 'empty' | 'same' | 'other' => {
  const digits = pasted
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^\s*(0x|openpgp4fpr:)/, '')
    .replace(/[\s:-]/g, '')
  if (digits === '') return 'empty'
  return digits === fingerprint ? 'same' : 'other'
}
