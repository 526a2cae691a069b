import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakePayPay, startFakePayPay } from '#backend/demo/providers/paypay.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { createPayments, type PaymentServices } from '#backend/modules/payments/index.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { LibralError } from '#protocol/errors.ts'
import type { CommandId, OperatorId } from '#protocol/ids.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { createPayment } from '#protocol/payments-commands.ts'
import { healthOf } from '#protocol/payments-health.ts'
import { type MessageQuery, openMessage, replayMessage } from '#protocol/payments-inbox.ts'
import { type PaymentRow, payments, transfers } from '#protocol/payments-records.ts'
import {
  boxPurpose,
  configureProvider,
  type EnteredSecret,
  last4Of,
  sealedKeys,
  settings,
} from '#protocol/payments-settings.ts'
import { sealToBackend } from '#trust/sealed/to-backend.ts'
import { asDesktop, codeOf, newWorld, settle, until, type World } from '../approvals/world.ts'

const signal = new AbortController().signal
const everything: MessageQuery = { provider: null, state: null, payment: null, before: null, limit: 100 }

describe('a provider that was set up in the app', () => {
  let world: World
  let kernel: Kernel
  let fake: FakePayPay
  let services: PaymentServices
  const modules = () => [
    createSealed(),
    createPayments({
      everyMs: 100,
      running: (now) => {
        if (now) services = now
      },
    }),
  ]
  beforeEach(async () => {
    fake = await startFakePayPay()
    world = await newWorld(null, modules)
    kernel = await world.open()
    await settle(kernel)
  })
  afterEach(async () => {
    await world?.remove()
    await fake?.close()
  })

  const rows = async <Row>(collection: string): Promise<readonly Row[]> =>
    (await kernel.history(collection, null, 1_000)).rows as readonly Row[]
  const sealed = (name: string, secret: string, address = fake.server.address): EnteredSecret => ({
    box: sealToBackend(services.sealTo(), boxPurpose('paypay', name, address), secret),
    last4: last4Of(secret),
  })
  const draft = (secret = fake.secret, address = fake.server.address) => ({
    ...({ provider: 'paypay', baseAddress: address } as const),
    values: { merchantId: fake.merchantId },
    secrets: { apiKey: sealed('apiKey', fake.key, address), apiSecret: sealed('apiSecret', secret, address) },
  })
  const configure = async (change: object = {}): Promise<void> => {
    const [row] = await rows<{ readonly changedAt: number }>(settings.name)
    const whole = { ...draft(), forget: [], paused: false, seen: row?.changedAt ?? 0, ...change }
    await asDesktop(kernel, 'ito', configureProvider, whole)
  }
  const healthNow = () => {
    const row = services.health().find(({ provider }) => provider === 'paypay')
    if (!row) throw new Error('no such provider')
    return row
  }
  const faultOf = async (tried: ReturnType<typeof draft> | null) => (await services.test('paypay', tried, signal)).fault
  const ordered = async (): Promise<PaymentId> => {
    const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: '会員証', note: '' }
    const amount = { currency: 'JPY', minor: '1200' }
    const { id } = await asDesktop(kernel, 'tanaka', createPayment, { provider: 'paypay', amount, ...terms })
    return id as unknown as PaymentId
  }
  const becomes = (payment: PaymentId, state: PaymentRow['state']): Promise<PaymentRow> =>
    until(async () => {
      const found = (await rows<PaymentRow>(payments.name)).find((row) => row.payment === payment)
      return found?.state === state && found
    })
  let came = 0
  const receive = (body: Uint8Array) =>
    kernel.inbox.receive({ id: `m${++came}`, source: 'payments.paypay', body, headers: {} })

  it('is tested before anything is kept, and says what is wrong', async () => {
    expect(await faultOf(null)).toBe('not-configured')
    expect(await faultOf(draft())).toBeNull()
    expect(await faultOf(draft('a-wrong-secret-0000'))).toBe('wrong-key')
    expect(await faultOf(draft(fake.secret, 'http://127.0.0.1:1'))).toBe('network')
    expect(await faultOf({ ...draft(), secrets: draft(fake.secret, 'http://127.0.0.1:1').secrets })).toBe(
      'keys-unreadable',
    )
    fake.skewMs = 600_000
    expect(await faultOf(draft())).toBe('clock')
    expect((await rows(settings.name)).length).toBe(0)
  })

  it('is used at once and after a restart, keeps its keys to itself, and stops when it is paused', async () => {
    const waiting = await ordered()
    expect(healthOf(healthNow(), Date.now())).toBe('none')
    await configure()
    await becomes(waiting, 'pending')
    await until(async () => healthOf(healthNow(), Date.now()) === 'up')
    const kept = JSON.stringify([await rows(settings.name), await rows(sealedKeys.name)])
    for (const secret of [fake.key, fake.secret]) expect(kept).not.toContain(secret)
    expect(kept).toContain(last4Of(fake.secret))

    await world.close(kernel)
    kernel = await world.open()
    expect(healthNow()).toMatchObject({ settings: 'app', problem: '', address: fake.server.address })
    await becomes(await ordered(), 'pending')

    await configure({ paused: true })
    await until(async () => healthOf(healthNow(), Date.now()) === 'paused')
    const later = await ordered()
    expect((await becomes(later, 'created')).link).toBeNull()
    await configure()
    await becomes(later, 'pending')
  })

  it('shows what came of each message, hands it out on record alone, and judges it again without counting twice', async () => {
    await configure()
    const payment = await ordered()
    await becomes(payment, 'pending')
    fake.pay(payment)
    const [genuine] = fake.webhooks
    if (!genuine) throw new Error('nothing was sent')
    await receive(new Uint8Array(genuine.body))
    await receive(Buffer.from('{"a":1,"a":2}'))
    await becomes(payment, 'captured')
    const page = () => services.look(everything)
    const settled = await until(async () => {
      const found = (await page()).rows
      return found.length === 2 && found.every(({ state }) => state !== 'received') && found
    })
    expect(settled.find(({ state }) => state === 'refused')).toMatchObject({ ended: 'content', code: 'unreadable' })
    const message = settled.find(({ state }) => state === 'processed')
    expect(message).toMatchObject({ payment, ended: null, kind: 'Transaction COMPLETED', whole: true })
    if (!message) throw new Error('no message')
    expect((await services.look({ ...everything, payment })).rows.map(({ id }) => id)).toEqual([message.id])
    expect((await services.look({ ...everything, limit: 1 })).next).not.toBeNull()

    const booked = (await rows(transfers.name)).length
    await asDesktop(kernel, 'tanaka', replayMessage, { provider: 'paypay', message: message.id })
    await asDesktop(kernel, 'tanaka', replayMessage, { provider: 'paypay', message: message.id })
    await until(async () => {
      const again = (await page()).rows.find(({ id }) => id === message.id)
      return again?.state === 'processed' && again.settledAt !== message.settledAt
    })
    expect((await rows(transfers.name)).length, 'booked once').toBe(booked)

    const opening = { provider: 'paypay', message: message.id, reason: '調査' }
    expect(await codeOf(asDesktop(kernel, 'tanaka', openMessage, opening))).toBe('command.not-permitted')
    const { id } = await asDesktop(kernel, 'sato', openMessage, opening)
    const opened = await services.opened('sato' as OperatorId, id as CommandId)
    expect(opened.text).toBe(genuine.body.toString())
    const refused = expect.objectContaining({ code: 'payments.message-not-opened' } satisfies Partial<LibralError>)
    await expect(services.opened('suzuki' as OperatorId, id as CommandId)).rejects.toEqual(refused)
    world.clock.ahead += 11 * 60_000
    await expect(services.opened('sato' as OperatorId, id as CommandId)).rejects.toEqual(refused)
  })
})
