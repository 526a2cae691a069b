import type { Engine } from './engine.ts'

/** Owners are `instance/run`; `0` is the character after `/`. */
export const releaseLeases = (engine: Engine, instance: string): Promise<void> =>
  engine.transact(async (db) => {
    for (const table of ['outbox', 'inbox', 'jobs'] as const) {
      await db
        .updateTable(table)
        .set({ owner: null, lease: null })
        .where('owner', '>=', `${instance}/`)
        .where('owner', '<', `${instance}0`)
        .execute()
    }
  })
