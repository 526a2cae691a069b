import type { ocbKinds } from '#protocol/keys.ts'
import { Ocb } from './ocb.ts'
import { holds } from './ocb-vectors.ts'

/** `fast`: ours over native AES; `stock`: openpgp.js's own, some fifty times slower. */
type OcbKind = (typeof ocbKinds)[number]

let found: OcbKind | undefined

/**
 * Which OCB this process uses. Asked for the first time (at the vault's start, or by the first message), it tries ours
 * against known answers: a runtime whose AES or whose compiler goes wrong must cost time, not data.
 */
export function ocbInUse(): OcbKind {
  found ??= holds((key) => new Ocb(key)) ? 'fast' : 'stock'
  return found
}
