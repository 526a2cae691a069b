import { describe, expect, it } from 'vitest'
import { readLaunch } from './launch-options.ts'

describe('the command line', () => {
  it.each([
    [['app', '--review', '/tmp/a b.libral-bundle'], '/tmp/a b.libral-bundle'],
    [['app', '--review=/tmp/x.pgp'], '/tmp/x.pgp'],
    [['app', '/home/k/監査.libral-bundle'], '/home/k/監査.libral-bundle'],
    [['app', '--hidden', 'C:\\one.libral-certificate'], 'C:\\one.libral-certificate'],
    [['app', '--review', '--hidden'], null],
    [['app', '--user-data-dir=/x.libral-bundle'], null],
    [['one.libral-bundle'], null],
    [['app', 'libral://events'], null],
  ])('%j asks to review %s', (argv, review) => {
    expect(readLaunch(argv).review).toBe(review)
  })
})
