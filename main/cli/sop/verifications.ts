import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'
import { dateIn, type SopArguments } from './arguments.ts'
import type { Certificates } from './material.ts'

export interface Period {
  readonly from: number
  readonly to: number
}

/** `--not-before` and `--not-after`, or those with `verify-` in front. */
export function periodIn({ values }: SopArguments, prefix = ''): Period {
  const now = Date.now()
  const given = (name: string): string | undefined => values.get(`${prefix}${name}`)?.at(-1)
  return {
    from: dateIn(given('not-before'), Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, now),
    to: dateIn(given('not-after'), Number.POSITIVE_INFINITY, now, now),
  }
}

/**
 * The VERIFICATIONS of what counts: time, signing key, primary key, mode, and as JSON the files that named the signer.
 * A signature of this very second still counts as before `now`.
 */
export function verificationLines(
  verdicts: readonly SignatureVerdict[],
  { from, to }: Period,
  { sources }: Certificates,
): string[] {
  return verdicts.flatMap(({ verified, at, signer, text }) => {
    if (!verified || at === null || signer === null || at < from || at > to + 1_000) return []
    const time = `${new Date(at).toISOString().slice(0, 19)}Z`
    const more = JSON.stringify({ signers: sources.get(signer.certificate) ?? [] })
    return [`${time} ${signer.fingerprint} ${signer.certificate} mode:${text ? 'text' : 'binary'} ${more}\n`]
  })
}
