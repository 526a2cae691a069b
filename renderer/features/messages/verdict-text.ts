import type { Reading, ToldVerdict } from '#protocol/messages.ts'
import type { Tone } from '../../ui/status.tsx'

/** What is said of a signature in one line. Texts: `verdict` of messages.json. */
export type Headline = 'verified' | 'unconfirmed' | 'unknown' | 'wrong' | 'refused'

/** Only `verified` reads as good; that a key is unknown or unconfirmed is no fault of the signature's. */
export function headlineOf({ verified, reason }: ToldVerdict): Headline {
  if (verified) return 'verified'
  if (reason === 'not-trusted') return 'unconfirmed'
  if (reason === 'certificate-unknown' || reason === 'unsupported') return 'unknown'
  return reason === 'signature-wrong' ? 'wrong' : 'refused'
}

export const headlineTone = {
  verified: 'ok',
  unconfirmed: 'warning',
  unknown: 'warning',
  wrong: 'bad',
  refused: 'bad',
} as const satisfies Readonly<Record<Headline, Tone>>

/** The worst of several; a message that nobody signed is `unsigned`. */
export function summaryOf({ signatures }: Reading): Headline | 'unsigned' {
  const order: readonly Headline[] = ['verified', 'unconfirmed', 'unknown', 'refused', 'wrong']
  const found = signatures.map(headlineOf)
  if (found.length === 0) return 'unsigned'
  return found.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a))
}
