import { expect, test } from 'vitest'
import { certificates } from '#protocol/certificates.ts'
import { classes } from '#protocol/sealed.ts'
import { operators } from '#protocol/session.ts'
import { identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { toBase64url } from '#trust/bytes.ts'
import { keepingEvidence } from './evidence.ts'

const custodian = async (name: string) => {
  const { secret } = await identity(v6Kinds['v6 curve25519'])
  const [fingerprint, certificate] = [secret.getFingerprint(), toBase64url(secret.toPublic().write())]
  return {
    row: { custodian: name, fingerprint, certificate: null, provedAt: 1 },
    certificate: { operator: name, state: 'valid', certificate },
  }
}

test('nothing is kept whose key nobody could be given: of two custodians one is disabled', async () => {
  const two = await Promise.all(['tanaka', 'sato'].map(custodian))
  const off = new Set<string>()
  const did: string[] = []
  const rows = (collection: string, key: string): unknown => {
    if (collection === classes.name) return { class: 'personal', generation: 1, custodians: two.map(({ row }) => row) }
    if (collection === operators.name) return { operator: key, disabled: off.has(key) }
    if (collection === certificates.name) return two.find(({ row }) => row.fingerprint === key)?.certificate
    return undefined
  }
  const keep = keepingEvidence({
    now: Date.now,
    deployment: 'libral:01990000-0000-7000-8000-000000000000' as never,
    read: { get: async ({ name }: { name: string }, key: string) => rows(name, key) } as never,
    keepEvidence: async () => {
      did.push('kept')
      return ''
    },
    submit: async ({ command }) => void did.push(command.name),
    log: { info: () => {}, warn: (event) => did.push(event), error: () => {} },
  })
  const row = { payment: 'p', provider: 'paypal', payer: null } as never
  off.add('sato')
  await keep(row, { message: 'hook-1', kind: 'PAYMENT.CAPTURE.COMPLETED' }, new Uint8Array(10))
  expect(did.splice(0)).toEqual(['payments.evidence-not-kept'])
  off.clear()
  await keep(row, { message: 'hook-1', kind: 'PAYMENT.CAPTURE.COMPLETED' }, new Uint8Array(10))
  expect(did).toEqual(['kept', 'payments.recordEvidence'])
})
