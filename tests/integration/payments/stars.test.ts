import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeTelegram, startFakeTelegram } from '#backend/demo/providers/telegram.ts'
import type { Provider, ProviderHost, ProviderSettings, RawMessage } from '#backend/modules/payments/provider.ts'
import { createStars } from '#backend/modules/payments/stars/adapter.ts'
import { newAct, newPayment } from './rigs.ts'

/** What only Telegram asks of an adapter: answers to buyers, and updates that are kept before they are confirmed. */

const secretHeader = 'x-telegram-bot-api-secret-token'
let fake: FakeTelegram
let ending: AbortController
let kept: RawMessage[]
let keeps: boolean
let promised: number
let listening: Promise<void> | undefined
beforeEach(async () => {
  fake = await startFakeTelegram()
  ending = new AbortController()
  kept = []
  keeps = true
  promised = 0
})
afterEach(async () => {
  ending.abort()
  await listening
  await fake.close()
})

const host: ProviderHost = {
  now: Date.now,
  mayPay: async () => 'yes',
  promise: async () => (promised++ === 0 ? 'yes' : 'under-way'),
  deliver: async (message) => {
    if (!keeps) throw new Error('full')
    kept.push(message)
  },
}
const open = (values: Readonly<Record<string, string>> = {}): Provider => {
  const secrets: Readonly<Record<string, string>> = { botToken: fake.token, webhookSecret: 'word' }
  const settings: ProviderSettings = { baseAddress: fake.server.address, values, secret: (name) => secrets[name] }
  const provider = createStars()(settings, host)
  listening = provider.listen?.(host, ending.signal)
  return provider
}
const invoice = async (provider: Provider) => {
  const payment = newPayment()
  const amount = { currency: 'XTR', minor: 50n } as const
  const order = { payment, act: newAct(), amount, title: '一日券', intent: 'capture', orderedAt: Date.now() } as const
  expect(await provider.create(order, { signal: ending.signal })).toMatchObject({ is: 'created' })
  return payment
}

test('an update that could not be kept comes again', async () => {
  const provider = open()
  const payment = await invoice(provider)
  keeps = false
  expect(await fake.pay(payment)).toBe('paid')
  await expect.poll(() => fake.pending()).toBe(1)
  keeps = true
  await expect.poll(() => kept.length).toBeGreaterThan(0)
  const [message] = kept
  if (!message) throw new Error('nothing was kept')
  expect(await provider.read(message, { signal: ending.signal })).toMatchObject({
    is: 'about',
    payment,
    proof: 'own-poll',
  })
  expect(provider.messageId(message)).toMatch(/^update:\d+\/[\w-]{22}$/)
})

test('who may not pay now is told to wait', async () => {
  const payment = await invoice(open())
  const both = await Promise.all([fake.pay(payment, 1), fake.pay(payment, 2)])
  expect(both.toSorted()).toEqual(['paid', 'refused'])
  expect(fake.lastRefusal).toContain('お待ちください')
})

test('with a public address Telegram sends them, and a buyer is answered from there', async () => {
  const provider = open({ webhookAddress: 'https://shop.example/webhooks/stars' })
  await expect.poll(() => fake.webhook).toMatchObject({ secret: 'word' })
  const payment = await invoice(provider)
  const paying = fake.pay(payment)
  const read = async (at: number) => {
    await expect.poll(() => fake.webhooks.length).toBeGreaterThan(at)
    const sent = fake.webhooks[at]
    if (!sent) throw new Error('nothing was sent')
    const digest = createHash('sha256')
      .update(sent.headers[secretHeader] ?? '')
      .digest('hex')
    const message = {
      body: new Uint8Array(sent.body),
      headers: { [secretHeader]: `sha256:${digest}` },
      receivedAt: Date.now(),
    }
    return provider.read(message, { signal: ending.signal })
  }
  expect(await read(0)).toEqual({ is: 'irrelevant', code: 'pre-checkout' })
  expect(await paying).toBe('paid')
  expect(await read(1)).toMatchObject({ is: 'about', payment, proof: 'secret' })
})
