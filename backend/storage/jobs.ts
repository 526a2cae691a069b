import type { Engine } from './engine.ts'
import type { JobStore } from './port.ts'

/** Jobs are lines claimed by lease, so that each runs on one instance; a name not seen before is due at once. */
export const jobStore = (engine: Engine): JobStore => ({
  claim: (name, owner, now, leaseUntil) =>
    engine.transact(async (db) => {
      const claimed = await db
        .insertInto('jobs')
        .values({ name, due: now, owner, lease: leaseUntil })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ owner, lease: leaseUntil })
            .where('jobs.due', '<=', now)
            .where((row) => row.or([row('jobs.lease', 'is', null), row('jobs.lease', '<=', now)])),
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
