import { expect, test } from 'vitest'
import type { SentRecord } from '#main/replica/messages.ts'
import { withoutPersonal } from './sent-records.ts'

const record = (command: string, state: SentRecord['state']): SentRecord =>
  ({ id: 'x', command, state, signed: { salt: 'S'.repeat(22), params: { phone: '090-1234-5678' } } }) as never

test.each([
  ['session.setContact', 'queued', true],
  ['session.setContact', 'sent', true],
  ['session.setContact', 'unknown', true],
  ['session.setContact', 'accepted', false],
  ['session.setContact', 'refused', false],
  ['session.setContact', 'expired', false],
  ['events.handOver', 'accepted', true],
] as const)('%s that is %s keeps its parameters: %s', (command, state, keeps) => {
  const kept = withoutPersonal(record(command, state as SentRecord['state']))
  expect(JSON.stringify(kept).includes('090-1234-5678')).toBe(keeps)
})
