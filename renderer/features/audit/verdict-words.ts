import type { BundleVerdict } from '#protocol/bundle.ts'

/** Whether a person who entered keys could make more of it: what only doubts keep back, no key does. */
export const wantsKeys = ({ keys, outcome }: Pick<BundleVerdict, 'keys' | 'outcome'>): boolean =>
  outcome === 'unconfirmed' && keys.some(({ kind, standing }) => kind !== 'witness' && standing === 'unconfirmed')

/** The verdict's name in the texts. */
export const wordsFor = (verdict: Pick<BundleVerdict, 'keys' | 'outcome' | 'doubts'>) =>
  verdict.outcome === 'unconfirmed' && verdict.doubts.length > 0 && !wantsKeys(verdict) ? 'doubted' : verdict.outcome
