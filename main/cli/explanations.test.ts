import { expect, test } from 'vitest'
import { errorCodes } from '#protocol/errors.ts'
import { isExplained } from './explanations.ts'

test('whatever the vault can answer has words of its own', () => {
  const areas = ['vault.', 'keys.', 'openpgp.', 'env.']
  const codes = errorCodes.filter((code) => areas.some((area) => code.startsWith(area)))
  expect(codes.filter((code) => !isExplained(code))).toEqual([])
})
