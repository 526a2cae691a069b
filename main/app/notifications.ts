import { z } from 'zod'
import type { Desk, Dispose } from '#main/link/desk.ts'
import { alertRowSchema } from '#protocol/alerts.ts'
import type { Settings } from '#protocol/desktop.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { Say, TextKey } from './texts.ts'

/** One notification of the system's. */
export interface Notice {
  readonly key: string
  readonly title: string
  readonly body: string
  readonly silent: boolean
}

export interface AlertNoticesOptions {
  readonly rows: Desk['rows']
  settings(): Settings
  readonly say: Say
  /** Alerts that fired before are in the list already; nobody is woken for them again. */
  readonly since: number
  show(notice: Notice): void
}

/** A storm is the page's to show: at most this many at once. */
const most = 5
const known = 2_000
const firingSchema = z.array(alertRowSchema)

/** Notifies of each alert once, when it begins to fire. */
export function notifyOfAlerts(options: AlertNoticesOptions): Dispose {
  const seen = new Set<string>()
  return options.rows.onChange(
    ['alerts'],
    oneAtATime(() => notifyNew(options, seen)),
  )
}

async function notifyNew(options: AlertNoticesOptions, seen: Set<string>): Promise<void> {
  const filter = { collection: 'alerts', where: { state: ['firing'] }, range: null, text: '' }
  const sort = { field: 'firedAt', descending: true }
  const page = await options.rows.query({ filter, sort, after: null, limit: 100 })
  const firing = firingSchema.parse(page.rows)
  const fresh = firing.filter((it) => it.notifying && it.firedAt >= options.since && !seen.has(it.key))
  for (const { key } of fresh) seen.add(key)
  for (const key of [...seen].slice(0, Math.max(0, seen.size - known))) seen.delete(key)
  const { notifications, notificationSound } = options.settings()
  if (!notifications) return
  for (const { key, name, severity, value } of fresh.slice(0, most)) {
    const title = `${options.say(`severity.${severity}` satisfies TextKey)}: ${name}`
    options.show({ key, title, body: value, silent: !notificationSound })
  }
}
