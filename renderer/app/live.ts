import { useSyncExternalStore } from 'react'

/** A value that main keeps pushing. It is opened at the first subscriber and stays for the window's life. */
export interface Live<T> {
  readonly get: () => T
  readonly subscribe: (listener: () => void) => () => void
}

const reopenAfterMs = 1_000

/**
 * @param open starts the stream; called again a second after it ends or fails
 * @param initial what is shown before the first item
 * @param reduce the next value, given the present one and an item
 */
export const live = <T, Item>(
  open: () => Promise<AsyncIterable<Item>>,
  initial: T,
  reduce: (now: T, item: Item) => T,
): Live<T> => {
  let value = initial
  let opened = false
  const listeners = new Set<() => void>()
  const follow = async (): Promise<void> => {
    try {
      for await (const item of await open()) {
        value = reduce(value, item)
        for (const listener of listeners) listener()
      }
    } catch {
      // Main ended the stream; it is asked again below.
    }
    setTimeout(() => void follow(), reopenAfterMs)
  }
  return {
    get: () => value,
    subscribe: (listener) => {
      listeners.add(listener)
      if (!opened) {
        opened = true
        void follow()
      }
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** The latest item of a stream, `null` before the first. */
export const latest = <Item>(open: () => Promise<AsyncIterable<Item>>): Live<Item | null> =>
  live<Item | null, Item>(open, null, (_, item) => item)

export const useLive = <T>(store: Live<T>): T => useSyncExternalStore(store.subscribe, store.get)

/** A value that this window itself sets. */
export interface Cell<T> extends Live<T> {
  readonly set: (next: T | ((now: T) => T)) => void
}

export const cell = <T>(initial: T): Cell<T> => {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set: (next) => {
      value = typeof next === 'function' ? (next as (now: T) => T)(value) : next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
