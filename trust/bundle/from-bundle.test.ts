import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { bundleOf, type FixtureLog, logKeyText, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'

import { planPart } from './from-bundle.ts'
import { bundleParts } from './make.ts'
import { verifyBundle } from './verify.ts'
import { writeBundle } from './writer.ts'

const began = 1_790_000_000_000
const size = 640
const cosigned = { 3: ['one'], 130: ['one', 'two'], 300: ['two'], 511: ['one'], 640: ['one'] }
let log: FixtureLog

beforeAll(async () => {
  log = await makeLog({ count: size, replacedAt: 270 })
})

interface Range {
  readonly from: number
  readonly to: number
}
const certificate = ({ from, to }: Range) => ({ kind: 'certificate', from, to, at: began, by: null }) as const

const partOf = async (bytes: Uint8Array, range: Range): Promise<Uint8Array<ArrayBuffer>> => {
  const part = await planPart(() => [bytes], certificate(range))
  const pieces: Uint8Array[] = []
  for await (const piece of writeBundle(bundleParts(part.log, part.plan))) pieces.push(piece)
  await part.close()
  return new Uint8Array(Buffer.concat(pieces))
}

const ascending = (count: number, max: number) =>
  fc
    .uniqueArray(fc.integer({ min: 0, max }), { minLength: count, maxLength: count })
    .map((list) => list.sort((one, other) => one - other))

it('is byte for byte the certificate that the log itself gives, whatever part of whatever bundle', async () => {
  await fc.assert(
    fc.asyncProperty(ascending(4, size), async ([first = 0, from = 0, to = 0, last = 0]) => {
      const source = sourceOf(log, cosigned)
      const bundle = await bundleOf(source, { from: first, to: last })
      const made = await partOf(bundle, { from, to })
      expect(Buffer.compare(made, await bundleOf(source, certificate({ from, to })))).toBe(0)
    }),
    { numRuns: 25, examples: [[[0, 0, 640, 640].sort()], [[0, 1, 2, 640]], [[256, 256, 512, 512]], [[8, 9, 10, 12]]] },
  )
})

it('rests on the same keys and heads as the bundle', async () => {
  const bundle = await bundleOf(sourceOf(log, cosigned), { from: 5, to: 600 })
  const made = await partOf(bundle, { from: 333, to: 334 })
  const verdict = await verifyBundle(() => [made], {
    trusted: [{ kind: 'log', key: logKeyText(log), label: '試験', at: 0 }],
  })
  expect(verdict).toMatchObject({ outcome: 'verified', findings: [], signatures: { verified: 1, all: 1 } })
  expect(verdict.checkpoints.map((it) => [it.size, it.agrees])).toEqual([
    [640, true],
    [3, true],
    [130, true],
    [300, true],
    [511, true],
  ])
  expect(made.byteLength).toBeLessThan(16_384)
})

it('names the same break where a backup was restored, before the certificate’s entries or behind them', async () => {
  const restored = await makeLog({ count: 60, name: 'restored', restoredAt: 30 })
  const source = sourceOf(restored)
  const bundle = await bundleOf(source, { from: 4, to: 50 })
  for (const range of [
    { from: 10, to: 12 },
    { from: 29, to: 31 },
    { from: 40, to: 41 },
  ]) {
    const made = await partOf(bundle, range)
    expect(Buffer.compare(made, await bundleOf(source, certificate(range)))).toBe(0)
    const verdict = await verifyBundle(() => [made], { trusted: [] })
    expect(verdict).toMatchObject({
      outcome: 'unconfirmed',
      findings: [],
      breaks: [{ index: 30, reason: 'ディスクの故障' }],
    })
  }
})

it('brings the evidence of its entries, and of no others', async () => {
  const pieces = ['領収書', '写し', '返金の証拠'].map((text) => Buffer.from(text))
  const plain = await makeLog({ count: 12, name: 'evidence' })
  const evidence = [4, 5, 6].map((index, nth) => ({ index, bytes: pieces[nth] as Buffer }))
  const source = sourceOf({ ...plain, evidence })
  const bundle = await bundleOf(source)
  const made = await partOf(bundle, { from: 5, to: 7 })
  expect(Buffer.compare(made, await bundleOf(source, certificate({ from: 5, to: 7 })))).toBe(0)
  expect(Buffer.from(made).includes('写し')).toBe(true)
  expect(Buffer.from(made).includes('領収書')).toBe(false)
})

it('refuses entries that the bundle does not hold, and a file that is another by then', async () => {
  const bundle = await bundleOf(sourceOf(log), { from: 10, to: 20 })
  for (const range of [
    { from: 9, to: 12 },
    { from: 12, to: 21 },
    { from: 12, to: 12 },
  ])
    await expect(partOf(bundle, range)).rejects.toMatchObject({ code: 'log.out-of-range' })
  const other = await bundleOf(sourceOf(await makeLog({ count: 40, name: 'other' })), { from: 10, to: 20 })
  let nth = 0
  const part = await planPart(() => [nth++ === 0 ? bundle : other], certificate({ from: 12, to: 14 }))
  const write = async (): Promise<void> => {
    for await (const _ of bundleParts(part.log, part.plan));
  }
  await expect(write()).rejects.toMatchObject({ code: 'bundle.changed' })
})

it('stops when it is told to', async () => {
  const stop = new AbortController()
  stop.abort()
  const bundle = await bundleOf(sourceOf(log), { from: 0, to: 20 })
  await expect(
    planPart(() => [bundle], certificate({ from: 1, to: 2 }), { signal: stop.signal }),
  ).rejects.toMatchObject({ code: 'bundle.cancelled' })
})
