import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { writeCertificate } from '#main/exports/certificate.ts'
import type { TrustedKey } from '#protocol/bundle.ts'
import type { EntryView, ReviewFilter, ReviewState } from '#protocol/review.ts'
import { bundleOf, type FixtureLog, logKeyText, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { verifyInclusion } from '#trust/merkle.ts'
import { createReview, type Review } from './review.ts'

const folders: string[] = []
const reviews: Review[] = []
afterEach(async () => {
  for (const review of reviews.splice(0)) await review.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'libral-review-'))
  folders.push(folder)
  return folder
}

const settled = (review: Review): Promise<ReviewState> =>
  new Promise((resolve) => {
    const look = (state: ReviewState): void => {
      if (state.phase === 'open' || state.phase === 'failed') resolve(state)
    }
    review.onState(look)
    look(review.state())
  })

const reviewOf = async (bytes: Uint8Array, directory = freshFolder(), name = 'log.libral-bundle') => {
  const folder = freshFolder()
  const file = join(folder, name)
  writeFileSync(file, bytes)
  const review = createReview({ userData: directory, directory, sessionKeyOf: async () => null })
  reviews.push(review)
  await review.open(file)
  return { review, file, directory, state: await settled(review) }
}

const keyOf = (log: FixtureLog): TrustedKey => ({ kind: 'log', key: logKeyText(log), label: '本番', at: 1 })
const all: ReviewFilter = {
  text: '',
  from: null,
  to: null,
  actors: [],
  commands: [],
  risks: [],
  outcomes: [],
  standings: [],
  object: null,
  noted: false,
}
const isProved = ({ row, leaf, proof }: EntryView): boolean =>
  proof !== null &&
  verifyInclusion(
    Buffer.from(leaf, 'hex'),
    row.index,
    proof.size,
    proof.path.map(fromBase64url),
    fromBase64url(proof.root),
  )
const ask = (text: string) => ({ filter: { ...all, text }, descending: true, after: null, limit: 50 })

