import fc from 'fast-check'
import { beforeAll, expect, it, vi } from 'vitest'
import type { BundleVerdict } from '#protocol/bundle.ts'
import { bundleOf, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { parseEntry } from '#trust/entry.ts'
import { runArea } from '../area.ts'
import { lineOf } from './entries.ts'
import { wordsOf as storeWordsOf } from './store.ts'
import { wordsOf } from './verify.ts'

let verdict: BundleVerdict
let entry: ReturnType<typeof parseEntry>
beforeAll(async () => {
  const log = await makeLog({ count: 12, restoredAt: 6 })
  verdict = await verifyBundle(
    async function* () {
      yield await bundleOf(sourceOf(log, { 12: ['one'] }))
    },
    { trusted: [] },
  )
  entry = parseEntry(log.entries[3] as Uint8Array)
})

/** ESC, the C1 controls, line breaks of every kind, and what turns text around. */
const steering = ['\u001b[2J', '\u009b2J', '\u007f', '\n✓ 検証できました', '\r', '\u2028', '\u202e', '\u2066', '\u061c']
const evil = fc.array(fc.constantFrom(...steering, '理由', 'x'), { maxLength: 6 }).map((parts) => parts.join(''))
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const steers = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/
const lines = (text: string): number => text.split('\n').length

it('says what a bundle holds without letting it steer the terminal or add a line', () => {
  expect(verdict.breaks).toHaveLength(1)
  const count = lines(wordsOf(verdict))
  fc.assert(
    fc.property(evil, (text) => {
      const told = wordsOf({
        ...verdict,
        breaks: verdict.breaks.map((it) => ({ ...it, operator: text, reason: text, previous: text })),
        keys: verdict.keys.map((it) => ({ ...it, name: text, key: text })),
        checkpoints: verdict.checkpoints.map((it) => ({
          ...it,
          witnesses: it.witnesses.map((witness) => ({ ...witness, name: text })),
        })),
      })
      expect(told).not.toMatch(steers)
      expect(lines(told)).toBe(count)
    }),
  )
})

it('says how far a cut file could be read, without counting what nobody knows', async () => {
  const whole = await bundleOf(sourceOf(await makeLog({ count: 12 })))
  const cut = await verifyBundle(() => [whole.slice(0, whole.byteLength - 40)], { trusted: [] })
  const told = wordsOf(cut)
  expect(told).toMatch(/^✗ ファイル \d+ フレームまで$/m)
  expect(told).toMatch(/^− 署名$/m)
  expect(told).not.toContain('/0\n')
})

it('shows an entry in one line, whatever it says', () => {
  fc.assert(
    fc.property(evil, (text) => {
      const { statement } = entry.command
      const command = { ...entry.command, statement: { ...statement, operator: text }, params: { text } } as never
      const line = lineOf({ index: 3, standing: 'verified', entry: { ...entry, command } })
      expect(line).not.toMatch(steers)
      expect(lines(line)).toBe(1)
    }),
  )
})

it('says of a store what it holds in the same way, and no reason of a restore that is invalid', () => {
  const report = (reason: string, findings: Parameters<typeof storeWordsOf>[0]['findings'] = []) => ({
    ...{ deployment: 'libral:one', logKey: null, size: 9, root: '', findings, signatures: { verified: 9, all: 9 } },
    ...{ seen: 0, doubts: [] },
    breaks: [
      {
        ...{ index: 4, size: 4, operator: reason, reason, issuedAt: 0, previous: reason, deployment: 'libral:two' },
        ...{ lost: null, signedBy: 'nobody' as const },
      },
    ],
  })
  const count = lines(storeWordsOf(report('理由'), 0))
  fc.assert(
    fc.property(evil, (text) => {
      const told = storeWordsOf(report(text), 0)
      expect(told).not.toMatch(steers)
      expect(lines(told)).toBe(count)
    }),
  )
  expect(storeWordsOf(report('故障のため'), 0)).toContain('故障のため')
  expect(storeWordsOf(report('故障のため', [{ index: 4, code: 'restoration-invalid' }]), 0)).not.toContain('故障のため')
})

it('answers programs in JSON that means the same and steers nothing', async () => {
  const said: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const reason = steering.join('')
  const parse = () => ({ json: true })
  await runArea({ usage: '', parse, perform: async () => ({ result: { reason }, words: '' }) }, [])
  spy.mockRestore()
  expect(said.join('')).not.toMatch(steers)
  expect(JSON.parse(said.join(''))).toEqual({ ok: true, reason })
})
