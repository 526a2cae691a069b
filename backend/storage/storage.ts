import { changeTables } from './changes.ts'
import { allCollections, putCollection } from './collections.ts'
import type { Engine } from './engine.ts'
import { evidenceReader, evidenceStore, evidenceWriter } from './evidence.ts'
import { inboxStore } from './inbox.ts'
import { jobStore } from './jobs.ts'
import { releaseLeases } from './leases.ts'
import { logTables } from './log.ts'
import { outboxStore, outboxWriter } from './outbox.ts'
import type { Reader, Storage, Writer } from './port.ts'
import { rowTables } from './rows.ts'
import type { Db } from './schema.ts'
import { sealedReader, sealedWriter } from './sealed.ts'
import { telemetryStore } from './telemetry.ts'
import { dropEpoch, trimChanges } from './trim.ts'
import { useStore } from './uses.ts'
import { witnessStore } from './witnesses.ts'

/** The storage port over an engine whose tables are migrated. */
export const storageOver = (engine: Engine): Storage => {
  const log = logTables(engine.reads)
  const rows = rowTables(engine.reads)
  const changes = changeTables(engine.reads)
  const putOutbox = outboxWriter(engine.reads)

  const readerOn = (db: Db): Reader => ({
    head: () => log.head(db),
    entries: log.reader(db),
    rows: rows.reader(db),
    collections: () => allCollections(db),
    sealed: sealedReader(db),
    evidence: evidenceReader(db),
    changes: changes.reader(db),
  })
  const writerOn = (db: Db): Writer => ({
    ...readerOn(db),
    ...log.writer(db),
    sealed: { ...sealedReader(db), ...sealedWriter(db) },
    evidence: { ...evidenceReader(db), ...evidenceWriter(db) },
    putRows: (list) => rows.put(db, list),
    putChanges: (list) => changes.put(db, list),
    putOutbox: (items) => putOutbox(db, items),
    putCollection: (collection) => putCollection(db, collection),
    together: engine.locksRows ? atOnce : inTurn,
  })

  return {
    engine: engine.name,
    ...readerOn(engine.reads),
    now: () => engine.now(),
    wakeups: engine.wakeups,
    ...(engine.messages && { messages: engine.messages }),
    ...(engine.inspect && { inspect: engine.inspect }),
    write: (work) => engine.write((db) => work(writerOn(db))),
    outbox: outboxStore(engine),
    inbox: inboxStore(engine),
    jobs: jobStore(engine),
    releaseLeases: (instance) => releaseLeases(engine, instance),
    uses: useStore(engine),
    evidence: { ...evidenceReader(engine.reads), ...evidenceStore(engine) },
    witnesses: witnessStore(engine),
    telemetry: telemetryStore(engine),
    trimChanges: (upTo) => trimChanges(engine, upTo),
    dropEpoch: (collection, epoch) => dropEpoch(engine, collection, epoch),
    sizeBytes: () => engine.sizeBytes(),
    backup: (file) => engine.backup(file),
    close: () => engine.close(),
  }
}

/**
 * After a statement failed PostgreSQL refuses all others until the transaction is undone, so none of them can do harm; all
 * are waited for, or one could still be on its way when the connection is someone else's.
 */
const atOnce: Writer['together'] = async (writes) => {
  const failures: unknown[] = []
  await Promise.all(writes.map((write) => write().catch((thrown: unknown) => failures.push(thrown))))
  // The first in time: the others only say that the transaction had failed already.
  if (failures.length > 0) throw failures[0]
}

/** SQLite may have undone the transaction by itself: what came after the failure would stand alone. */
const inTurn: Writer['together'] = async (writes) => {
  for (const write of writes) await write()
}
