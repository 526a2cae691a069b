import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FakeWebhook } from '#backend/demo/providers/faulty-http.ts'
import { type FakePayPal, startFakePayPal } from '#backend/demo/providers/paypal.ts'
import { type FakeTelegram, startFakeTelegram } from '#backend/demo/providers/telegram.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createPayPal } from '#backend/modules/payments/paypal/adapter.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { PaymentId } from '#protocol/payments.ts'
import { createPayment } from '#protocol/payments-commands.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { sha256 } from '#trust/bytes.ts'
import { asDesktop, newWorld, settle, until, type World } from '../approvals/world.ts'

/** Two instances over one database: of both only one says yes, and only one looks through a list. */

describe.runIf(hasPostgres)('two instances', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.close())

  let telegram: FakeTelegram
  let paypal: FakePayPal
  let world: World
  let both: readonly [Kernel, Kernel]
  beforeEach(async () => {
    telegram = await startFakeTelegram()
    paypal = await startFakePayPal({ now: () => Date.now() + (world?.clock.ahead ?? 0) })
    const secrets: Readonly<Record<string, string>> = {
      ...{ botToken: telegram.token, webhookSecret: 'word', clientSecret: paypal.clientSecret },
    }
    const of = (baseAddress: string, values: Readonly<Record<string, string>>) => ({
      ...{ baseAddress, values, secret: (name: string) => secrets[name] },
    })
    const fixed = {
      stars: of(telegram.server.address, { webhookAddress: 'https://shop.example/webhooks/stars' }),
      paypal: of(paypal.server.address, { clientId: paypal.clientId }),
    }
    const adapters = { paypal: createPayPal({ roots: [paypal.authority.root] }) }
    const deps = { everyMs: 100, looksEveryMs: 100, fixed, adapters }
    world = await newWorld(server, () => [createSealed(), createPayments(deps)])
    both = [await world.open(), await world.open()]
    await settle(both[0])
    await until(async () => telegram.webhook !== null)
  })
  afterEach(async () => {
    await world?.remove()
    await telegram?.close()
    await paypal?.close()
  })

  const becomes = (kernel: Kernel, payment: PaymentId, as: (row: PaymentRow) => boolean): Promise<PaymentRow> =>
    until(async () => {
      const rows = (await kernel.history(payments.name, null, 1_000)).rows as PaymentRow[]
      const found = rows.find((row) => row.payment === payment)
      return found && as(found) && found
    })
  const ordered = async (provider: 'stars' | 'paypal'): Promise<PaymentId> => {
    const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: '一日券', note: '' }
    const amount = { currency: provider === 'stars' ? 'XTR' : 'USD', minor: '50' }
    const { id } = await asDesktop(both[0], 'tanaka', createPayment, { provider, amount, ...terms })
    const payment = id as unknown as PaymentId
    await becomes(both[0], payment, ({ link }) => link !== null)
    return payment
  }
  const deliver = ({ inbox }: Kernel, { body }: FakeWebhook, id: string): Promise<boolean> => {
    const digest = Buffer.from(sha256(Buffer.from('word'))).toString('hex')
    const headers = { 'x-telegram-bot-api-secret-token': `sha256:${digest}` }
    return inbox.receive({ id, source: 'payments.stars', body: new Uint8Array(body), headers })
  }

  test('each is asked by a buyer of the same link: one buyer may pay', async () => {
    for (let round = 0; round < 5; round++) {
      const payment = await ordered('stars')
      const sent = telegram.webhooks.length
      const paying = [telegram.pay(payment, 1), telegram.pay(payment, 2)]
      await Promise.all(
        telegram.webhooks.slice(sent).map((hook, nth) => deliver(both[nth] ?? both[0], hook, `ask-${round}-${nth}`)),
      )
      expect((await Promise.all(paying)).toSorted()).toEqual(['paid', 'refused'])
      const told = telegram.webhooks.at(-1)
      if (told) await deliver(both[1], told, `paid-${round}`)
      const row = await becomes(both[1], payment, ({ state }) => state === 'captured')
      expect(row).toMatchObject({ sums: { captured: '50' }, cases: 0 })
    }
  })

  test('one looks through the list, and the other goes on when it ends', async () => {
    const payment = await ordered('paypal')
    paypal.approve(payment)
    world.clock.ahead += 60_000
    await becomes(both[1], payment, ({ state }) => state === 'captured')
    const dispute = paypal.dispute(payment)
    await becomes(both[1], payment, ({ state }) => state === 'disputed')
    await world.close(both[0])
    paypal.resolve(dispute, 'RESOLVED_SELLER_FAVOUR')
    const row = await becomes(both[1], payment, ({ disputes: [one] }) => one?.state === 'won')
    expect(row).toMatchObject({ state: 'captured', cases: 1 })
    const look = { sources: ['payments.paypal'], state: null, reasoned: null, about: null, before: null, limit: 100 }
    expect(await both[1].inbox.look(look)).toHaveLength(2)
  })
})
