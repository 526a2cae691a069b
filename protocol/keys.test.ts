import { expect, test } from 'vitest'
import { fingerprintSchema } from './ids.ts'
import { identityDraftSchema, keysContract } from './keys.ts'

test('a fingerprint has the digits of v4 or of v6, in lower case', () => {
  expect(fingerprintSchema.safeParse('a'.repeat(40)).success).toBe(true)
  expect(fingerprintSchema.safeParse('0'.repeat(64)).success).toBe(true)
  for (const wrong of ['', 'a'.repeat(41), 'A'.repeat(40), 'g'.repeat(40)])
    expect(fingerprintSchema.safeParse(wrong).success, wrong).toBe(false)
})

test('an identity has a name; an address may be missing but not be wrong', () => {
  const draft = { name: ' 田中花子 ', email: '', curve: '25519', companion: true, days: 730 } as const
  expect(identityDraftSchema.parse(draft).name).toBe('田中花子')
  expect(identityDraftSchema.safeParse({ ...draft, email: 'tanaka' }).success).toBe(false)
  expect(identityDraftSchema.safeParse({ ...draft, name: ' ' }).success).toBe(false)
})

test('no operation takes a file name, a passphrase or a secret from a window', () => {
  for (const [name, procedure] of Object.entries(keysContract)) {
    const shape: object = (procedure['~orpc'].inputSchema as { readonly shape?: object } | undefined)?.shape ?? {}
    for (const field of Object.keys(shape)) expect(field, name).not.toMatch(/file|path|pass|pin$|secretKey/i)
  }
})
