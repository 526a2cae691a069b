import { writeSync } from 'node:fs'
import { appendEntries, change, row } from '#backend/storage/contract/harness.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'

/**
 * A process to be killed: opens the store, says `open`, then commits batches for ever and says the log's size after each
 * one that was acknowledged. Each batch also leaves one row that names its first and last entry.
 */
const [file = '', key = ''] = process.argv.slice(2)
const storage = await openSqlite({ engine: 'sqlite', file, key: Buffer.from(key, 'hex') })
writeSync(1, 'open\n')
for (let n = 1; ; n++) {
  const size = await storage.write(async (writer) => {
    const from = (await writer.head()).size
    const head = await appendEntries(writer, 1 + ((n * 37) % 120), 600)
    await writer.putRows([row(String(from).padStart(12, '0'), { from, to: head.size })])
    await writer.putChanges([change(head.size, 0)])
    return head.size
  })
  writeSync(1, `${size}\n`)
  if (n % 50 === 0) await storage.trimChanges(size - 100)
}
