import { coalesce } from './coalesce.ts'
import type { Dispose } from './desk.ts'

/** Windows pace themselves by their frames; this only keeps a flood of small commits from becoming one of messages. */
const everyMs = 4

/** Who wants to hear of which collections. */
export interface ChangeWatch {
  onChange(collections: readonly string[], listener: (offset: number) => void): Dispose
  changed(collections: readonly string[], offset: number): void
  listeners(): number
  close(): void
}

interface Watcher {
  readonly collections: ReadonlySet<string>
  readonly tick: () => void
  readonly cancel: () => void
}

export const createChangeWatch = (): ChangeWatch => {
  const watchers = new Set<Watcher>()
  let reached = 0

  return {
    onChange: (collections, listener) => {
      const { ask, cancel } = coalesce(everyMs, () => listener(reached))
      const watcher: Watcher = { collections: new Set(collections), tick: ask, cancel }
      watchers.add(watcher)
      return () => {
        cancel()
        watchers.delete(watcher)
      }
    },
    changed: (collections, offset) => {
      reached = Math.max(reached, offset)
      for (const watcher of [...watchers]) {
        if (collections.some((name) => watcher.collections.has(name))) watcher.tick()
      }
    },
    listeners: () => watchers.size,
    close: () => {
      for (const { cancel } of watchers) cancel()
      watchers.clear()
    },
  }
}
