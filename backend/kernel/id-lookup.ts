import type { CommandId } from '#protocol/ids.ts'
import type { Reader, StoredOutcome } from '../storage/port.ts'

/** Looks a command id up; many that ask in the same turn share one read. */
export type IdLookup = (id: CommandId) => Promise<StoredOutcome | undefined>

const most = 512

interface Asked {
  readonly id: CommandId
  readonly resolve: (found: StoredOutcome | undefined) => void
  readonly reject: (reason: unknown) => void
}

export const createIdLookup = (storage: Reader): IdLookup => {
  let asked: Asked[] = []
  const flush = async (): Promise<void> => {
    const batch = asked
    asked = []
    try {
      const found = await storage.entries.byIds(batch.map(({ id }) => id))
      for (const { id, resolve } of batch) resolve(found.get(id))
    } catch (reason) {
      for (const { reject } of batch) reject(reason)
    }
  }
  return (id) =>
    new Promise((resolve, reject) => {
      asked.push({ id, resolve, reject })
      if (asked.length === 1) setImmediate(flush)
      else if (asked.length === most) void flush()
    })
}
