import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Manifest } from '#protocol/bundle.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import { sha256, utf8 } from '../bytes.ts'
import { type BundlePart, frameLimits, magic } from './format.ts'
import { readBundle } from './reader.ts'
import { framed, writeBundle } from './writer.ts'

const manifestOf = (over: Partial<Manifest>): Manifest => ({
  v: 1,
  kind: 'bundle',
  origin: 'libral:01990000-0000-4000-8000-000000000000' as DeploymentId,
  from: 0,
  to: 1,
  frontier: [],
  checkpoints: 1,
  context: 0,
  evidence: 0,
  entryBytes: 0,
  witnesses: [],
  at: 1_790_000_000_000,
  by: null,
  ...over,
})
const hash = (seed: number): Uint8Array => sha256(utf8(String(seed)))

/** A bundle that is right in form: what it says proves nothing. */
const partsOf = (entries: readonly Uint8Array[], context: number, evidence: number): BundlePart[] => {
  const from = context === 0 ? 0 : 1_000
  const entryBytes = entries.reduce((sum, { byteLength }) => sum + byteLength, 0)
  return [
    { kind: 'manifest', manifest: manifestOf({ from, to: from + entries.length, context, evidence, entryBytes }) },
    { kind: 'checkpoint', note: '署名\n', proof: [hash(1), hash(2)] },
    ...Array.from(
      { length: context },
      (_, at): BundlePart => ({ kind: 'context', index: at * 3, path: [hash(at)], bytes: utf8(`key ${at}`) }),
    ),
    ...framed(from, entries),
    ...Array.from(
      { length: evidence },
      (): BundlePart => ({ kind: 'evidence', index: from + entries.length - 1, bytes: hash(9) }),
    ),
  ]
}
const whole = async (parts: readonly BundlePart[]): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = []
  for await (const piece of writeBundle(parts)) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}
const read = async (bytes: Uint8Array, piece = bytes.byteLength): Promise<BundlePart[]> => {
  const parts: BundlePart[] = []
  const pieces = function* () {
    for (let at = 0; at < bytes.byteLength; at += piece) yield bytes.subarray(at, at + piece)
  }
  for await (const { part } of readBundle(pieces())) parts.push(part)
  return parts
}
const plain = (parts: readonly BundlePart[]): unknown =>
  JSON.parse(
    JSON.stringify(parts, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ),
  )

const entriesOf = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 40 })

describe('a bundle', () => {
  it('gives back its parts, in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        entriesOf,
        fc.nat(3),
        fc.nat(2),
        fc.integer({ min: 1, max: 400 }),
        async (all, context, evidence, piece) => {
          const parts = partsOf(all, context, evidence)
          expect(plain(await read(await whole(parts), piece))).toEqual(plain([...parts, { kind: 'end' }]))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('keeps its frames within what a reader takes', async () => {
    const large = Array.from({ length: 3_000 }, (_, at) => new Uint8Array(at < 200 ? 32_768 : 3))
    const frames = [...framed(0, large)]
    expect(frames.flatMap(({ entries }) => entries)).toHaveLength(3_000)
    expect(frames.every(({ entries }) => entries.length <= frameLimits.entries)).toBe(true)
    expect(await read(await whole(partsOf(large, 0, 0)))).toHaveLength(frames.length + 3)
  })

  it('is refused wherever it is cut', async () => {
    const bytes = await whole(partsOf([utf8('one'), utf8('two')], 2, 1))
    for (let length = 0; length < bytes.byteLength; length++) {
      const code = length < magic.byteLength ? 'bundle.not-a-bundle' : 'bundle.truncated'
      await expect(read(bytes.subarray(0, length))).rejects.toThrow(expect.objectContaining({ code }))
    }
    await expect(read(Buffer.concat([bytes, Buffer.from([0])]))).rejects.toThrow(
      expect.objectContaining({ code: 'bundle.malformed' }),
    )
  })

  it('is refused with any bit of it turned', async () => {
    const bytes = await whole(partsOf([utf8('one'), utf8('two')], 1, 1))
    for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
      const turned = Uint8Array.from(bytes)
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await expect(read(turned)).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^bundle\./) }))
    }
  })

  it.each([
    ['nothing', '', 'bundle.not-a-bundle'],
    ['something else', 'PK\u0003\u0004 and so on, and on', 'bundle.not-a-bundle'],
    ['a later version', 'libral-bundle v2\nM', 'bundle.newer-version'],
    ['a much later version', 'libral-bundle v17\n', 'bundle.newer-version'],
    ['a message', '-----BEGIN PGP MESSAGE-----\n', 'bundle.encrypted'],
  ])('tells %s', async (_what, text, code) => {
    await expect(read(utf8(text))).rejects.toThrow(expect.objectContaining({ code }))
  })

  it('takes parts in their order and number alone', async () => {
    const parts = partsOf([utf8('one'), utf8('two')], 2, 1)
    const malformed = expect.objectContaining({ code: 'bundle.malformed' })
    for (let at = 0; at < parts.length; at++) {
      await expect(read(await whole(parts.toSpliced(at, 1)))).rejects.toThrow(malformed)
      await expect(read(await whole(parts.toSpliced(at, 0, ...parts.slice(at, at + 1))))).rejects.toThrow(malformed)
      for (let other = 0; other < at; other++) {
        const [one, two] = [parts[at], parts[other]]
        if (one && two) await expect(read(await whole(parts.with(at, two).with(other, one)))).rejects.toThrow(malformed)
      }
    }
  })

  it('believes no length', async () => {
    const huge = Buffer.concat([magic, Buffer.from('E'), Buffer.from([0xff, 0xff, 0xff, 0xff])])
    await expect(read(huge)).rejects.toThrow(expect.objectContaining({ code: 'bundle.malformed' }))
    const within = Buffer.concat([magic, Buffer.from('M'), Buffer.from([0, 0, 0xff, 0xff])])
    await expect(read(within)).rejects.toThrow(expect.objectContaining({ code: 'bundle.truncated' }))
  })
})
