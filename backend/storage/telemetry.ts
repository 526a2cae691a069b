import type { Engine } from './engine.ts'
import type { TelemetryBucket, TelemetryStore } from './port.ts'
import { type SizedStatement, sizedStatement, standIns, writeAll } from './statements.ts'

/** Deleted in one transaction, so that commands hardly wait. */
const sliceBuckets = 2000

/** Roll-ups of figures: one line for each resolution, instance and time. */
export const telemetryStore = (engine: Engine): TelemetryStore => {
  const blank = { resolution: 0, at: 0, instance: '', figures: '' }
  const upsert: SizedStatement<unknown> = sizedStatement((size) =>
    engine.reads
      .insertInto('telemetry')
      .values(standIns(size, blank))
      .onConflict((conflict) =>
        conflict
          .columns(['resolution', 'at', 'instance'])
          .doUpdateSet((row) => ({ figures: row.ref('excluded.figures') })),
      ),
  )
  return {
    put: async (buckets) => {
      // One statement may not touch a line twice on PostgreSQL.
      const latest = new Map(buckets.map((bucket) => [`${bucket.resolution} ${bucket.at} ${bucket.instance}`, bucket]))
      const lines = [...latest.values()]
      if (lines.length === 0) return
      await engine.transact((db) =>
        writeAll(db, upsert, lines, (line) => [line.resolution, line.at, line.instance, JSON.stringify(line.values)]),
      )
    },
    range: async (resolution, instance, from, to) => {
      const all = engine.reads.selectFrom('telemetry').selectAll().where('resolution', '=', resolution)
      const inTime = all.where('at', '>=', from).where('at', '<', to)
      const query = instance === null ? inTime : inTime.where('instance', '=', instance)
      return (await query.orderBy('at').orderBy('instance').execute()).map((row) => ({
        resolution: row.resolution,
        instance: row.instance,
        at: row.at,
        values: JSON.parse(row.figures) as TelemetryBucket['values'],
      }))
    },
    sweep: async (resolution, before) => {
      for (let total = 0; ; ) {
        const swept = await sweepSlice(engine, resolution, before)
        total += swept.deleted
        if (!swept.more) return total
      }
    },
  }
}

const sweepSlice = (engine: Engine, resolution: number, before: number) =>
  engine.transact(async (db) => {
    const old = db.selectFrom('telemetry').where('resolution', '=', resolution).where('at', '<', before)
    const edge = await old.select('at').orderBy('at').offset(sliceBuckets).limit(1).executeTakeFirst()
    const gone = await db
      .deleteFrom('telemetry')
      .where('resolution', '=', resolution)
      .where('at', edge === undefined ? '<' : '<=', edge?.at ?? before)
      .executeTakeFirst()
    return { deleted: Number(gone.numDeletedRows), more: edge !== undefined }
  })
