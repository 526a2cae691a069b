import { expect, it } from 'vitest'
import type { Entry } from '#protocol/entry.ts'
import { createDoubt } from './doubt.ts'

const one = 'a'.repeat(40)
const other = 'b'.repeat(40)
const session = 'S'.repeat(22)

const entryOf = (signatures: readonly object[], events: readonly object[] = []): Entry =>
  ({ command: { signatures }, events }) as unknown as Entry
const signed = (key: string): Entry => entryOf([{ kind: 'openpgp', key }])
const revoked = (fingerprint: string, reason: string): Entry =>
  entryOf([], [{ type: 'session.certificateRevoked@1', data: { fingerprint, operator: 'tanaka', reason } }])
const opened = entryOf(
  [{ kind: 'openpgp', key: one }],
  [
    {
      type: 'session.opened@2',
      data: {
        key: session,
        publicKey: 'P'.repeat(43),
        operator: 'tanaka',
        client: '机',
        method: 'certificate',
        token: null,
        certificate: one,
        expiresAt: 1,
      },
    },
  ],
)

it('falls on what a compromised certificate signed, and on the sessions that it certified, before and after', () => {
  const doubt = createDoubt()
  for (const entry of [signed(one), signed(other), opened, entryOf([{ kind: 'session', key: session }])])
    doubt.add(entry)
  expect([0, 1, 2, 3].map(doubt.has)).toEqual([false, false, false, false])
  doubt.add(revoked(one, 'compromised'))
  doubt.add(null)
  doubt.add(signed(one))
  expect([0, 1, 2, 3, 4, 5, 6].map(doubt.has)).toEqual([true, false, true, true, false, false, true])
})

it('hears of a revocation behind the range, and not of a certificate that only went out of use', () => {
  const doubt = createDoubt()
  doubt.add(signed(one))
  doubt.add(signed(other))
  doubt.learn(revoked(other, 'retired'))
  expect([0, 1].map(doubt.has)).toEqual([false, false])
  doubt.learn(revoked(one, 'compromised'))
  expect([0, 1].map(doubt.has)).toEqual([true, false])
})