describe('a review', () => {
  it('shows nothing as verified before a person entered the key, and everything after', async () => {
    const log = await makeLog({ count: 3_000 })
    const { review, state } = await reviewOf(await bundleOf(sourceOf(log)))
    expect(state).toMatchObject({ phase: 'open', file: 'log.libral-bundle', verdict: { outcome: 'unconfirmed' } })
    expect(state.phase === 'open' && state.summary.standings).toMatchObject({ verified: 0, unconfirmed: 3_000 })
    expect((await review.entry(7)).signatures).toMatchObject([{ kind: 'session', valid: true, trusted: false }])
    await review.trust([keyOf(log)])
    const now = await settled(review)
    expect(now.phase === 'open' && now.summary.standings).toMatchObject({ verified: 3_000, unconfirmed: 0 })
    const { rows } = await review.call('query', ask('引き継ぎ 29'))
    expect(rows.map(({ index }) => index).slice(0, 2)).toEqual([2_999, 2_998])
    const view = await review.entry(2_999)
    expect(view).toMatchObject({ row: { standing: 'verified' }, findings: [], note: null })
    expect(view.signatures).toMatchObject([{ valid: true, trusted: true }])
    expect(isProved(view)).toBe(true)
  })

  it('names the entry that was edited, and goes on showing the others', async () => {
    const log = await makeLog({ count: 40 })
    const edited = log.entries.map((bytes, at) =>
      at === 17 ? Buffer.from(Buffer.from(bytes).toString('utf8').replace('引き継ぎ 17', '引き継ぎ 18')) : bytes,
    )
    const source = { ...sourceOf(log), entries: async (from: number, to: number) => edited.slice(from, to) }
    const { review, state } = await reviewOf(await bundleOf(source))
    if (state.phase !== 'open') throw new Error(state.phase)
    expect(state.verdict.outcome).toBe('failed')
    expect(state.verdict.findings).toContainEqual({ index: 17, code: 'params-altered' })
    const view = await review.entry(17)
    expect(view.row.standing).toBe('failed')
    expect(view.findings.map(({ code }) => code)).toContain('params-altered')
  })

  it.each([700, 650])(
    'shows a range from the middle of a log, with the proof of each entry up to the head behind %i',
    async (to) => {
      const log = await makeLog({ count: 700 })
      const { review, state } = await reviewOf(await bundleOf(sourceOf(log), { from: 300, to }))
      expect(state.phase).toBe('open')
      const { rows } = await review.call('query', { ...ask(''), descending: false, limit: 3 })
      expect(rows.map(({ index }) => index)).toEqual([300, 301, 302])
      const view = await review.entry(301)
      expect(view.signatures).toMatchObject([{ valid: true }])
      expect(view.proof?.size).toBe(700)
      expect(isProved(view)).toBe(true)
      await expect(review.entry(299)).rejects.toMatchObject({ code: 'log.out-of-range' })
    },
  )

  it('keeps notes beside the bundle, finds them again, and says when the entry is another one', async () => {
    const log = await makeLog({ count: 20 })
    const bytes = await bundleOf(sourceOf(log))
    const first = await reviewOf(bytes)
    await first.review.note(5, '現場に確認', 1_800_000_000_000)
    expect((await first.review.entry(5)).note).toMatchObject({ text: '現場に確認', stale: false })
    expect((await first.review.call('query', { ...ask(''), filter: { ...all, noted: true } })).rows).toHaveLength(1)
    await first.review.close()
    const again = await reviewOf(await bundleOf(sourceOf(log), { from: 3, to: 12 }), first.directory)
    expect((await again.review.entry(5)).note).toMatchObject({ text: '現場に確認', stale: false })
    await again.review.note(5, '', 1)
    expect(again.review.notes()).toEqual([])
  })

  it('refuses what is no bundle, and leaves nothing behind', async () => {
    const { review, state, directory } = await reviewOf(Buffer.from('something else altogether, and no bundle'))
    expect(state).toMatchObject({ phase: 'failed', failure: { code: 'bundle.not-a-bundle' } })
    await review.close()
    expect(readdirSync(join(directory, 'open'))).toEqual([])
    await expect(review.call('query', ask(''))).rejects.toMatchObject({ code: 'review.not-open' })
  })

  it('hands out a certificate of its own entries, piece by piece, and none of a bundle that does not hold', async () => {
    const log = await makeLog({ count: 700 })
    const source = sourceOf(log)
    const { review, file } = await reviewOf(await bundleOf(source, { from: 100, to: 600 }))
    const made: Uint8Array[] = []
    const draft = { write: async (data: string | Uint8Array) => void made.push(Buffer.from(data)) }
    const stop = new AbortController()
    for await (const _ of writeCertificate(draft, review, { from: 300, to: 303 }, stop.signal));
    const bytes = Buffer.concat(made)
    const verdict = await verifyBundle(() => [bytes], { trusted: [keyOf(log)] })
    expect(verdict).toMatchObject({ outcome: 'verified', manifest: { kind: 'certificate', from: 300, to: 303 } })
    await expect(review.call('certify', { from: 99, to: 101 })).rejects.toMatchObject({ code: 'log.out-of-range' })
    // Who stops finds nothing half done in the way of the next.
    await review.call('certify', { from: 100, to: 600 })
    await review.call('certificateEnd')
    expect(await review.call('certificatePiece')).toBeNull()
    writeFileSync(file, await bundleOf(source, { from: 100, to: 650 }))
    await expect(review.call('certify', { from: 300, to: 303 })).rejects.toMatchObject({ code: 'bundle.changed' })

    const edited = { ...source, entries: async (from: number, to: number) => log.entries.slice(from, to).toReversed() }
    const broken = await reviewOf(await bundleOf(edited, { from: 100, to: 200 }))
    await expect(broken.review.call('certify', { from: 150, to: 151 })).rejects.toMatchObject({ code: 'bundle.failed' })
  })

  it('draws the same sample from the same seed', async () => {
    const log = await makeLog({ count: 200 })
    const { review } = await reviewOf(await bundleOf(sourceOf(log)))
    const order = { seed: '令和8年度', size: 10, filter: { ...all, actors: ['tanaka'] } }
    const [one, other] = await Promise.all([review.call('sample', order), review.call('sample', order)])
    expect(one).toEqual(other)
    expect(one.population).toBe(198)
    expect(one.rows).toHaveLength(10)
  })
})
