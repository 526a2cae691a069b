import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Desk } from '#main/link/desk.ts'
import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { ExportProgress } from '#protocol/exports.ts'
import { bundleDiagnostics } from './diagnostics.ts'
import { createExports, type ExportsOptions } from './exports.ts'
import { runExport } from './running.ts'

let folder: string
let target: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'export-'))
  target = join(folder, 'x.csv')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const row = (n: number): Json => ({
  key: `${String(n).padStart(12, '0')}-000`,
  at: Date.UTC(2026, 10, 21),
  severity: 'major',
  category: 'system',
  module: 'hub',
  actor: 'local',
  correlation: '019a0c7e-0000-7000-8000-000000000000',
  code: 'hub.started',
  params: { instance: 'core' },
  detail: '=cmd()',
  state: 'open',
  acknowledgedBy: null,
  acknowledgedAt: null,
  note: '',
})

const recorded: string[] = []

function exportsOver(chunks: AsyncIterable<readonly Json[]>, choose: ExportsOptions['choose'] = async () => target) {
  const rows = {
    count: async () => ({ count: 3, capped: false }),
    get: async () => null,
    stream: () => chunks,
  } as unknown as Desk['rows']
  return createExports({
    rows,
    log: {
      toBundle: async () => {
        throw new Error('not in this test')
      },
    },
    locale: () => 'ja',
    record: async (what) => void recorded.push(what),
    recordBooks: async () => {},
    demo: false,
    choose,
    print: async () => {
      throw new Error('not in this test')
    },
    logFiles: async () => [],
    diagnostics: async () => {
      throw new Error('not in this test')
    },
  })
}
async function* three(): AsyncGenerator<readonly Json[]> {
  yield [row(1), row(2)]
  yield [row(3)]
}
const filter = { collection: 'events', where: {}, range: null, text: '' }

async function all(items: AsyncIterable<ExportProgress>): Promise<ExportProgress[]> {
  const seen: ExportProgress[] = []
  for await (const item of items) seen.push(item)
  return seen
}

test('events become a CSV that Excel opens in Japanese', async () => {
  const progress = await all(exportsOver(three()).csv(1, filter, true, new AbortController().signal))
  expect(progress.at(-1)).toEqual({ state: 'done', rows: 3, file: 'x.csv' })
  expect(progress).toContainEqual({ state: 'running', rows: 2, total: 3 })
  const text = readFileSync(target, 'utf8')
  expect(text.startsWith('\uFEFF日時（JST）,重大度,種別,モジュール,操作者,内容')).toBe(true)
  expect(text).toContain("重度障害,システム,hub,local,バックエンド「core」が起動しました,'=cmd(),未確認")
  expect(text.split('\r\n')).toHaveLength(5)
  expect(readdirSync(folder)).toEqual(['x.csv'])
})

test('no rows still make a file with its headings', async () => {
  const none = (async function* (): AsyncGenerator<readonly Json[]> {})()
  await all(exportsOver(none).csv(1, filter, true, new AbortController().signal))
  expect(readFileSync(target, 'utf8').split('\r\n')).toHaveLength(2)
})

test('cancelling, by signal or by leaving, removes what was begun and keeps what stood there', async () => {
  writeFileSync(target, 'before')
  const ending = new AbortController()
  const seen: string[] = []
  for await (const { state } of exportsOver(three()).csv(1, filter, true, ending.signal)) {
    seen.push(state)
    ending.abort()
  }
  expect(seen.at(-1)).toBe('cancelled')
  for await (const { state } of exportsOver(three()).csv(1, filter, true, new AbortController().signal)) {
    expect(state).toBe('running')
    break
  }
  expect(readdirSync(folder)).toEqual(['x.csv'])
  expect(readFileSync(target, 'utf8')).toBe('before')
})

test('a document that is gone is said to be gone', async () => {
  const gone = exportsOver(three()).document(1, '000000000007' as never, new AbortController().signal)
  await expect(all(gone)).rejects.toMatchObject({ code: 'payments.invoice-unknown' })
})

test('a declined dialog, an unwritable place and a full disk each say what they are', async () => {
  const declined = exportsOver(three(), async () => null).csv(1, filter, true, new AbortController().signal)
  expect(await all(declined)).toEqual([{ state: 'failed', failure: { code: 'file.not-chosen', params: {} } }])
  const nowhere = exportsOver(three(), async () => join(folder, 'missing', 'x.csv'))
  expect((await all(nowhere.csv(1, filter, true, new AbortController().signal))).at(-1)).toMatchObject({
    failure: { code: 'export.write-failed' },
  })
  const full = runExport(
    async () => target,
    // biome-ignore lint/correctness/useYield: the disk is full before the first row
    async function* () {
      throw new LibralError('storage.full')
    },
    new AbortController().signal,
    new Set(),
  )
  expect((await all(full)).at(-1)).toEqual({ state: 'failed', failure: { code: 'storage.full', params: {} } })
  expect(readdirSync(folder)).toEqual([])
})

test('diagnostics carry states and codes, and nobody’s name', async () => {
  const log = join(folder, 'main.log')
  writeFileSync(log, '{"event":"x","id":"a-1","secret":"hunter2","note":"田中さん"}\nnot json\n')
  const bytes = await bundleDiagnostics({
    about: { userData: '/home/tanaka/.config/x' },
    state: { session: { operator: 'tanaka', name: '田中', roles: ['operator'] } },
    settings: { locale: 'ja' },
    logs: [log],
    processes: [],
  } as unknown as Parameters<typeof bundleDiagnostics>[0])
  const files = unzipSync(bytes)
  const everything = Object.values(files)
    .map((it) => strFromU8(it))
    .join('\n')
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(['about.json', 'state.json', 'settings.json', 'logs/main.log']),
  )
  expect(everything).toContain('"id":"a-1"')
  expect(everything).toContain('"operator"')
  for (const private_ of ['hunter2', '田中', 'tanaka']) expect(everything).not.toContain(private_)
})

test('the end of the app removes what an export has begun', async () => {
  async function* endless(): AsyncGenerator<readonly Json[]> {
    for (;;) yield [row(1)]
  }
  const exports = exportsOver(endless())
  const items = exports.csv(1, filter, false, new AbortController().signal)[Symbol.asyncIterator]()
  await items.next()
  await items.next()
  expect(readdirSync(folder)).toHaveLength(1)
  await exports.stop()
  expect(readdirSync(folder)).toEqual([])
  expect((await items.next()).value).toMatchObject({ state: 'failed' })
})
