import { expect, test } from 'vitest'
import { errorCodes } from '#protocol/errors.ts'
import { isExplained } from './explanations.ts'

test('whatever is the command line’s own has words', () => {
  const codes = errorCodes.filter((code) => code.startsWith('env.') || code.startsWith('vault.'))
  expect(codes.filter((code) => !isExplained(code))).toEqual([])
})
