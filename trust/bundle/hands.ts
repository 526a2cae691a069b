import { createFrameWork, type Hashed, type HashOrder, type JudgedFrame, type JudgeOrder } from './frame-work.ts'
import type { PlacedEntry } from './speaking.ts'

/** Who does the work of frames: this thread, or several. Memory of what is handed over is theirs. */
export interface Hands {
  /** How many frames may be under way at once. */
  readonly width: number
  hash(order: HashOrder): Promise<Hashed>
  /** Told to everyone. */
  learn(entry: PlacedEntry): void
  /** @param speaking entries of this very frame that say something of keys: everyone else has to hear them */
  judge(order: JudgeOrder, speaking: readonly PlacedEntry[]): Promise<JudgedFrame>
  /** Forgets what was learnt. */
  close(): Promise<void>
}

/** On this thread: enough for a certificate, and for tests. */
export const ownHands = (): Hands => {
  const work = createFrameWork()
  return {
    width: 2,
    hash: async (order) => work.hash(order),
    learn: work.learn,
    judge: (order) => work.judge(order),
    close: async () => {},
  }
}
