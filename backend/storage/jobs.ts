import type { Engine } from './engine.ts'
import type { JobStore } from './port.ts'

/** Clocks of instances may be so far apart. */
const apartMs = 5 * 60_000

/** Jobs are lines claimed by lease, so that each runs on one instance; a name not seen before is due at once. */
export const jobStore = (engine: Engine): JobStore => ({
  claim: (name, owner, now, leaseUntil, everyMs) =>
    engine.transact(async (db) => {
      const claimed = await db
        .insertInto('jobs')
        .values({ name, due: now, owner, lease: leaseUntil })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ owner, lease: leaseUntil })
            .where((row) => row.or([row('jobs.due', '<=', now), row('jobs.due', '>', now + everyMs + apartMs)]))
            .where((row) =>
              row.or([
                row('jobs.lease', 'is', null),
                row('jobs.lease', '<=', now),
                row('jobs.lease', '>', leaseUntil + apartMs),
              ]),
            ),
        )
        .returning('name')
        .execute()
      return claimed.length > 0
    }),
  done: (name, owner, dueAt, failure) =>
    engine.transact(async (db) => {
      const freed = { due: dueAt, failure, owner: null, lease: null }
      await db.updateTable('jobs').set(freed).where('name', '=', name).where('owner', '=', owner).execute()
    }),
})
