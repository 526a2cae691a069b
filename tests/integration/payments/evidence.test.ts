import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakePayPal, startFakePayPal } from '#backend/demo/providers/paypal.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createPayPal } from '#backend/modules/payments/paypal/adapter.ts'
import { createPayment } from '#protocol/payments-commands.ts'
import { type PaymentEvidenceRow, paymentEvidence } from '#protocol/payments-evidence.ts'
import { messageReplayed, replayMessage } from '#protocol/payments-inbox.ts'
import { type PaymentRow, payerSubject, payments } from '#protocol/payments-records.ts'
import { eraseSubject, openSealed } from '#protocol/sealed.ts'
import { isSealed, type Sealed } from '#protocol/sealed-value.ts'
import { bundleParts, planBundle } from '#trust/bundle/make.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { writeBundle } from '#trust/bundle/writer.ts'
import { fromBase64url, toBase64url } from '#trust/bytes.ts'
import { openPaypalEvidence } from '#trust/paypal/kept-evidence.ts'
import { openText } from '#trust/sealed/seal.ts'
import { secretOf } from '#trust/sealed/wrap.ts'
import { until } from '../approvals/world.ts'
import { type Deployment, newDeployment, type Opened } from '../kernel/harness.ts'
import { appoint, codeOf, join, makeKey, type Someone, sealedModules, staff, unwrap } from '../sealed/people.ts'

/** PayPal's signatures, from the webhook to the bundle and the custodian, over the real kernel and a PayPal that signs. */

let fake: FakePayPal
let deployment: Deployment
let core: Opened
let clerk: Someone
beforeEach(async () => {
  fake = await startFakePayPal()
  const values = { clientId: fake.clientId, webhookId: fake.webhookId }
  const secret = (name: string) => (name === 'clientSecret' ? fake.clientSecret : undefined)
  const of = {
    everyMs: 100,
    fixed: { paypal: { baseAddress: fake.server.address, values, secret } },
    adapters: { paypal: createPayPal({ roots: [fake.authority.root] }) },
  }
  deployment = newDeployment()
  core = await deployment.open({ modules: [...sealedModules(), createPayments(of)] })
  clerk = await join(core, 'mori', ['operator'])
})
afterEach(async () => {
  await core.kernel.drain()
  deployment.remove()
  await fake.close()
})

const rows = async <Row>(collection: string): Promise<readonly Row[]> => {
  await core.kernel.latest()
  return (await core.kernel.history(collection, null, 1_000)).rows as readonly Row[]
}
const evidence = () => rows<PaymentEvidenceRow>(paymentEvidence.name)
const becomes = (payment: string, as: (row: PaymentRow) => boolean): Promise<PaymentRow> =>
  until(async () => {
    const found = (await rows<PaymentRow>(payments.name)).find((row) => row.payment === payment)
    return found && as(found) && found
  })
const settled = (count: number) =>
  until(async () => {
    const look = { sources: ['payments.paypal'], state: 'accepted', reasoned: null, about: null } as const
    return (await core.storage.inbox.look({ ...look, before: null, limit: 50 })).length === count
  })
/** Everything that PayPal has sent, each twice, as the way in keeps it. */
const deliver = async (): Promise<void> => {
  for (const { headers, body } of [...fake.webhooks, ...fake.webhooks]) {
    const id = `hook-${headers['paypal-transmission-id']}`
    await core.kernel.inbox.receive({ id, source: 'payments.paypal', body: new Uint8Array(body), headers })
  }
}
const paid = async (): Promise<PaymentRow> => {
  const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: 'T-shirt', note: '' }
  const amount = { currency: 'USD', minor: '2500' }
  const { id } = await clerk.submit(createPayment, { provider: 'paypal', amount, ...terms })
  await becomes(id, ({ state }) => state === 'pending')
  fake.approve(id as never)
  await deliver()
  const row = await becomes(id, ({ state }) => state === 'captured')
  // PayPal tells of the capture, too.
  await deliver()
  await settled(fake.webhooks.length)
  return row
}
const opening = async (someone: Someone, { message, key }: PaymentEvidenceRow): Promise<string> => {
  const { subject } = key as Sealed
  const fields = [{ collection: paymentEvidence.name, row: message, field: 'key' }]
  const params = { class: 'personal', subject, fields, reason: '係争の確認' }
  return (await someone.submit(openSealed, params)).id
}
const bundle = async (): Promise<Uint8Array> => {
  const log = {
    ...core.kernel.bundle,
    head: async () => (await core.kernel.witnesses.published('now')).note,
    cosigned: { notes: [], witnesses: [] },
  }
  const plan = await planBundle(log, { kind: 'bundle', from: 0, to: null, at: 1, by: null })
  const pieces: Uint8Array[] = []
  for await (const piece of writeBundle(bundleParts(log, plan))) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}

