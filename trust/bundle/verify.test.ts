import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BundleVerdict, TrustedKey } from '#protocol/bundle.ts'
import {
  began,
  bundleOf,
  type FixtureLog,
  logKeyText,
  makeLog,
  noteOf,
  partsOf,
  signerOf,
  sourceOf,
  witnessText,
  written,
} from '#tests/fixtures/bundle/log.ts'
import { type Identity, identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { sha256, toBase64url, utf8 } from '../bytes.ts'
import type { BundlePart } from './format.ts'
import type { VerifyOptions } from './options.ts'
import { verifyBundle } from './verify.ts'

let operator: Identity
let log: FixtureLog
let other: FixtureLog

beforeAll(async () => {
  operator = await identity(v6Kinds['v6 curve25519'], { date: new Date(began - 60_000) })
  log = await makeLog({ count: 40, operator })
  other = await makeLog({ name: 'other', count: 40 })
})

const trustedKey = (kind: TrustedKey['kind'], key: string): TrustedKey => ({ kind, key, label: '', at: 0 })
const everything = (): TrustedKey[] => [
  trustedKey('log', logKeyText(log)),
  trustedKey('certificate', operator.certificate.getFingerprint()),
]
const verify = async (bytes: Uint8Array, trusted = everything(), more: Partial<VerifyOptions> = {}) =>
  consistent(await verifyBundle(() => [bytes], { trusted, ...more }))
/** No step passes over something that did not, and no explanation counts that does not hold. */
const consistent = (verdict: BundleVerdict): BundleVerdict => {
  const step = verdict.steps.find((it) => it.step === 'checkpoints')
  if (verdict.failure === null && !verdict.checkpoints.every(({ agrees }) => agrees)) expect(step?.state).toBe('failed')
  const invalid = verdict.findings.filter(({ code }) => code === 'restoration-invalid').map(({ index }) => index)
  for (const { index } of verdict.breaks) expect(invalid).not.toContain(index)
  return verdict
}
const found = ({ findings }: BundleVerdict): string[] => findings.map(({ index, code }) => `${index} ${code}`)
const refusal = (code: string) => expect.objectContaining({ code })

describe('a bundle is verified', () => {
  it('whole, under keys that a person entered', async () => {
    const standings: number[] = []
    const verdict = await verify(await bundleOf(sourceOf(log)), everything(), {
      judged: (_from, some) => void standings.push(...some),
    })
    expect(verdict).toMatchObject({
      outcome: 'verified',
      findings: [],
      failure: null,
      signatures: { verified: 40, unconfirmed: 0, all: 40 },
      limits: ['tail'],
    })
    expect(verdict.steps.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'passed'))
    expect(standings).toEqual(Array.from({ length: 40 }, () => 0))
    expect(verdict.keys.map(({ kind, name, standing, signatures }) => [kind, name, standing, signatures])).toEqual([
      ['log', log.deployment, 'trusted', 30],
      ['certificate', 'sato', 'trusted', 10],
    ])
  })

  it('and shows nothing as verified that rests on keys of the bundle alone', async () => {
    const bytes = await bundleOf(sourceOf(log))
    const standings: number[] = []
    const verdict = await verify(bytes, [], { judged: (_from, some) => void standings.push(...some) })
    expect(verdict).toMatchObject({
      outcome: 'unconfirmed',
      findings: [],
      signatures: { verified: 0, unconfirmed: 40, all: 40 },
    })
    expect(new Set(standings)).toEqual(new Set([1]))
    const half = await verify(bytes, everything().slice(0, 1))
    expect(half).toMatchObject({ outcome: 'unconfirmed', signatures: { verified: 30, unconfirmed: 10, all: 40 } })
    const certificateAlone = await verify(bytes, everything().slice(1))
    expect(certificateAlone).toMatchObject({ outcome: 'unconfirmed', signatures: { verified: 0, unconfirmed: 40 } })
  })

  it('from any entry to any other, with what speaks of keys outside', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(39), fc.nat(39), async (one, two) => {
        const [from, to] = [Math.min(one, two), Math.max(one, two) + 1]
        const verdict = await verify(await bundleOf(sourceOf(log), { from, to }))
        expect(found(verdict)).toEqual([])
        expect(verdict).toMatchObject({ outcome: 'verified', signatures: { verified: to - from, all: to - from } })
        expect(verdict.limits).toEqual(from > 0 ? ['tail', 'keys'] : ['tail'])
      }),
      { numRuns: 25 },
    )
  })

  it('over a change of the log’s key, for ranges on either side of it', async () => {
    const renewed = await makeLog({ count: 30, replacedAt: 12 })
    const [before, after] = renewed.logSigners
    const trusted = [trustedKey('log', logKeyText(renewed))]
    for (const [from, to] of [
      [0, 30],
      [0, 5],
      [4, 9],
      [12, 13],
      [20, 30],
    ] as const) {
      const verdict = await verify(await bundleOf(sourceOf(renewed), { from, to }), trusted)
      expect(found(verdict)).toEqual([])
      expect(verdict.outcome).toBe('verified')
    }
    // An old head under the newer key is the log's; a newer head under the key that gave way is not.
    const parts = await partsOf(sourceOf(renewed, { 7: ['w'] }))
    expect(found(await verify(await written(parts), trusted))).toEqual([])
    const resealed = parts.map((part) =>
      part.kind === 'checkpoint' ? { ...part, note: noteOf(renewed, 30, [], before), proof: [] } : part,
    )
    expect(found(await verify(await written(resealed), trusted))).toContain('29 checkpoint-unsigned')
    expect(after).toBeDefined()
  })

  it('over a restored backup: what operators signed before it was for the name before', async () => {
    const restored = await makeLog({ count: 40, name: 'restored', operator, restoredAt: 30 })
    const { outcome, findings } = await verify(await bundleOf(sourceOf(restored)), [
      trustedKey('log', logKeyText(restored)),
    ])
    // Whose certificate nobody confirmed here.
    expect([outcome, findings]).toEqual(['unconfirmed', []])
  })

  it('with the cosignatures that it brings: those of witnesses that a person entered count', async () => {
    const source = sourceOf(log, { 17: ['one', 'two'], 40: ['one'] })
    const bytes = await bundleOf(source)
    const alone = await verify(bytes)
    expect(alone).toMatchObject({ outcome: 'verified', limits: ['tail'] })
    expect(alone.checkpoints.map(({ size, agrees, witnesses }) => [size, agrees, witnesses.length])).toEqual([
      [40, true, 1],
      [17, true, 2],
    ])
    const known = await verify(bytes, [...everything(), trustedKey('witness', witnessText('one'))])
    expect(known.limits).toEqual([])
    expect(known.checkpoints[0]?.witnesses).toEqual([{ name: 'one', standing: 'trusted', at: began }])
    for (const [from, to] of [
      [0, 10],
      [20, 30],
      [17, 18],
    ] as const)
      expect(found(await verify(await bundleOf(source, { from, to })))).toEqual([])
  })

  it('against checkpoints that were seen elsewhere', async () => {
    const bytes = await bundleOf(sourceOf(log))
    const agreeing = await verify(bytes, everything(), { seen: [noteOf(log, 11), noteOf(log, 40)] })
    expect(agreeing).toMatchObject({ findings: [], seen: { given: 2, compared: 2, agreeing: 2 }, limits: [] })
    const rewritten = { ...log, entries: log.entries.with(5, log.entries[6] ?? new Uint8Array()) }
    const denied = await verify(bytes, everything(), { seen: [noteOf(rewritten, 11)] })
    expect(denied.outcome).toBe('failed')
    expect(found(denied)).toEqual(['10 seen-differs'])
    await expect(verify(bytes, everything(), { seen: [noteOf(other, 3)] })).rejects.toThrow(refusal('log.other-log'))
    await expect(verify(bytes, everything(), { seen: ['メモ'] })).rejects.toThrow(refusal('log.note-malformed'))
  })

  it('until it is cancelled', async () => {
    const stop = new AbortController()
    const work = verify(await bundleOf(sourceOf(log)), everything(), {
      signal: stop.signal,
      progress: ({ step }) => step === 'signatures' && stop.abort(),
      judged: () => stop.abort(),
    })
    stop.abort()
    await expect(work).rejects.toThrow(refusal('bundle.cancelled'))
  })

  it('as one file: another one the second time is refused', async () => {
    const [one, two] = [await bundleOf(sourceOf(log)), await bundleOf(sourceOf(log), { by: 'tanaka' })]
    let opened = 0
    const changing = verifyBundle(() => [opened++ === 0 ? one : two], { trusted: [] })
    await expect(changing).rejects.toThrow(refusal('bundle.changed'))
    opened = 0
    const cut = verifyBundle(() => [opened++ === 0 ? one : one.subarray(0, 900)], { trusted: [] })
    await expect(cut).rejects.toThrow(refusal('bundle.changed'))
  })

  it('with the evidence that lies beside its entries', async () => {
    const evidence = utf8('a contract of forty pages')
    const named = { ...log, entries: log.entries }
    const parts = await partsOf(sourceOf(named), { to: 10 })
    const policy = toBase64url(sha256(utf8('fixture')))
    const withEvidence = (bytes: Uint8Array): BundlePart[] => [
      ...parts.map((part) =>
        part.kind === 'manifest' ? { ...part, manifest: { ...part.manifest, evidence: 1 } } : part,
      ),
      { kind: 'evidence', index: 4, bytes },
    ]
    // Every entry names its policy by its digest.
    expect(policy).toHaveLength(43)
    expect(found(await verify(await written(withEvidence(utf8('fixture')))))).toEqual([])
    expect(found(await verify(await written(withEvidence(evidence))))).toEqual(['4 evidence-unnamed'])
  })
})

