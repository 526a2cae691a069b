import { expect, it } from 'vitest'
import type { BundleVerdict } from '#protocol/bundle.ts'
import { wantsKeys, wordsFor } from './verdict-words.ts'

type Asked = Pick<BundleVerdict, 'keys' | 'outcome' | 'doubts'>
const key = (kind: 'log' | 'witness' | 'certificate', standing: 'trusted' | 'unconfirmed') => ({
  ...{ kind, standing, key: 'k', name: 'n', signatures: 1 },
})
const doubt = { fingerprint: 'a'.repeat(40), operator: 'sato', revoked: 9, entries: 2, first: 1, last: 3 } as never

it('asks for keys only where a key would change something', () => {
  const trusted: Asked = {
    outcome: 'unconfirmed',
    keys: [key('log', 'trusted'), key('witness', 'unconfirmed')],
    doubts: [doubt],
  }
  expect([wantsKeys(trusted), wordsFor(trusted)]).toEqual([false, 'doubted'])
  const unknown: Asked = { ...trusted, keys: [...trusted.keys, key('certificate', 'unconfirmed')] }
  expect([wantsKeys(unknown), wordsFor(unknown)]).toEqual([true, 'unconfirmed'])
  expect(wordsFor({ ...unknown, outcome: 'failed' })).toBe('failed')
  expect(wantsKeys({ outcome: 'verified', keys: [key('log', 'trusted')] })).toBe(false)
})
