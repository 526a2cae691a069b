import type { z } from 'zod'
import type { CollectionDefinition } from '#protocol/collection.ts'
import { LibralError } from '#protocol/errors.ts'
import { type Reader, rowId } from '../../storage/port.ts'
import type { RowRef, State } from '../module.ts'
import type { EpochOf } from '../overlay.ts'

/**
 * Committed rows, read from the storage itself: memory may not yet have what another instance committed.
 * @throws LibralError `module.busy`
 */
export const readRows = async (
  { rows }: Pick<Reader, 'rows'>,
  epochOf: EpochOf,
  refs: readonly RowRef[],
): Promise<State> => {
  const stored = refs.map(({ collection: { name }, key }) => {
    const epoch = epochOf(name)
    if (epoch === undefined) throw new LibralError('module.busy', { collection: name })
    return { collection: name, epoch, key }
  })
  const found = stored.length === 0 ? new Map() : await rows.get(stored)
  return {
    get: <Row extends z.ZodType>({ name }: CollectionDefinition<Row>, key: string) =>
      found.get(rowId(name, key)) as z.output<Row> | undefined,
  }
}
