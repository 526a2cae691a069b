import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { logFiles, openLog, redact } from './logging.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('lines are JSON with the event and its ids', async () => {
  const log = openLog(folder, { maxBytes: 10_000, keep: 2 })
  log.info('link.state', { state: 'live', attempt: 2 })
  await log.flush()
  const line: unknown = JSON.parse(readFileSync(join(folder, 'main.log'), 'utf8'))
  expect(line).toMatchObject({ level: 'info', event: 'link.state', state: 'live', attempt: 2 })
})

test('payloads, secrets and structures never reach the file', () => {
  const kept = redact({
    id: '019a0c7e-0000-7000-8000-000000000000',
    code: 'link.offline',
    path: join(homedir(), 'x'),
    text: '決済 12,000円 田中',
    secret: 'abc',
    token: 'abc',
    passphrase: 'abc',
    row: { name: '田中' },
    list: ['a'],
  })
  expect(kept).toEqual({
    id: '019a0c7e-0000-7000-8000-000000000000',
    code: 'link.offline',
    path: '~/x',
    text: '[redacted]',
    secret: '[redacted]',
    token: '[redacted]',
    passphrase: '[redacted]',
    row: '[redacted]',
    list: '[redacted]',
  })
})

test('files rotate and the oldest goes', async () => {
  const log = openLog(folder, { maxBytes: 200, keep: 2 })
  for (let n = 0; n < 20; n++) log.warn('event.number', { n })
  await log.flush()
  const files = logFiles(folder)
  expect(files.map((it) => it.slice(folder.length + 1))).toEqual(['main.log', 'main.log.1', 'main.log.2'])
  for (const file of files) expect(readFileSync(file).length).toBeLessThanOrEqual(200)
  expect(readFileSync(join(folder, 'main.log'), 'utf8')).toContain('"n":19')
})
