import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '#protocol/command.ts'
import { equalBytes, utf8 } from './bytes.ts'
import { canonicalBytes } from './canonical.ts'
import { canonicalMembers } from './canonical-form.ts'
import { parseStrict } from './strict-json.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((it) => it.isWellFormed())
const controls = fc.string({ unit: fc.integer({ min: 0, max: 0x7f }).map((it) => String.fromCharCode(it)) })
const name = fc.oneof(fc.stringMatching(/^[ -~]{0,6}$/), text)
const { value: json } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    text,
    controls,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5 }),
  ),
}))
const objects = fc.dictionary(name, json, { maxKeys: 5 }) as fc.Arbitrary<Record<string, Json>>

/** As canonical.ts and the strict reader see it. */
const isCanonical = (bytes: Uint8Array): boolean => {
  try {
    return equalBytes(canonicalBytes(parseStrict(bytes)), bytes)
  } catch {
    return false
  }
}
const plain = (value: Json): boolean =>
  typeof value !== 'object' || value === null
    ? true
    : Array.isArray(value)
      ? value.every(plain)
      : Object.entries(value).every(([key, item]) => /^[ !#-[\]-~]*$/.test(key) && !key.startsWith('__') && plain(item))

describe('canonical form', () => {
  it('is known at sight where names are plain, with the place of each member', () => {
    fc.assert(
      fc.property(objects, (value) => {
        const bytes = canonicalBytes(value)
        const spans = canonicalMembers(bytes)
        if (!plain(value)) return
        expect(spans).not.toBeNull()
        expect([...(spans?.keys() ?? [])]).toEqual(Object.keys(value).sort())
        for (const [key, [from, to]] of spans ?? [])
          expect(bytes.slice(from, to)).toEqual(canonicalBytes(value[key] as Json))
      }),
      { numRuns: 500 },
    )
  })

  it('lets nothing pass that is not, whichever byte is changed, put in or left out', () => {
    fc.assert(
      fc.property(
        objects,
        fc.nat(),
        fc.constantFrom('change', 'insert', 'remove'),
        fc.nat(255),
        (value, place, how, byte) => {
          const whole = canonicalBytes(value)
          const at = place % whole.byteLength
          const rest = whole.subarray(how === 'insert' ? at : at + 1)
          const changed = new Uint8Array(
            Buffer.concat([whole.subarray(0, at), how === 'remove' ? new Uint8Array() : Uint8Array.of(byte), rest]),
          )
          if (canonicalMembers(changed) !== null) expect(isCanonical(changed) || !isUtf8(changed)).toBe(true)
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it.each([
    '{"a":1 }',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":-0}',
    '{"a":01}',
    '{"a":1.0}',
    '{"a":1e2}',
    '{"a":9007199254740992}',
    '{"a":"\\/"}',
    '{"a":"\\u000A"}',
    '{"a":"\\u000a"}',
    '{"a":"\\u001F"}',
    '{"a":"\\u0041"}',
    '{"a":"\n"}',
    '{"a":"\\ud800"}',
    '{"__proto__":1}',
    '{"a":[1,]}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a":tru}',
    '{"a":nulll}',
    '{"a":-}',
    '[1]',
    '1',
    '{"a":1}{}',
    '{"a":1',
    '{"a":"',
    '{"a":"\\',
    '{"a":"\\u00',
    '{',
    '',
    `{"a":${'['.repeat(70)}${']'.repeat(70)}}`,
  ])('does not take %s', (wrong) => {
    expect(canonicalMembers(utf8(wrong))).toBeNull()
  })

  it('takes the ends of what is allowed', () => {
    const right =
      '{"":[],"a":{"b":-9007199254740991,"c":9007199254740991},"aa":"\\u001f\\u007f\u007f\\"\\\\/\\b","b":[0,null,true,false]}'
    expect(canonicalMembers(utf8(right.replace('\\u007f', '')))).not.toBeNull()
  })
})
