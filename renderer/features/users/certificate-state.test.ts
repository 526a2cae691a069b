import { describe, expect, it } from 'vitest'
import { compared, stateOf } from './certificate-state.ts'

const fingerprint = 'ab12'.repeat(10)

describe('a fingerprint that was read out', () => {
  it.each([
    ['AB12 AB12 AB12 AB12 AB12  AB12 AB12 AB12 AB12 AB12', 'same'],
    ['openpgp4fpr:AB12AB12AB12AB12AB12AB12AB12AB12AB12AB12', 'same'],
    ['ＡＢ１２'.repeat(10), 'same'],
    ['  ', 'empty'],
    ['ab12ab12', 'other'],
    [`${fingerprint.slice(0, -1)}3`, 'other'],
    [`${fingerprint}ab12`, 'other'],
  ])('%s', (pasted, outcome) => {
    expect(compared(pasted, fingerprint)).toBe(outcome)
  })
})

it('expires by the clock, and stays revoked whatever the clock says', () => {
  expect(stateOf({ state: 'valid', expiresAt: 10 }, 9)).toBe('valid')
  expect(stateOf({ state: 'valid', expiresAt: 10 }, 10)).toBe('expired')
  expect(stateOf({ state: 'valid', expiresAt: null }, 10)).toBe('valid')
  expect(stateOf({ state: 'compromised', expiresAt: 1 }, 10)).toBe('compromised')
})
