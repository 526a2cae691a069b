import type { EventRow } from '#protocol/events.ts'
import { type Locale, noticeText } from '#protocol/notices.ts'
import { dateTime } from '../../format/instant.ts'

/** An event in words. Moments inside it are read as the screen reads them. */
export const eventText = (locale: Locale, { code, params }: Pick<EventRow, 'code' | 'params'>): string =>
  noticeText(
    locale,
    code,
    Object.fromEntries(
      Object.entries(params).map(([name, value]) => {
        if (name === 'until' && typeof value === 'string') return [name, dateTime(Date.parse(value))]
        return [name, value]
      }),
    ),
  )
