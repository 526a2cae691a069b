import { expect, test } from 'vitest'
import { defaultSettings } from '#main/settings/store.ts'
import type { Notice } from './notifications.ts'
import { notifyOfPayments } from './payment-notices.ts'

const since = 1_000
const payment = { payment: 'p1', provider: 'paypay', title: '会員証', state: 'failed', changedAt: 1_500 }
const caseOf = (key: string, kind: string, openedAt = 1_500) => ({
  ...{ key, kind, openedAt, state: 'open', provider: 'paypal', payment: '' },
})

const rig = (settings = {}) => {
  const rows: Record<string, unknown[]> = { payments: [payment], 'payments.cases': [] }
  const shown: Notice[] = []
  let look = (): void => undefined
  const stop = notifyOfPayments({
    rows: {
      query: async ({ filter }: { filter: { collection: string } }) => ({ rows: rows[filter.collection] ?? [] }),
      get: async () => payment,
      onChange: (_names: readonly string[], listener: () => void) => {
        look = listener
        return () => undefined
      },
    } as never,
    settings: () => ({ ...defaultSettings, ...settings }),
    say: (key: string, words: Record<string, string> = {}) => [key, ...Object.values(words)].join(' '),
    since,
    show: (notice: Notice) => shown.push(notice),
  } as never)
  const settle = async (): Promise<void> => {
    look()
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { rows, shown, settle, stop }
}

test('a failed payment and each case are told once, and nothing from before the start', async () => {
  const { rows, shown, settle, stop } = rig()
  rows['payments.cases'] = [caseOf('a', 'dispute'), caseOf('b', 'amount-differs'), caseOf('c', 'dispute', 999)]
  await settle()
  await settle()
  expect(shown.map(({ title }) => title)).toEqual(['payments.failed', 'payments.dispute', 'payments.differs'])
  expect(shown[0]).toMatchObject({ key: 'p1', body: 'payments.body PayPay 会員証' })
  rows['payments.cases'] = [caseOf('d', 'unknown-for-long')]
  await settle()
  expect(shown.at(-1)?.title).toBe('payments.unknown-for-long')
  stop()
})

test('settings that say no are heeded, and what passed meanwhile is not told later', async () => {
  for (const off of [{ notifications: false }, { paymentNotifications: false }]) {
    const { shown, settle, stop } = rig(off)
    await settle()
    expect(shown).toEqual([])
    stop()
  }
})
