import { logModule } from '#backend/kernel/log-module.ts'
import type { ModuleDefinition } from '#backend/kernel/module.ts'
import { createOverlay } from '#backend/kernel/overlay.ts'
import { createPolicyModule } from '#backend/kernel/policy/module.ts'
import { projectEntries } from '#backend/kernel/rebuild.ts'
import { createRegistry } from '#backend/kernel/registry.ts'
import type { Reader, Storage } from '#backend/storage/port.ts'
import type { Json } from '#protocol/command.ts'
import { toBase64url } from '#trust/bytes.ts'
import { canonicalText } from '#trust/canonical.ts'
import { parseEntry } from '#trust/entry.ts'
import { append, leafHash, rootOf } from '#trust/merkle.ts'
import type { Opened } from './harness.ts'

/** Projects as the kernel's own does; it is asked for no decision. */
const projectingPolicies = createPolicyModule(() => {
  throw new Error('projecting asks no policy')
})

/** Rows of a collection as they are served. */
export const servedRows = async (storage: Storage, collection: string): Promise<ReadonlyMap<string, Json>> => {
  const epochs = (await storage.collections()).filter(({ name, ready }) => name === collection && ready)
  const epoch = Math.max(...epochs.map((stored) => stored.epoch))
  const rows = new Map<string, Json>()
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<Reader['rows']['page']>> = await storage.rows.page(collection, epoch, after, 1_000)
    for (const { key, value } of page) rows.set(key, value)
    const last = page.at(-1)
    if (!last) return rows
    after = last.key
  }
}

/** The rows that the entries alone give: projected from nothing. */
export const projectedRows = async (
  storage: Storage,
  modules: readonly ModuleDefinition[],
  collection: string,
): Promise<ReadonlyMap<string, Json>> => {
  const registry = createRegistry([logModule, projectingPolicies, ...modules])
  const empty = { rows: { get: async () => new Map() } } as unknown as Reader
  const overlay = createOverlay(empty, () => 1)
  const { size } = await storage.head()
  for (let from = 0; from < size; from += 500) {
    const entries = await storage.entries.byIndex(from, Math.min(size, from + 500))
    await projectEntries(registry, collection, entries, overlay)
  }
  return new Map(overlay.written().flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])))
}

/** Sorted text, so that two tables compare in one glance. */
export const tableText = (rows: ReadonlyMap<string, Json>): readonly string[] =>
  [...rows].map(([key, value]) => `${key} ${canonicalText(value)}`).sort()

/** The root recomputed from the stored bytes, and how often each command id stands in the log. */
export const recount = async ({ storage }: Pick<Opened, 'storage'>) => {
  const { size, frontier } = await storage.head()
  const ids = new Map<string, number>()
  const leaves: Uint8Array[] = []
  for (let from = 0; from < size; from += 500) {
    for (const { bytes, index } of await storage.entries.byIndex(from, Math.min(size, from + 500))) {
      const entry = parseEntry(bytes)
      if (entry.index !== index) throw new Error(`entry ${entry.index} stands at ${index}`)
      ids.set(entry.command.statement.id, (ids.get(entry.command.statement.id) ?? 0) + 1)
      leaves.push(leafHash(bytes))
    }
  }
  const root = toBase64url(rootOf(append([], 0, leaves).frontier))
  return { size, ids, root, headRoot: toBase64url(rootOf(frontier)), leaves: leaves.length }
}
