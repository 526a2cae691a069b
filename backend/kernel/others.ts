import { LibralError } from '#protocol/errors.ts'
import type { Head, Reader, Storage, StoredChange, Wakeups } from '../storage/port.ts'
import { freshly } from './freshly.ts'
import type { KernelLog } from './module-context.ts'
import type { Served } from './served.ts'
import { traceOf } from './trace.ts'

/** A wake-up that was lost costs at most this. */
const lookMs = 250
/** Changes read at once. */
const chunk = 2_000

export interface OthersDeps {
  readonly storage: Storage
  readonly served: Served
  readonly wakeups: Wakeups
  /** Log size up to which this instance's memory has everything. */
  readonly seen: () => number
  /** Takes over changes of (seen, to] into memory; what follows from them is told from there. */
  readonly take: (changes: readonly StoredChange[], to: number) => void
  /**
   * Changes of (seen, to] are not kept any more, since this instance was away for so long: everything that memory holds is
   * read anew.
   */
  readonly reload: (to: number) => Promise<void>
  /** Another epoch of this collection is served from here on. */
  readonly swapped: (collection: string) => void
  /** This instance can't go on beside the others: only a new process, perhaps of a newer build, can. */
  readonly outdated: (reason: LibralError) => void
  readonly log: KernelLog
}

/**
 * Keeps what this instance has in memory (sessions, epochs, feed, the modules' own lists) true to what other instances
 * commit. Wake-ups make it quick; looking now and then makes it certain; and whoever must not be late asks first.
 */
export interface Others {
  /** Resolves when memory has everything that was committed before the call. @throws LibralError of the storage */
  latest(): Promise<void>
  /** Inside the one writer's transaction, before anything is decided: changes of others that memory lacks yet. */
  missed(reader: Reader, head: Head): Promise<readonly StoredChange[]>
  /** Tells the others that the log has grown. */
  publish(size: number): void
  start(): void
  stop(): void
}

/** Where one process writes there is nothing to follow. */
const alone: Others = {
  latest: async () => undefined,
  missed: async () => [],
  publish: () => undefined,
  start: () => undefined,
  stop: () => undefined,
}

export const createOthers = (deps: OthersDeps): Others => {
  if (deps.storage.engine === 'sqlite') return alone
  const { storage, seen, wakeups, log } = deps
  let silent = false
  let timer: NodeJS.Timeout | undefined
  let unsubscribe: (() => void) | undefined

  const look = async (): Promise<void> => {
    const head = await storage.head()
    await refresh(deps, storage, head)
    while (seen() < head.size) {
      const from = seen()
      const found = await stretch(storage, from, head.size)
      if (found === 'gone') {
        log.warn('kernel.reloaded', { from, to: head.size })
        await deps.reload(head.size)
        return
      }
      const { changes, to } = found
      // A commit of our own may have taken the same stretch meanwhile.
      if (seen() === from) deps.take(changes, to)
    }
  }
  const latest = freshly(look)
  const now = (): void => {
    clearTimeout(timer)
    latest()
      .then(
        () => {
          if (silent) log.info('kernel.storage-back')
          silent = false
        },
        (thrown: unknown) => {
          if (!silent) log.warn('kernel.storage-away', traceOf(thrown))
          silent = true
        },
      )
      .finally(() => {
        if (!unsubscribe) return
        clearTimeout(timer)
        timer = setTimeout(now, lookMs)
        timer.unref()
      })
  }
  return {
    latest,
    missed: async (reader, head) => {
      await refresh(deps, reader, head)
      const missed: StoredChange[] = []
      for (let from = seen(); from < head.size; ) {
        const found = await stretch(reader, from, head.size)
        // The next look reads everything anew; whoever sent this sends it again.
        if (found === 'gone') throw new LibralError('link.offline', { reason: 'too-far-behind' })
        missed.push(...found.changes)
        from = found.to
      }
      return missed
    },
    publish: wakeups.publish,
    start: () => {
      unsubscribe = wakeups.subscribe((size) => {
        if (size > seen()) now()
      })
      now()
    },
    stop: () => {
      unsubscribe?.()
      unsubscribe = undefined
      clearTimeout(timer)
    },
  }
}

interface Stretch {
  readonly changes: readonly StoredChange[]
  readonly to: number
}

/** `gone`: retention took some of them. */
const stretch = async (reader: Reader, from: number, size: number): Promise<Stretch | 'gone'> => {
  const changes = await reader.changes.after(from, size, chunk)
  if ((await reader.changes.oldest()) > from) return 'gone'
  // Fewer than asked for: that was all of it. Otherwise a read ends at a whole entry.
  return { changes, to: changes.length < chunk ? size : (changes.at(-1)?.offset ?? size) }
}

const refresh = async (
  { served, swapped, outdated }: OthersDeps,
  reader: Pick<Reader, 'collections'>,
  { collections: generation }: Head,
): Promise<void> => {
  if (generation <= served.generation()) return
  try {
    for (const collection of served.refresh(await reader.collections(), generation)) swapped(collection)
  } catch (thrown) {
    if (thrown instanceof LibralError && thrown.code === 'storage.newer-version') outdated(thrown)
    throw thrown
  }
}
