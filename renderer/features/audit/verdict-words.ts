import type { TFunction } from 'i18next'
import type { BundleVerdict } from '#protocol/bundle.ts'
import { integer } from '../../format/number.ts'

/** Whether a person who entered keys could make more of it: what only doubts keep back, no key does. */
export const wantsKeys = ({ keys, outcome }: Pick<BundleVerdict, 'keys' | 'outcome'>): boolean =>
  outcome === 'unconfirmed' && keys.some(({ kind, standing }) => kind !== 'witness' && standing === 'unconfirmed')

/** The verdict's name in the texts. */
export const wordsFor = (verdict: Pick<BundleVerdict, 'keys' | 'outcome' | 'doubts'>) =>
  verdict.outcome === 'unconfirmed' && verdict.doubts.length > 0 && !wantsKeys(verdict) ? 'doubted' : verdict.outcome

/** Which entries rest on a certificate that is in doubt. */
export const doubtfulEntries = (t: TFunction<'review'>, doubt: BundleVerdict['doubts'][number]): string => {
  const [first, last, text] = [doubt.first, doubt.last, doubt.entries].map(integer)
  return doubt.entries === 1 ? t('entry.number', { text: first }) : t('doubts.range', { first, last, text })
}
