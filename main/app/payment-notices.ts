import type { Desk, Dispose } from '#main/link/desk.ts'
import type { Settings } from '#protocol/desktop.ts'
import { type CaseRow, cases, type PaymentRow, payments } from '#protocol/payments-records.ts'
import { providerNames } from '#protocol/payments-words.ts'
import type { Notice } from './notifications.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { Say, TextKey } from './texts.ts'

export interface PaymentNoticesOptions {
  readonly rows: Pick<Desk['rows'], 'query' | 'get' | 'onChange'>
  settings(): Settings
  readonly say: Say
  /** What happened before is on the page already; nobody is woken for it again. */
  readonly since: number
  show(notice: Notice): void
}

const most = 5
const looked = 100
const known = 2_000

interface Told {
  readonly key: string
  readonly title: TextKey
  readonly row: Pick<CaseRow, 'provider' | 'payment'>
}

/** Every case is told; those of a kind with words of its own by these. */
const titleOf = ({ kind }: Pick<CaseRow, 'kind'>): TextKey =>
  kind === 'dispute' || kind === 'unknown-for-long' ? `payments.${kind}` : 'payments.differs'

/** Notifies of payments that failed and of cases, each once, as settings allow. */
export function notifyOfPayments(options: PaymentNoticesOptions): Dispose {
  const seen = new Set<string>()
  return options.rows.onChange(
    [payments.name, cases.name],
    oneAtATime(() => notifyNew(options, seen)),
  )
}

const newest = async <Row>({ rows }: PaymentNoticesOptions, collection: string, state: string, field: string) => {
  const filter = { collection, where: { state: [state] }, range: null, text: '' }
  const page = await rows.query({ filter, sort: { field, descending: true }, after: null, limit: looked })
  return page.rows as readonly unknown[] as readonly Row[]
}

async function notifyNew(options: PaymentNoticesOptions, seen: Set<string>): Promise<void> {
  const { settings, say, since, show, rows } = options
  const failed = await newest<PaymentRow>(options, payments.name, 'failed', 'at')
  const opened = await newest<CaseRow>(options, cases.name, 'open', 'openedAt')
  const found: readonly Told[] = [
    ...failed
      .filter(({ changedAt }) => changedAt >= since)
      .map((row) => ({ key: `failed ${row.payment}`, title: 'payments.failed' as const, row })),
    ...opened
      .filter(({ openedAt }) => openedAt >= since)
      .map((row) => ({ key: `case ${row.key}`, title: titleOf(row), row })),
  ]
  const fresh = found.filter(({ key }) => !seen.has(key))
  for (const { key } of fresh) seen.add(key)
  for (const key of [...seen].slice(0, Math.max(0, seen.size - known))) seen.delete(key)
  const { notifications, paymentNotifications, notificationSound } = settings()
  if (!notifications || !paymentNotifications) return
  for (const { title, row } of fresh.slice(0, most)) {
    const payment = row.payment === '' ? null : ((await rows.get(payments.name, row.payment)) as PaymentRow | null)
    const body = say('payments.body', { provider: providerNames[row.provider], title: payment?.title ?? '' })
    show({ key: row.payment, title: say(title), body: body.trim(), silent: !notificationSound })
  }
}
