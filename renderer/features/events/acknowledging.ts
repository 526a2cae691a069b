import { useSyncExternalStore } from 'react'
import type { SentCommand } from '#protocol/desktop.ts'
import { cell } from '../../app/live.ts'
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

const failedOf = (sent: readonly SentCommand[]): ReadonlySet<string> =>
  new Set(sent.filter(({ state }) => settled.has(state)).map(({ id }) => id))

/** Made anew only when a batch began, ended or failed: other commands come and go a hundred times a second. */
let made: { readonly held: readonly Batch[]; readonly on: number; readonly keys: ReadonlySet<string> } = {
  held: [],
  on: 0,
  keys: new Set(),
}
const current = (): ReadonlySet<string> => {
  const held = batches.get()
  if (held === made.held && held.length === 0) return made.keys
  const failed = failedOf(sentCommands.get())
  const on = held.filter(({ id }) => id === null || !failed.has(id))
  if (held === made.held && on.length === made.on) return made.keys
  made = { held, on: on.length, keys: new Set(on.flatMap(({ keys }) => keys)) }
  return made.keys
}
const subscribe = (listener: () => void): (() => void) => {
  const ends = [sentCommands.subscribe(listener), batches.subscribe(listener)]
  return () => {
    for (const end of ends) end()
  }
}

/** Keys whose acknowledgement is on its way: shown at once, and taken back when it was refused. */
export const useAcknowledging = (): ReadonlySet<string> => useSyncExternalStore(subscribe, current)

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
