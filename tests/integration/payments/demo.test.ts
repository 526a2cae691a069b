import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDemo } from '#backend/demo/index.ts'
import { createKernel } from '#backend/kernel/create-kernel.ts'
import { openKeyFile } from '#backend/kernel/key-file.ts'
import { seedPolicy } from '#backend/kernel/policy/seed.ts'
import { createModules } from '#backend/modules/index.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import { providers } from '#protocol/payments.ts'
import { closings } from '#protocol/payments-closings.ts'
import { createPayment } from '#protocol/payments-commands.ts'
import { type PaymentEvidenceRow, paymentEvidence } from '#protocol/payments-evidence.ts'
import {
  type AccountRow,
  accounts,
  type CaseRow,
  cases,
  type PaymentRow,
  payments,
} from '#protocol/payments-records.ts'
import { parseEntry } from '#trust/entry.ts'
import { until } from '../approvals/world.ts'
import { staff } from '../sealed/people.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

test('a demo is made by commands and webhooks alone, balances, shows every state, and goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'libral-demo-'))
  const storage = await openSqlite({ engine: 'sqlite', file: join(folder, 'core.db'), key: new Uint8Array(32).fill(7) })
  const opened = Date.now()
  const demo = await openDemo(7, silent, { restMs: [500, 1_000], sightMs: 100 })
  const instance = 'core'
  const { now } = demo
  const launchSecret = 'a secret of this launch'
  const modules = createModules({ storage, instance, mode: 'embedded', version: '1.0.0', now, launchSecret, demo })
  const names = modules.definitions.map(({ manifest }) => manifest.name)
  const keys = openKeyFile(join(folder, 'keys'), names, { mayMake: true })
  const kernel = await createKernel({
    ...{ storage, modules: modules.definitions, stayStopped: modules.stayStopped, policy: seedPolicy() },
    ...{ instance, now, log: silent, name: 'デモ', keys },
  })
  const services = modules.attach(kernel)
  const rows = async <Row>(name: string): Promise<readonly Row[]> =>
    (await kernel.history(name, null, 1_000)).rows as readonly Row[]
  try {
    await kernel.ready
    await demo.seeded
    expect(now() - Date.now()).toBeLessThanOrEqual(0)

    const all = await rows<PaymentRow>(payments.name)
    const states = ['captured', 'partly-refunded', 'refunded', 'disputed', 'unknown', 'failed', 'cancelled', 'pending']
    expect([...new Set(all.map(({ state }) => state))]).toEqual(expect.arrayContaining([...states, 'authorised']))
    expect(new Set(all.map(({ day }) => day)).size).toBeGreaterThanOrEqual(7)
    expect(all.every(({ at }) => at < Date.now())).toBe(true)

    const sums = new Map<string, bigint>()
    for (const { currency, debits, credits } of await rows<AccountRow>(accounts.name)) {
      sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(debits) - BigInt(credits))
    }
    expect([...sums.values()]).toEqual([0n, 0n, 0n])

    const days = await rows<{ readonly provider: string; readonly state: string }>(closings.name)
    expect(days.filter(({ state }) => state === 'matched').length).toBeGreaterThanOrEqual(12)
    expect(days.some(({ provider, state }) => provider === 'paypay' && state === 'differs')).toBe(true)
    const kinds = (await rows<CaseRow>(cases.name)).map(({ kind }) => kind)
    expect(kinds).toEqual(expect.arrayContaining(['dispute', 'refunded-elsewhere', 'missing-here']))

    // Nothing was written past the door: every entry is a command, and what was made up says so.
    const { size } = await kernel.log.head()
    const entries = (await kernel.log.entries(0, size)).map(parseEntry)
    const makers = entries.filter(({ command }) => command.statement.command === 'payments.create')
    expect(new Set(makers.map(({ command }) => command.statement.operator))).toEqual(new Set(['service:demo']))
    expect(makers).toHaveLength(all.length)

    await until(async () =>
      (await rows<PaymentRow>(payments.name)).some(({ at, state }) => at > opened && state === 'captured'),
    )

    const { signal } = new AbortController()
    for (const provider of providers) {
      expect(await services.payments().test(provider, null, signal)).toMatchObject({ fault: null, skewMs: 0 })
    }

    // What an operator makes is bought, and comes to what its title says; with two custodians, its evidence is kept.
    const { admin } = await staff({ kernel, storage, keys })
    const terms = { merchant: 'main', taxRate: 10, intent: 'capture', title: '係争になる注文', note: '' }
    const amount = { currency: 'USD', minor: '2500' }
    const { id } = await admin.submit(createPayment, { provider: 'paypal', amount, ...terms })
    await until(async () => (await rows<PaymentRow>(payments.name)).some((row) => row.payment === id && row.cases > 0))
    const own = (await rows<PaymentRow>(payments.name)).find(({ payment }) => payment === id)
    expect(own).toMatchObject({ state: 'disputed', by: admin.operator })
    await until(async () => {
      const kept = (await rows<PaymentEvidenceRow>(paymentEvidence.name)).filter(({ payment }) => payment === id)
      return kept.length === 3
    })
  } finally {
    await demo.close()
    await kernel.drain()
    rmSync(folder, { recursive: true, force: true })
  }
})
