import type { Failure } from '#protocol/errors.ts'
import type { Hashed, HashOrder, JudgedFrame, JudgeOrder } from '#trust/bundle/frame-work.ts'
import type { PlacedEntry } from '#trust/bundle/speaking.ts'

/** Between a verification and its threads. */
export type Question =
  | { readonly n: number; readonly hash: HashOrder }
  | { readonly n: number; readonly judge: JudgeOrder }
  | { readonly learn: PlacedEntry }

export type Answer =
  | { readonly n: number; readonly hashed: Hashed }
  | { readonly n: number; readonly judged: JudgedFrame }
  | { readonly n: number; readonly failure: Failure }
