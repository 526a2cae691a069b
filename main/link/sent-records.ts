import type { SentRecord } from '#main/replica/messages.ts'
import { commandsByName } from '#protocol/catalogue.ts'
import { type SentCommand, sentCap } from '#protocol/desktop.ts'
import { coalesce } from './coalesce.ts'
import type { Dispose } from './desk.ts'

const tellEveryMs = 50
/** How long what need not be durable at once waits for a write that has to be. */
const noteMs = 100

/** The commands of this desktop, newest last: in memory for the windows, on disk for the next start. */
export interface SentRecords {
  all(): readonly SentRecord[]
  get(id: string): SentRecord | undefined
  /** Shown at once; resolves when it is durable. Writes that come together share one. */
  put(record: SentRecord): Promise<void>
  /** Shown at once, written with the next that has to be durable, or soon: asking again would tell the same. */
  note(record: SentRecord): void
  shown(): readonly SentCommand[]
  onChange(listener: (sent: readonly SentCommand[]) => void): Dispose
  listeners(): number
  close(): void
}

/** Neither decided nor given up. */
export const isPending = ({ state }: Pick<SentCommand, 'state'>): boolean =>
  state === 'queued' || state === 'sent' || state === 'unknown'

export const shownOf = ({ signed: _signed, ...rest }: SentRecord): SentCommand => rest

/**
 * What a command said of a person is needed for as long as it may have to be sent again, and not a moment longer: the
 * backend has sealed it, or nobody will.
 */
export const withoutPersonal = (record: SentRecord): SentRecord => {
  if (isPending(record) || !commandsByName.get(record.command)?.seals) return record
  return { ...record, signed: { ...record.signed, params: {}, salt: 'A'.repeat(22) } }
}

export const createSentRecords = (
  stored: readonly SentRecord[],
  store: (records: readonly SentRecord[]) => Promise<void>,
): SentRecords => {
  const records = new Map<string, SentRecord>(stored.map((record) => [record.id, record]))
  const listeners = new Set<(sent: readonly SentCommand[]) => void>()
  let waiting = new Map<string, SentRecord>()
  let writing: Promise<void> | null = null
  let next: Promise<void> | null = null
  let noting: NodeJS.Timeout | null = null

  const shown = (): readonly SentCommand[] => [...records.values()].map(shownOf)

  const told = coalesce(tellEveryMs, () => {
    const sent = shown()
    for (const listener of [...listeners]) listener(sent)
  })

  const trim = (): void => {
    for (const [id, record] of records) {
      if (records.size <= sentCap) return
      if (!isPending(record)) records.delete(id)
    }
  }

  const takeWaiting = (): readonly SentRecord[] => {
    if (noting !== null) clearTimeout(noting)
    noting = null
    const batch = [...waiting.values()]
    waiting = new Map()
    return batch
  }

  const write = async (): Promise<void> => {
    await writing?.catch(() => {})
    next = null
    const batch = takeWaiting()
    writing = store(batch)
    await writing
  }

  const written = (): Promise<void> => {
    next ??= write()
    return next
  }

  const keep = (given: SentRecord): void => {
    const record = withoutPersonal(given)
    records.set(record.id, record)
    trim()
    told.ask()
    waiting.set(record.id, record)
  }

  return {
    all: () => [...records.values()],
    get: (id) => records.get(id),
    put: (record) => {
      keep(record)
      return written()
    },
    note: (record) => {
      keep(record)
      if (next === null) noting ??= setTimeout(() => void written().catch(() => {}), noteMs)
    },
    shown,
    onChange: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    listeners: () => listeners.size,
    close: () => {
      if (waiting.size > 0) store(takeWaiting()).catch(() => {})
      told.cancel()
      listeners.clear()
    },
  }
}
