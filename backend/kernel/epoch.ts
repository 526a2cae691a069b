import type { Storage } from '../storage/port.ts'

const collectionEpochs = 2 ** 20

/**
 * Epochs as clients see them: the collection's, raised by the log's own, so that after a restored backup no cursor of
 * the lost future fits by accident, not even when the log has grown past it.
 */
export const wireEpochOf =
  (logEpoch: number) =>
  (epoch: number): number =>
    (logEpoch - 1) * collectionEpochs + epoch

/** Called once by whoever puts a backup in place of a log, before a kernel opens it. */
export const markRestored = (storage: Storage): Promise<void> =>
  storage.write(async (writer) => {
    const head = await writer.head()
    await writer.setHead({ ...head, epoch: head.epoch + 1 })
  })
