import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { LibralError } from '#protocol/errors.ts'

/** Keeps names apart from other advisory locks; the number is ours by choice, and means nothing. */
const seed = 7_142_201_002
const retryMs = { own: 20, others: 500 } as const

/** Names the run that holds a name, where other runs look: in pg_stat_activity. */
export const applicationOf = (run: string): string => `libral ${run}`

interface Holder {
  readonly pid: number
  readonly application: string
}

const tryOnce = async (client: pg.Client, instance: string): Promise<boolean> => {
  const { rows } = await client.query<{ held: boolean }>(
    `select pg_try_advisory_lock(hashtextextended($1, ${seed})) as held`,
    [instance],
  )
  return rows[0]?.held === true
}

const holderOf = async (client: pg.Client, instance: string): Promise<Holder | undefined> => {
  const { rows } = await client.query<Holder>(
    `select a.pid, a.application_name as application from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended($1, ${seed})`,
    [instance],
  )
  return rows[0]
}

/**
 * Takes the name for this connection (https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS). A
 * connection of this very run that the server still believes in, after a cut, is ended for it.
 * @param waitMs how long to wait for another run to go
 * @throws LibralError `storage.locked` when another run holds it
 */
export const claimName = async (
  client: pg.Client,
  { instance, run, waitMs }: { readonly instance: string; readonly run: string; readonly waitMs: number },
): Promise<void> => {
  for (const until = performance.now() + waitMs; ; ) {
    if (await tryOnce(client, instance)) return
    const holder = await holderOf(client, instance)
    const own = !holder || holder.application === applicationOf(run)
    if (holder && own) await client.query('select pg_terminate_backend($1)', [holder.pid])
    if (!own && performance.now() > until) {
      throw new LibralError('storage.locked', { reason: 'instance-name', instance })
    }
    await pause(own ? retryMs.own : retryMs.others)
  }
}
