import type { KeyEntry, RevocationReason } from '#protocol/keys.ts'

/** What revoking or removing an entry takes away, said in the vault's window before it is done. */
export interface Impact {
  /** Keys whose messages can't be opened on this machine afterwards; how often each opened one here, and when last. */
  readonly unreadable: readonly { readonly keyId: string; readonly count: number; readonly lastAt: number | null }[]
  readonly signatures: 'unaffected' | 'earlier-stay' | 'all-in-doubt'
  /** Others can no longer encrypt to it. */
  readonly closesInbox: boolean
}

/** Revoking closes the way in and leaves readable what is here; removing takes the secret keys themselves. */
export function impactOf(entry: KeyEntry, act: 'remove' | 'revoke', reason: RevocationReason): Impact {
  const living = entry.certificates.some(({ revoked }) => revoked === null)
  const readers = entry.certificates
    .flatMap(({ parts }) => parts)
    .filter(({ uses, place }) => uses.includes('encrypt') && place === 'software')
  return {
    unreadable:
      act === 'revoke' ? [] : readers.map(({ keyId, opened }) => ({ keyId, count: opened.count, lastAt: opened.at })),
    signatures: act === 'remove' ? 'unaffected' : isHard(reason) ? 'all-in-doubt' : 'earlier-stay',
    closesInbox: act === 'revoke' && living,
  }
}

/** RFC 9580, section 5.2.3.31: only retired and superseded leave what was signed before as it was. */
const isHard = (reason: RevocationReason): boolean => reason === 'compromised' || reason === 'unspecified'
