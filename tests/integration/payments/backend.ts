import type { ModuleDefinition } from '#backend/kernel/module.ts'
import { createPayments } from '#backend/modules/payments/index.ts'
import { createPayPay } from '#backend/modules/payments/paypay/adapter.ts'
import type { CreateProvider, Provider } from '#backend/modules/payments/provider.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { newWorld } from '../approvals/world.ts'

/**
 * A backend in a process of its own, over a world's folder, with PayPay's own adapter: `backend.ts FOLDER ADDRESS STEP AHEAD`.
 * It kills itself at the step, the first time that it comes there. Asked and answered over the channel of its parent.
 */
const [folder = '', address = '', step = '', ahead = '0'] = process.argv.slice(2)
const began = Date.now() + Number(ahead)
const dieAt = (here: string): void => {
  if (step === here) process.kill(process.pid, 'SIGKILL')
}
const around = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  dieAt(`before ${name}`)
  const result = await work()
  dieAt(`after ${name}`)
  return result
}

const mortal = (provider: Provider): Provider => ({
  ...provider,
  create: (...of) => around('create', () => provider.create(...of)),
  // Of older payments fees are asked for at every start.
  lookup: (ref, call) =>
    ref.orderedAt >= began ? around('lookup', () => provider.lookup(ref, call)) : provider.lookup(ref, call),
  refund: (...of) => around('refund', () => provider.refund(...of)),
  statement: (...of) => around('statement', () => provider.statement(...of)),
  read: (...of) => around('read', () => provider.read(...of)),
})
const mortalModule = (definition: ModuleDefinition): ModuleDefinition => ({
  ...definition,
  start: (context) =>
    definition.start({ ...context, submit: (of) => around(of.command.name, () => context.submit(of)) }),
})

export interface Asked {
  readonly n: number
  readonly submit?: SignedCommand
  readonly rows?: string
  readonly webhook?: { readonly id: string; readonly body: string }
  readonly ahead?: number
}
export type Answer = { readonly n: number } & ({ readonly ok: unknown } | { readonly code: string })

const values = { merchantId: '123456789012345678', fileOrigins: address }
const secrets: Readonly<Record<string, string>> = { apiKey: 'a_key', apiSecret: 'a_secret' }
const fixed = { paypay: { baseAddress: address, values, secret: (name: string) => secrets[name] } }
const dying: CreateProvider = (settings, host) => mortal(createPayPay()(settings, host))
const payments = () => mortalModule(createPayments({ everyMs: 50, fixed, adapters: { paypay: dying } }))
const world = await newWorld(null, () => [createSealed(), payments()], folder)
world.clock.ahead = Number(ahead)
const kernel = await world.open()

const answer = async ({ submit, rows, webhook, ahead: by }: Asked): Promise<unknown> => {
  if (submit) return around(`the door's ${submit.statement.command}`, () => kernel.submit(submit))
  if (webhook) {
    const body = Buffer.from(webhook.body)
    return kernel.inbox.receive({ id: webhook.id, source: 'payments.paypay', body, headers: {} })
  }
  if (by !== undefined) world.clock.ahead = by
  if (rows === undefined) return null
  await kernel.latest()
  return (await kernel.history(rows, null, 1_000)).rows
}
process.on('message', (asked: Asked) => {
  const { n } = asked
  answer(asked).then(
    (ok) => process.send?.({ n, ok } satisfies Answer),
    (thrown) => process.send?.({ n, code: thrown.code ?? String(thrown) } satisfies Answer),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