test('what PayPal signed is kept once beside the log, goes with a bundle, and opens for custodians alone', async () => {
  const { admin, first } = await staff(core)
  const row = await paid()
  const [kept, ...more] = await evidence()
  if (!kept || !isSealed(kept.key)) throw new Error('nothing kept')
  // Delivered twice, each of its messages is kept once.
  expect(more.length + 1).toBe(fake.webhooks.length)
  expect(kept).toMatchObject({ payment: row.payment, provider: 'paypal' })
  expect([kept, ...more].map(({ kind }) => kind)).toContain('PAYMENT.CAPTURE.COMPLETED')
  expect(kept.key.subject).toBe(payerSubject(row.payer ?? ''))
  const { size } = await core.storage.head()
  const named = await core.storage.evidence.named(0, size, null, 50)
  expect(named).toContainEqual(expect.objectContaining({ index: kept.entry, digest: kept.ciphertext }))

  // Replayed, it stays what it was.
  await clerk.submit(replayMessage, { provider: 'paypal', message: kept.message })
  await until(async () => {
    const look = { sources: ['payments.paypal'], state: 'accepted', reasoned: null, about: null } as const
    const lines = await core.storage.inbox.look({ ...look, before: null, limit: 50 })
    return lines.length === fake.webhooks.length && (await replays()) === 1
  })
  expect(await evidence()).toEqual([kept, ...more])

  // The bundle brings it along, and nobody reads the buyer in it.
  const bytes = await bundle()
  const verdict = await verifyBundle(
    async function* () {
      yield bytes
    },
    { trusted: [], seen: [] },
  )
  expect(verdict.findings).toEqual([])
  expect(verdict.steps.find(({ step }) => step === 'evidence')).toMatchObject({
    ...{ state: 'passed', done: more.length + 1 },
  })
  const beside = await core.kernel.bundle.evidenceBytes(kept.ciphertext)
  expect(Buffer.from(bytes).includes(Buffer.from(beside))).toBe(true)
  const body = fake.webhooks.find(({ headers }) => kept.message === `hook-${headers['paypal-transmission-id']}`)?.body
  if (body === undefined) throw new Error('the message was never sent')
  expect(Buffer.from(bytes).includes(toBase64url(new Uint8Array(body)))).toBe(false)

  // Who is no custodian gets no key; a custodian's opens it, and PayPal's signature holds again.
  expect(await codeOf(opening(clerk, kept))).toBe('command.not-permitted')
  const { class: sealClass, subject, key: itsKey } = kept.key
  const keys = await core.kernel.sealed.keys(first.principal, await opening(first, kept))
  const wrapped = keys.find((one) => one.key === itsKey)
  if (!wrapped || !first.secret) throw new Error('no key')
  const outsider = await makeKey()
  await expect(unwrap(wrapped.wrapped, outsider)).rejects.toThrow()
  const of = { deployment: core.keys.sealing, class: sealClass, subject }
  const place = { ...of, collection: paymentEvidence.name, field: 'key' }
  const key = fromBase64url(openText(kept.key, place, secretOf(await unwrap(wrapped.wrapped, first.secret))))
  const asKept = { place: { deployment: core.keys.sealing, message: kept.message }, digests: kept }
  const judged = openPaypalEvidence(beside, key, { ...asKept, roots: [fake.authority.root] })
  expect(judged.fault).toBeNull()
  expect(Buffer.from(judged.body)).toEqual(Buffer.from(body ?? '?'))

  // Erasing the buyer erases it, too.
  await admin.submit(eraseSubject, { subject, reason: '本人の求め' })
  expect(await codeOf(opening(first, kept))).toBe('sealed.erased')
})

test('without custodians nothing is kept, and a replay keeps it once there are some', async () => {
  const row = await paid()
  expect(await evidence()).toEqual([])
  const admin = await join(core, 'suzuki', ['administrator'])
  for (const name of ['tanaka', 'sato']) await appoint(admin, await join(core, name, ['custodian'], await makeKey()))
  const [message] = fake.webhooks
  const id = `hook-${message?.headers['paypal-transmission-id']}`
  await clerk.submit(replayMessage, { provider: 'paypal', message: id })
  const [kept] = await until(async () => {
    const all = await evidence()
    return all.length === 1 && all
  })
  expect(kept).toMatchObject({ message: id, payment: row.payment })
})

const replays = async (): Promise<number> => {
  const { size } = await core.storage.head()
  const entries = await core.storage.entries.byIndex(0, size)
  return entries.filter(({ bytes }) => Buffer.from(bytes).includes(messageReplayed.type)).length
}
