import { type Notice, type Severity, severities } from '#protocol/event.ts'
import { type EventRow, eventKey } from '#protocol/events.ts'
import type { EventMeta } from '../../kernel/module.ts'

/** From this severity on a line waits for a person. */
const firstOpen = severities.indexOf('warning')
const detailBound = 2_000

export const waitsForPerson = (severity: Severity): boolean => severities.indexOf(severity) >= firstOpen

/** The line of イベント for a notice: pure, so that a rebuild writes the same line again. */
export const rowOfNotice = (
  notice: Omit<Notice, 'code'> & { readonly code: string },
  module: string,
  meta: EventMeta,
): EventRow => ({
  key: eventKey(meta.index, meta.nth),
  at: meta.at,
  category: notice.category,
  severity: notice.severity,
  module,
  actor: meta.operator,
  correlation: meta.id,
  code: notice.code,
  params: { ...notice.params },
  detail: (notice.detail ?? '').slice(0, detailBound),
  state: waitsForPerson(notice.severity) ? 'open' : 'none',
  acknowledgedBy: null,
  acknowledgedAt: null,
  note: '',
})
