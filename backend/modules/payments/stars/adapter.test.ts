import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { ProviderHost } from '../provider.ts'
import { createProviderWatch } from '../watch.ts'
import { createStars } from './adapter.ts'

const updates = [
  { update_id: 1, pre_checkout_query: { id: 'q', currency: 'XTR', total_amount: 5, invoice_payload: 'x' } },
  { update_id: 2, message: { successful_payment: { invoice_payload: 'x', telegram_payment_charge_id: 'c' } } },
]

/** A Telegram that has these updates, and never answers an answer to a pre-checkout. */
const slowTelegram = async () => {
  const answering = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    const method = request.url?.split('/').at(-1)
    if (method === 'answerPreCheckoutQuery') return answering.resolve()
    const result = method === 'getUpdates' ? updates : true
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: true, result }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  const { port } = server.address() as AddressInfo
  return { address: `http://127.0.0.1:${port}`, answering: answering.promise, close }
}

test('a turn that ends while a buyer waits and a payment is being kept ends quietly', async () => {
  const telegram = await slowTelegram()
  const [delivering, kept, turn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), new AbortController()]
  const host: ProviderHost = {
    now: Date.now,
    mayPay: async () => 'yes',
    promise: async () => 'yes',
    deliver: () => {
      delivering.resolve()
      return kept.promise
    },
    watch: createProviderWatch(Date.now).of('stars'),
  }
  const settings = { baseAddress: telegram.address, values: {}, secret: (name: string) => name && '1:token' }
  const unhandled: unknown[] = []
  const note = (thrown: unknown): void => void unhandled.push(thrown)
  process.on('unhandledRejection', note)
  try {
    const listening = createStars()(settings, host).listen?.(host, turn.signal)
    await Promise.all([delivering.promise, telegram.answering])
    turn.abort()
    // Whatever nobody waits for by now is told of after a turn of the loop.
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    kept.resolve()
    await listening
    await new Promise(setImmediate)
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
    telegram.close()
  }
})
