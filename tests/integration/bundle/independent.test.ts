import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  began,
  bundleOf,
  type FixtureLog,
  makeLog,
  noteOf,
  partsOf,
  signerOf,
  sourceOf,
  written,
} from '#tests/fixtures/bundle/log.ts'
import { type Identity, identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import type { BundlePart } from '#trust/bundle/format.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { toBase64url } from '#trust/bytes.ts'
import { verifyIndependently } from './independent.ts'

let operator: Identity
let log: FixtureLog
let key: string

beforeAll(async () => {
  operator = await identity(v6Kinds['v6 curve25519'], { date: new Date(began - 60_000) })
  log = await makeLog({ count: 60, operator, replacedAt: 33 })
  key = toBase64url(signerOf('one log').publicKey)
})

const independently = (bytes: Uint8Array, logKey = key) => verifyIndependently(Buffer.from(bytes), logKey)

describe('a verifier that was written from docs/bundle.md', () => {
  it('takes bundles and certificates of any range', async () => {
    const source = sourceOf(log, { 9: ['one'], 40: ['one', 'two'], 60: ['two'] })
    await fc.assert(
      fc.asyncProperty(fc.nat(59), fc.nat(59), async (one, two) => {
        const [from, to] = [Math.min(one, two), Math.max(one, two) + 1]
        const kind = to - from < 3 ? 'certificate' : 'bundle'
        const found = independently(await bundleOf(source, { kind, from, to }))
        expect(found).toMatchObject({ origin: log.deployment, from, to })
        expect(found.entries.map((it) => it.toString())).toEqual(
          log.entries.slice(from, to).map((it) => Buffer.from(it).toString()),
        )
        expect(found.ed25519 + found.openpgp).toBe(to - from)
        expect([...found.sizes].sort((a, b) => a - b)).toEqual([9, 40, 60])
      }),
      { numRuns: 40 },
    )
  })

  it('refuses what the product refuses: another key, and every kind of tampering', async () => {
    const good = await bundleOf(sourceOf(log), { kind: 'certificate', from: 41, to: 43 })
    expect(() => independently(good, toBase64url(signerOf('nobody').publicKey))).toThrow('another key')
    const parts = await partsOf(sourceOf(log), { kind: 'certificate', from: 41, to: 43 })
    const resealed = parts.map((part) =>
      part.kind === 'checkpoint' ? { ...part, note: noteOf(log, 60, [], signerOf('nobody')) } : part,
    )
    await expect(written(resealed).then((it) => independently(it))).rejects.toThrow('unsigned checkpoint')
    await fc.assert(
      fc.asyncProperty(fc.nat(parts.length - 1), fc.nat(), fc.nat(), async (at, place, bit) => {
        const changed = parts.map((part, nth) => (nth === at ? tampered(part, place, bit) : part))
        const bytes = await written(changed)
        if (Buffer.from(bytes).equals(good)) return
        expect(() => independently(bytes)).toThrow()
        const outcome = await verifyBundle(() => [bytes], { trusted: [] }).then(
          (verdict) => verdict.outcome,
          () => 'failed',
        )
        expect(outcome).toBe('failed')
      }),
      { numRuns: 120 },
    )
    for (let seed = 0; seed < 60; seed++) {
      const turned = Buffer.from(good)
      const bit = (seed * 7919) % (turned.length * 8)
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => independently(turned)).toThrow()
    }
  })
})

/** Something else that somebody who makes the container anew might say. */
function tampered(part: BundlePart, place: number, bit: number): BundlePart {
  const turn = (bytes: Uint8Array): Uint8Array =>
    bytes.map((byte, at) => (at === place % bytes.byteLength ? byte ^ (1 << (bit % 8)) : byte))
  switch (part.kind) {
    case 'entries':
      return { ...part, entries: part.entries.map((it, at) => (at === bit % part.entries.length ? turn(it) : it)) }
    case 'context':
      return { ...part, bytes: turn(part.bytes) }
    case 'checkpoint': {
      // Of its text alone: the head's only line is the log's.
      const end = part.note.indexOf('\n\n')
      const text = Buffer.from(turn(Buffer.from(part.note.slice(0, end)))).toString('latin1')
      return { ...part, note: text + part.note.slice(end) }
    }
    default:
      return part
  }
}
