import { cleanup, render, screen, within } from '@testing-library/react'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { databaseSchema, redisSchema } from '#protocol/telemetry.ts'
import { stubResizeObserver } from '#tests/fakes/resize-observer.ts'
import { startI18n } from '../../i18n/i18n.ts'
import { DatabasePanel, RedisPanel } from './store-panels.tsx'

beforeAll(async () => {
  stubResizeObserver()
  await startI18n()
})
afterEach(cleanup)

const database = databaseSchema.parse({
  available: true,
  version: 'PostgreSQL 16.4',
  latency: 0.7,
  size: 3_221_225_472,
  connections: { active: 4, idle: 21, waiting: 0, max: 100 },
  locks: [{ waiting: 4_121, blockedBy: [4_098], seconds: 3 }],
  statements: {
    source: 'statistics',
    rows: [{ text: 'select "row" from "rows" where "key" = $1', calls: 18_204, meanMs: 12.4, maxMs: 310 }],
  },
  replication: [{ name: 'standby-1', state: 'streaming', lagBytes: 8_192 }],
})
const redis = redisSchema.parse({
  available: true,
  version: '7.2.5',
  role: 'master',
  latency: 0.3,
  memory: { used: 52_428_800, max: 0 },
  clients: 6,
  streams: [{ name: 'libral:wake', length: 128 }],
})

it('shows connections, locks, slow statements and standbys of the database', () => {
  render(<DatabasePanel database={database} />)
  expect(screen.getByText('実行中4、待機中21、順番待ち0（上限100）')).toBeDefined()
  expect(within(screen.getByRole('table', { name: 'ロックの待ち' })).getByText('4098')).toBeDefined()
  expect(within(screen.getByRole('table', { name: '遅い文' })).getByText('18,204')).toBeDefined()
  expect(within(screen.getByRole('table', { name: 'レプリケーション' })).getByText('standby-1')).toBeDefined()
})

it('shows memory, clients and streams of Redis', () => {
  render(<RedisPanel redis={redis} />)
  expect(screen.getByText('master')).toBeDefined()
  expect(within(screen.getByRole('table', { name: 'ストリーム' })).getByText('128')).toBeDefined()
})

it('says that one does not answer instead of showing its zeros', () => {
  render(<DatabasePanel database={{ ...database, available: false }} />)
  render(<RedisPanel redis={{ ...redis, available: false }} />)
  expect(screen.getByText('データベースが応答していません')).toBeDefined()
  expect(screen.getByText('Redisが応答していません')).toBeDefined()
  expect(screen.queryByRole('table')).toBeNull()
})
