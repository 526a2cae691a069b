import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeskState } from '#main/link/desk.ts'
import { type OpenedDesk, openDesk } from '#main/link/open-desk.ts'
import { openReplica, type Replica } from '#main/replica/replica.ts'
import type { Json } from '#protocol/command.ts'
import type { Filter } from '#protocol/desktop.ts'

const quiet = { info: () => {}, warn: () => {} }

export const freshDirectory = (): string => mkdtempSync(join(tmpdir(), 'libral-desk-'))

export interface TestDesk extends OpenedDesk {
  /** Ends the replica's worker as a crash would. */
  killReplica(): Promise<void>
}

export const testDesk = async (directory: string): Promise<TestDesk> => {
  const replicas: Replica[] = []
  const desk = await openDesk(
    {
      directory,
      deployment: directory,
      storageKey: { key: new Uint8Array(32).fill(5), protection: 'keychain' },
      client: 'test',
      log: quiet,
    },
    (options) => {
      const replica = openReplica(options)
      replicas.push(replica)
      return replica
    },
  )
  return { ...desk, killReplica: async () => replicas[0]?.kill() }
}

/** Resolves when the state is as wanted. */
export const until = (desk: OpenedDesk, wanted: (state: DeskState) => boolean): Promise<DeskState> =>
  new Promise((resolve) => {
    const stop = desk.onState((state) => {
      if (!wanted(state)) return
      stop()
      resolve(state)
    })
    if (!wanted(desk.state())) return
    stop()
    resolve(desk.state())
  })

export const live = (state: DeskState): boolean => state.link.state === 'live'

export const everything = (collection: string): Filter => ({ collection, where: {}, range: null, text: '' })

/** All rows of a collection, in key order. */
export const allRows = async (desk: OpenedDesk, collection: string): Promise<Json[]> => {
  const rows: Json[] = []
  for await (const chunk of desk.rows.stream(everything(collection), false, new AbortController().signal)) {
    rows.push(...chunk)
  }
  return rows
}

export const collectionsToCompare = [
  'session.operators',
  'hub.modules',
  'hub.instances',
  'events',
  'events.handovers',
  'alerts.rules',
  'alerts',
] as const

/** What a desk shows of every collection, once it has reached a log size. */
export const picture = async (desk: OpenedDesk): Promise<Record<string, Json[]>> => {
  const all = await Promise.all(collectionsToCompare.map(async (name) => [name, await allRows(desk, name)] as const))
  return Object.fromEntries(all)
}

/** Resolves once the desk shows the effects of everything up to a log size. */
export const reached = (desk: OpenedDesk, size: number): Promise<DeskState> =>
  until(desk, (state) => live(state) && (state.replica.collections['events.handovers']?.offset ?? 0) >= size)
