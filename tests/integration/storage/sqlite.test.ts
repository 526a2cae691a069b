import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { storageContract } from '#backend/storage/contract.ts'
import { pageBytes } from '#backend/storage/sqlite/connection.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'libral-storage-'))
const key = randomBytes(32)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

storageContract({
  name: 'SQLite',
  open: (store, { roomBytes } = {}) =>
    openSqlite({
      engine: 'sqlite',
      file: join(folder, `${store}.db`),
      key,
      ...(roomBytes === undefined ? {} : { maxPages: Math.floor(roomBytes / pageBytes) }),
    }),
})
