import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { newDeployment } from '../kernel/harness.ts'
import { openInstance } from '../postgres/team.ts'
import { type Running, sealedModules } from './people.ts'

/** Where a deployment with sealed values lies. */
interface Place {
  open(): Promise<Running>
  /** From here on the backend's clock is ahead by so much. */
  pass(ms: number): void
  remove(): void
}

/** Both engines, PostgreSQL where it is here; called once at the top of a file. */
export const engines = (): readonly (readonly [string, () => Promise<Place>])[] => {
  let server: PostgresServer
  beforeAll(async () => {
    if (hasPostgres) server = await startPostgres()
  })
  afterAll(() => server?.close())
  const sqlitePlace = async (): Promise<Place> => {
    const deployment = newDeployment()
    return {
      open: () => deployment.open({ modules: sealedModules() }),
      pass: (ms) => {
        deployment.clock.now = () => Date.now() + ms
      },
      remove: deployment.remove,
    }
  }
  const postgresPlace = async (): Promise<Place> => {
    const folder = mkdtempSync(join(tmpdir(), 'libral-sealed-'))
    const url = await server.createDatabase()
    let aheadMs = 0
    const instance = { url, keyFile: join(folder, 'log.keys'), instance: 'east' }
    return {
      open: () => openInstance(instance, sealedModules(), { aheadMs: () => aheadMs, limits: {} }),
      pass: (ms) => {
        aheadMs = ms
      },
      remove: () => rmSync(folder, { recursive: true, force: true }),
    }
  }
  return [['SQLite', sqlitePlace], ...(hasPostgres ? ([['PostgreSQL', postgresPlace]] as const) : [])]
}

/** One deployment for each test of a file, gone after it. */
export const eachDeployment = (newPlace: () => Promise<Place>) => {
  let place: Place | undefined
  let running: Running | undefined
  const started = async (): Promise<Running> => {
    place ??= await newPlace()
    running = await place.open()
    return running
  }
  afterEach(async () => {
    await running?.kernel.drain()
    place?.remove()
    running = undefined
    place = undefined
  })
  return {
    started,
    restarted: async (): Promise<Running> => {
      await running?.kernel.drain()
      return started()
    },
    pass: (ms: number): void => place?.pass(ms),
  }
}
