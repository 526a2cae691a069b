import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes.ts'
import { generateSigner } from '../ed25519.ts'
import { append, consistencyProof, inclusionProof, leafHash, rootOf } from '../merkle.ts'
import { type Checkpoint, continuation, formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { formatNote, type NoteKey, noteKeyTypes } from './note.ts'
import { formatProof, parseProof, verifyProof } from './proof.ts'
import { signNote } from './sign-note.ts'
import {
  entriesIn,
  formatEntryBundle,
  formatTilePath,
  hashesAt,
  hashesIn,
  parseTilePath,
  tilesOf,
  widthOf,
} from './tile.ts'

const refusal = (code: string) => expect.objectContaining({ code })
const origin = 'libral:01990000-0000-7000-8000-000000000000'
const signer = generateSigner()
const log: NoteKey = { name: origin, type: noteKeyTypes.signature, publicKey: signer.publicKey }

const entryOf = (index: number): Uint8Array => utf8(`entry ${index}`)
const leavesOf = (size: number): readonly Uint8Array[] => Array.from({ length: size }, (_, at) => leafHash(entryOf(at)))
const subtree = (leaves: readonly Uint8Array[]) => (level: number, index: number) =>
  rootOf(append([], 0, leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)).frontier)
const headOf = (leaves: readonly Uint8Array[]): Checkpoint => ({
  origin,
  size: leaves.length,
  root: rootOf(append([], 0, leaves).frontier),
  extensions: [],
})
const signed = (checkpoint: Checkpoint, by = signer): string => {
  const text = formatCheckpoint(checkpoint)
  return formatNote({ text, signatures: [signNote(text, checkpoint.origin, by)] })
}

describe('a checkpoint', () => {
  it('comes back as it was written', () => {
    const one = headOf(leavesOf(7))
    expect(openCheckpoint(utf8(signed(one)), log)).toMatchObject(one)
  })

  it.each([
    ['a leading zero', `${origin}\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`],
    ['a size beyond safe integers', `${origin}\n9007199254740993\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`],
    ['a negative size', `${origin}\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`],
    ['a short root', `${origin}\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n`],
    ['two lines', `${origin}\n7\n`],
    ['an empty extension', `${origin}\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n`],
  ])('is malformed with %s', (_what, text) => {
    expect(() => parseCheckpoint({ text, signatures: [] })).toThrow(refusal('log.note-malformed'))
  })

  it("is refused for another log, by another key, and without the log's signature", () => {
    const one = headOf(leavesOf(3))
    const open = (text: string) => () => openCheckpoint(utf8(text), log)
    expect(open(signed({ ...one, origin: 'libral:other' }))).toThrow(refusal('log.other-log'))
    expect(open(signed(one, generateSigner()))).toThrow(refusal('log.unsigned'))
  })
})

describe('a history', () => {
  const size = fc.integer({ min: 1, max: 600 })

  it('extends what was seen of it, and one with any entry changed does not', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, fc.nat(), async (one, other, at) => {
        const [small, large] = one < other ? [one, other] : [other, one]
        const leaves = leavesOf(large)
        const proof = await consistencyProof(small, large, subtree(leaves))
        const seen = headOf(leaves.slice(0, small))
        expect(continuation(seen, headOf(leaves), proof)).toBe(small === large ? 'same' : 'extends')
        if (small < large) expect(continuation(headOf(leaves), seen, [])).toBe('shorter')
        const changed = leaves.with(at % small, leafHash(utf8('another')))
        const lie = await consistencyProof(small, large, subtree(changed))
        expect(continuation(seen, headOf(changed), lie)).toBe('rewritten')
        expect(continuation(seen, headOf(changed), proof)).toBe('rewritten')
      }),
      { numRuns: 60 },
    )
  })
})

