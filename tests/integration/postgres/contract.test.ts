import { afterAll, beforeAll, describe } from 'vitest'
import { storageContract } from '#backend/storage/contract.ts'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { canMount, makeRoom, type Room } from './room.ts'

describe.skipIf(!hasPostgres)('on a real PostgreSQL', () => {
  let server: PostgresServer
  const databases = new Map<string, Room | undefined>()
  beforeAll(async () => {
    server = await startPostgres({ settings: { max_connections: '200' } })
  })
  afterAll(async () => {
    for (const room of databases.values()) room?.widen()
    await server?.stop('immediate')
    for (const room of databases.values()) room?.remove()
    await server?.close()
  })

  storageContract({
    name: 'PostgreSQL',
    bounded: canMount,
    open: async (store, { roomBytes } = {}) => {
      const name = `s${store.replaceAll('-', '')}`
      if (!databases.has(store)) {
        const room = roomBytes === undefined ? undefined : await makeRoom(server)
        databases.set(store, room)
        await server.createDatabase(room ? `${name} tablespace ${room.name}` : name)
      } else if (roomBytes === undefined) databases.get(store)?.widen()
      const storage = await openPostgres({ engine: 'postgres', url: server.url(name), connections: 4 })
      if (roomBytes !== undefined) await databases.get(store)?.leave(roomBytes)
      return storage
    },
  })
})