describe('an attack on a bundle', () => {
  const replaced = (parts: readonly BundlePart[], change: (part: BundlePart) => BundlePart): Promise<Uint8Array> =>
    written(parts.map(change))
  const withEntries = (parts: readonly BundlePart[], change: (all: readonly Uint8Array[]) => readonly Uint8Array[]) => {
    const all = change(parts.flatMap((part) => (part.kind === 'entries' ? part.entries : [])))
    const entryBytes = all.reduce((sum, { byteLength }) => sum + byteLength, 0)
    return replaced(parts, (part) => {
      if (part.kind === 'entries') return { ...part, entries: all }
      return part.kind === 'manifest'
        ? { ...part, manifest: { ...part.manifest, entryBytes, to: part.manifest.from + all.length } }
        : part
    })
  }

  it('that edits, removes, swaps or adds entries and makes the file anew is found, and named', async () => {
    const parts = await partsOf(sourceOf(log))
    const at = (index: number) => log.entries[index] ?? new Uint8Array()
    const edited = utf8(Buffer.from(at(8)).toString().replace('"text":"引き継ぎ 8"', '"text":"引き継ぎ 9"'))
    const cases: readonly (readonly [(all: readonly Uint8Array[]) => readonly Uint8Array[], string])[] = [
      [(all) => all.with(8, edited), '8 params-altered'],
      [(all) => all.toSpliced(8, 1), '8 misplaced'],
      [(all) => all.with(8, at(9)).with(9, at(8)), '8 misplaced'],
      [(all) => all.toSpliced(8, 0, at(20)), '8 misplaced'],
      [(all) => all.with(8, utf8('{}')), '8 malformed'],
      [(all) => all.with(8, at(7)), '8 repeated'],
    ]
    for (const [change, expected] of cases) {
      const verdict = await verify(await withEntries(parts, change))
      expect(verdict.outcome).toBe('failed')
      expect(verdict.signatures.verified).toBeLessThanOrEqual(41)
      expect(found(verdict)).toContain(expected)
      expect(verdict.findings.some(({ code }) => code === 'checkpoint-differs')).toBe(true)
    }
    const cut = await verify(await withEntries(parts, (all) => all.slice(0, 30)))
    expect(found(cut)).toContain('39 checkpoint-differs')
  })

  it('before a restored backup takes its explanation away', async () => {
    const restored = await makeLog({ count: 40, name: 'restored', restoredAt: 30 })
    const trusted = [trustedKey('log', logKeyText(restored))]
    const parts = await partsOf(sourceOf(restored))
    expect((await verify(await written(parts), trusted)).breaks).toMatchObject([
      { index: 30, reason: 'ディスクの故障' },
    ])
    const edited = utf8(
      Buffer.from(restored.entries[8] ?? [])
        .toString('utf8')
        .replace('引き継ぎ 8', '引き継ぎ 9'),
    )
    const verdict = await verify(await withEntries(parts, (all) => all.with(8, edited)), trusted)
    expect(found(verdict)).toContain('30 restoration-invalid')
    expect(verdict.breaks).toEqual([])
  })

  it('that merges two logs is found', async () => {
    const mine = await partsOf(sourceOf(log))
    const merged = await verify(await withEntries(mine, (all) => [...all.slice(0, 20), ...other.entries.slice(20)]))
    expect(found(merged)).toEqual(expect.arrayContaining(['20 foreign', '39 checkpoint-differs']))
    const theirs = await partsOf(sourceOf(other))
    const head = theirs.find(({ kind }) => kind === 'checkpoint')
    const foreign = await replaced(mine, (part) => (part.kind === 'checkpoint' && head ? head : part))
    expect(found(await verify(foreign))).toContain('39 checkpoint-unsigned')
  })

  it('that signs everything anew under a key of its own says 未確認の鍵, or fails where the log is known', async () => {
    // The same name, made by somebody else: every signature is right, under keys that nobody entered.
    const forged = await makeLog({ name: 'forged', count: 20 })
    const theirs = await verify(await bundleOf(sourceOf(forged)), [])
    expect(theirs).toMatchObject({ outcome: 'unconfirmed', signatures: { verified: 0 } })
    const sameName = [{ ...trustedKey('log', logKeyText({ ...log, deployment: forged.deployment })) }]
    const known = await verify(await bundleOf(sourceOf(forged)), sameName)
    expect(known.outcome).toBe('failed')
    expect(found(known)).toEqual(['0 other-log-key'])
    // Another's seal under the right log's head.
    const parts = await partsOf(sourceOf(log))
    const resigned = await replaced(parts, (part) =>
      part.kind === 'checkpoint' ? { ...part, note: noteOf(log, 40, [], signerOf('nobody')) } : part,
    )
    expect(found(await verify(resigned))).toEqual(['39 checkpoint-unsigned'])
  })

  it('on a cosignature, a proof or an entry of its own is found', async () => {
    const source = sourceOf(log, { 9: ['one'], 40: ['one'] })
    const parts = await partsOf(source, { from: 15, to: 25 })
    expect(found(await verify(await written(parts)))).toEqual([])
    const forgedNote = await replaced(parts, (part) =>
      part.kind === 'checkpoint' && part.proof.length > 0
        ? { ...part, note: part.note.replace(/— one (.{20})./, (_all, start: string) => `— one ${start}A`) }
        : part,
    )
    expect((await verify(forgedNote)).findings.map(({ code }) => code)).toContain('checkpoint-forged')
    const noProof = await replaced(parts, (part) =>
      part.kind === 'checkpoint' ? { ...part, proof: part.proof.slice(1) } : part,
    )
    expect((await verify(noProof)).findings.map(({ code }) => code)).toContain('checkpoint-differs')
    const otherContext = await replaced(parts, (part) =>
      part.kind === 'context' && part.index === 1 ? { ...part, bytes: other.entries[1] ?? part.bytes } : part,
    )
    const verdict = await verify(otherContext)
    expect(found(verdict)).toContain('1 not-included')
  })

  it('of any kind, anywhere: one bit of a written bundle never leaves it verified', async () => {
    const bytes = await bundleOf(sourceOf(log), { from: 7, to: 9 })
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.byteLength * 8 - 1), async (bit) => {
        const turned = Uint8Array.from(bytes)
        turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const outcome = await verify(turned).then(
          (verdict) => verdict.outcome,
          () => 'refused',
        )
        expect(['failed', 'refused']).toContain(outcome)
      }),
      { numRuns: 120 },
    )
  })

  it('by who repairs the container after each bit leaves no entry verified', async () => {
    const parts = await partsOf(sourceOf(log), { from: 7, to: 9 })
    const targets = parts.flatMap((part, at) =>
      part.kind === 'manifest'
        ? []
        : 'entries' in part
          ? part.entries.map((_, nth) => [at, nth] as const)
          : [[at, 0] as const],
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(targets.length - 1), fc.nat(), async (target, seed) => {
        const [at, nth] = targets[target] ?? [0, 0]
        const changed = parts.map((part, place) => (place === at ? bitTurned(part, nth, seed) : part))
        const outcome = await verify(await written(changed)).then(
          ({ outcome: said }) => said,
          () => 'refused',
        )
        expect(['failed', 'refused']).toContain(outcome)
      }),
      { numRuns: 60 },
    )
  })
})

/** One bit of the bytes that a part carries: of its entry, proof, note. */
function bitTurned(part: BundlePart, nth: number, seed: number): BundlePart {
  const turn = (bytes: Uint8Array): Uint8Array => {
    const bit = seed % (bytes.byteLength * 8)
    return bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
  }
  switch (part.kind) {
    case 'entries':
      return { ...part, entries: part.entries.map((bytes, at) => (at === nth ? turn(bytes) : bytes)) }
    case 'context':
      return seed % 2 === 0 || part.path.length === 0
        ? { ...part, bytes: turn(part.bytes) }
        : { ...part, path: part.path.map((hash, at) => (at === seed % part.path.length ? turn(hash) : hash)) }
    case 'checkpoint':
      // A line by a key that nobody brought counts for nothing: the text is what matters, and the log's own line.
      return { ...part, note: Buffer.from(turn(utf8(part.note))).toString('latin1') }
    default:
      return part
  }
}
