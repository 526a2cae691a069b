import { expect, test } from 'vitest'
import { isPassing } from './deciding.ts'

test.each([
  ['storage.unavailable', true],
  ['module.stopped', true],
  ['module.busy', true],
  ['command.needs-approvals', true],
  ['approvals.closed', true],
  // By an instance of the build before, which does not know it.
  ['command.unknown', true],
  ['payments.changed', false],
  ['session.certificate-revoked', false],
  ['command.not-permitted', false],
] as const)('an approved command that is refused as %s waits on: %s', (code, waits) => {
  expect(isPassing(code)).toBe(waits)
})
