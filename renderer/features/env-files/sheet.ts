import type { EnvReader, EnvSheet } from '#protocol/env-files.ts'

type Change = EnvSheet['changes'][number]['change']
export interface EnvRow {
  readonly name: string
  /** null: as it lies there. */
  readonly change: Change | null
}

/** Names in the file's order, then those that were removed, as far as they contain the words. */
export function rowsOf({ names, changes }: EnvSheet, search: string): EnvRow[] {
  const wanted = search.normalize('NFKC').trim().toLowerCase()
  const removed = changes.filter(({ change }) => change === 'removed').map(({ name }) => name)
  return [...names, ...removed]
    .filter((name) => name.toLowerCase().includes(wanted))
    .map((name) => ({ name, change: changes.find((it) => it.name === name)?.change ?? null }))
}

const without = (some: readonly EnvReader[], others: readonly EnvReader[]): EnvReader[] =>
  some.filter(({ id }) => !others.some((it) => it.id === id))

export const joining = ({ readers, before }: EnvSheet): EnvReader[] => without(readers, before)
export const leaving = ({ readers, before }: EnvSheet): EnvReader[] => without(before, readers)

export const isUnsaved = (sheet: EnvSheet): boolean =>
  sheet.fresh || sheet.changes.length + joining(sheet).length + leaving(sheet).length > 0

/** To these nothing can be encrypted. */
export const isUsable = ({ state, encrypts }: EnvReader): boolean =>
  encrypts && (state === 'valid' || state === 'expiring')
