import { storageContract } from '#backend/storage/contract.ts'
import { pageBytes } from '#backend/storage/sqlite/connection.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import { makePlace } from './place.ts'

const { file, key } = makePlace()

storageContract({
  name: 'SQLite',
  open: (store, { roomBytes } = {}) =>
    openSqlite({
      engine: 'sqlite',
      file: file(store),
      key,
      ...(roomBytes === undefined ? {} : { maxPages: Math.floor(roomBytes / pageBytes) }),
    }),
})
