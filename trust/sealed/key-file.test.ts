import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KeyFileHead, keyFileHeadSchema } from '#protocol/sealed-hand-over.ts'
import { dataKeyIdSchema, subjectSchema } from '#protocol/sealed-value.ts'
import { toBase64url } from '../bytes.ts'
import { keyFileLines, readKeyFileLines } from './key-file.ts'

const head: KeyFileHead = keyFileHeadSchema.parse({
  ...{ v: 1, kind: 'libral-keys', deployment: 'libral:00000000-0000-4000-8000-000000000001' },
  ...{ command: '01939f0e-0000-7000-8000-000000000001', class: 'personal', from: 3, to: 9, custodian: 'tanaka' },
  ...{ receiver: 'ab'.repeat(32), at: 1_763_000_000_000 },
})
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const subjects = fc.constantFrom('operator:abe', 'operator:sato', 'payer:x-1').map((it) => subjectSchema.parse(it))
const keyIds = bytes(16).map((it) => dataKeyIdSchema.parse(toBase64url(it)))
const item = fc.record({
  subject: subjects,
  key: keyIds,
  secret: fc.option(bytes(32), { nil: null }),
  why: fc.constantFrom('erased' as const, 'lacking' as const),
})
type Item = typeof item extends fc.Arbitrary<infer T> ? T : never
const textOf = (items: readonly Item[]): Uint8Array => {
  const lines = keyFileLines(head)
  for (const { subject, key, secret, why } of items)
    secret === null ? lines.leaveOut({ subject, key, why }) : lines.add({ subject, key, secret })
  return lines.end()
}
const unreadable = expect.objectContaining({ code: 'sealed.keys-unreadable' })
const thrown = (work: () => unknown): unknown => {
  try {
    work()
    return null
  } catch (error) {
    return error
  }
}

describe('the lines of a key file', () => {
  it('come back as they were written, each key once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(item, { selector: ({ key }) => key, maxLength: 20 }), (items) => {
        const read = readKeyFileLines(textOf([...items, ...items]))
        expect(read.head).toEqual(head)
        const given = items.filter(({ secret }) => secret !== null)
        expect([...read.keys]).toEqual(given.map(({ key, subject, secret }) => [key, { subject, secret }]))
        expect([...read.without.keys()]).toEqual(items.filter(({ secret }) => secret === null).map(({ key }) => key))
        expect(read.counts).toEqual({
          keys: given.length,
          subjects: new Set(given.map(({ subject }) => subject)).size,
          erased: items.filter(({ secret, why }) => secret === null && why === 'erased').length,
          lacking: items.filter(({ secret, why }) => secret === null && why === 'lacking').length,
        })
      }),
    )
  })

  it('are refused when they are cut anywhere, or when a line goes, comes twice or comes from elsewhere', () => {
    const key = (n: number) => dataKeyIdSchema.parse(toBase64url(new Uint8Array(16).fill(n)))
    const one = (n: number): Item => ({
      ...{
        subject: subjectSchema.parse('operator:abe'),
        key: key(n),
        secret: new Uint8Array(32).fill(n),
        why: 'erased',
      },
    })
    const whole = textOf([one(1), one(2), { ...one(3), secret: null }])
    for (let length = 0; length < whole.byteLength; length++)
      expect(thrown(() => readKeyFileLines(whole.subarray(0, length)))).toEqual(unreadable)
    const lines = Buffer.from(whole).toString().split('\n').slice(0, -1)
    const joined = (changed: readonly string[]) => Buffer.from(`${changed.join('\n')}\n`)
    for (let at = 0; at < lines.length; at++) {
      expect(thrown(() => readKeyFileLines(joined(lines.toSpliced(at, 1))))).toEqual(unreadable)
      expect(thrown(() => readKeyFileLines(joined(lines.toSpliced(at, 0, lines[at] ?? ''))))).toEqual(unreadable)
    }
    expect(thrown(() => readKeyFileLines(joined([...lines, '{}'])))).toEqual(unreadable)
    const later = joined(lines).toString().replace('"v":1', '"v":2')
    expect(thrown(() => readKeyFileLines(Buffer.from(later)))).toEqual(unreadable)
  })

  it('leave nothing behind once they are wiped', () => {
    const lines = keyFileLines(head)
    lines.wipe()
    expect(() => readKeyFileLines(lines.end())).toThrow()
  })
})
