import type { EventRow } from '#protocol/events.ts'
import { type Locale, noticeText } from '#protocol/notices.ts'

/** An event in words, the same as the replica searches and an export writes. */
export const eventText = (locale: Locale, { code, params }: Pick<EventRow, 'code' | 'params'>): string =>
  noticeText(locale, code, params)