describe('tiles', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 3, index: 1_234_067, width: 256 }, 'tile/3/x001/x234/067'],
    [{ level: 0, index: 273, width: 112 }, 'tile/0/273.p/112'],
    [{ level: 'entries', index: 1_000, width: 1 }, 'tile/entries/x001/000.p/1'],
  ] as const)('%j lies at %s', (tile, path) => {
    expect(formatTilePath(tile)).toBe(path)
    expect(parseTilePath(path)).toEqual(tile)
  })

  it.each([
    'tile/0/0',
    'tile/0/x000/001',
    'tile/00/001',
    'tile/64/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/-1/000',
    'tile/entries/001/002',
    '/tile/0/000',
    'tile/0/000/',
  ])('refuses the path %s', (path) => {
    expect(() => parseTilePath(path)).toThrow(refusal('input.invalid'))
  })

  it("of 70,000 leaves are those of the specification's example", () => {
    const widths = (level: number) => [...tilesOf(70_000)].filter((it) => it.level === level).map((it) => it.width)
    expect(widths(0)).toHaveLength(274)
    expect(widths(0).at(-1)).toBe(112)
    expect(widths(1)).toEqual([256, 17])
    expect(widths(2)).toEqual([1])
    expect([...tilesOf(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ])
  })

  it('hold every complete subtree of their level once', () => {
    fc.assert(
      fc.property(fc.nat(20_000_000), fc.nat(3), (size, level) => {
        const last = Math.floor(hashesAt(level, size) / 256)
        expect(last * 256 + widthOf(level, last, size)).toBe(hashesAt(level, size))
        expect(widthOf(level, last + 1, size)).toBe(0)
      }),
    )
  })

  it('give back their hashes and entries, and refuse what was cut or added to', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }), (entries) => {
        const bundle = formatEntryBundle(entries)
        expect(entriesIn(bundle, entries.length).map((it) => [...it])).toEqual(entries.map((it) => [...it]))
        expect(() => entriesIn(bundle.subarray(0, -1), entries.length)).toThrow(refusal('log.broken'))
        expect(() => entriesIn(Buffer.concat([bundle, Buffer.from([0])]), entries.length)).toThrow(
          refusal('log.broken'),
        )
        expect(() => entriesIn(bundle, entries.length + 1)).toThrow(refusal('log.broken'))
      }),
    )
    expect(hashesIn(new Uint8Array(64), 2)).toHaveLength(2)
    expect(() => hashesIn(new Uint8Array(63), 2)).toThrow(refusal('log.broken'))
    expect(() => formatEntryBundle([new Uint8Array(65_536)])).toThrow(refusal('command.too-large'))
  })
})

describe('a proof', () => {
  it('holds for its entry alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(), async (size, seed) => {
        const index = seed % size
        const leaves = leavesOf(size)
        const path = await inclusionProof(index, size, subtree(leaves))
        const proof = { index, path, checkpoint: signed(headOf(leaves)), extra: null }
        const read = parseProof(formatProof(proof))
        expect(read).toEqual(proof)
        expect(verifyProof(read, entryOf(index), log).size).toBe(size)
        expect(() => verifyProof(read, entryOf(index + 1), log)).toThrow(refusal('log.not-included'))
        expect(() => verifyProof({ ...read, index: size }, entryOf(index), log)).toThrow(refusal('log.not-included'))
      }),
      { numRuns: 40 },
    )
  })

  it('carries what else goes with it', () => {
    const proof = { index: 0, path: [], checkpoint: 'checkpoint\n', extra: utf8('anything') }
    expect(formatProof(proof)).toBe('c2sp.org/tlog-proof@v1\nextra YW55dGhpbmc=\nindex 0\n\ncheckpoint\n')
    expect(parseProof(formatProof(proof))).toMatchObject({ index: 0, path: [], checkpoint: 'checkpoint\n' })
  })

  it.each([
    ['another header', 'c2sp.org/tlog-proof@v2\nindex 0\n\nx\n'],
    ['no index', 'c2sp.org/tlog-proof@v1\n\nx\n'],
    ['a leading zero', 'c2sp.org/tlog-proof@v1\nindex 01\n\nx\n'],
    ['a short hash', 'c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx\n'],
    ['an extra that is not base64', 'c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\nx\n'],
    ['sixty-five hashes', `c2sp.org/tlog-proof@v1\nindex 1\n${`${'A'.repeat(43)}=\n`.repeat(65)}\nx\n`],
    ['nothing', ''],
  ])('is malformed with %s', (_what, text) => {
    expect(() => parseProof(text)).toThrow(refusal('log.proof-malformed'))
  })
})
