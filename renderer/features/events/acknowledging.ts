import { cell, useLive } from '../../app/live.ts'
import { desktopState, sentCommands } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'

interface Batch {
  readonly id: string | null
  readonly keys: readonly string[]
}

const perCommand = 100
const batches = cell<readonly Batch[]>([])
const settled: ReadonlySet<string> = new Set(['refused', 'expired', 'unknown'])

/** Splits into what one command carries. */
export const inCommands = (keys: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(keys.length / perCommand) }, (_, nth) =>
    keys.slice(nth * perCommand, (nth + 1) * perCommand),
  )

/** Keys whose acknowledgement is on its way: shown at once, and taken back when it was refused. */
export const useAcknowledging = (): ReadonlySet<string> => {
  const sent = useLive(sentCommands)
  const held = useLive(batches)
  const failed = new Set(sent.filter(({ state }) => settled.has(state)).map(({ id }) => id as string))
  return new Set(held.filter(({ id }) => id === null || !failed.has(id)).flatMap(({ keys }) => keys))
}

const send = async (keys: readonly string[], note: string): Promise<boolean> => {
  const batch: Batch = { id: null, keys }
  batches.set((now) => [...now, batch])
  const sent = await submit('events.acknowledge', { keys: [...keys], note })
  const done = sent !== null && !settled.has(sent.state)
  batches.set((now) => now.flatMap((it) => (it === batch ? (done ? [{ id: sent.id, keys }] : []) : [it])))
  return done
}

/** Acknowledges events with a note. The log settles it: rows read 確認済み for good when its entry has come back. */
export const acknowledge = async (keys: readonly string[], note: string): Promise<void> => {
  for (const part of inCommands(keys)) {
    const done = await send(part, note.trim())
    if (!done && desktopState.get()?.link.state === 'live') return
  }
}
