import type { EventRow } from '#protocol/events.ts'
import { type Locale, noticeText } from '#protocol/notices.ts'
import { dateTime } from '../../format/instant.ts'

const actions: Readonly<Record<Locale, Readonly<Record<string, string>>>> = {
  ja: { start: '開始', stop: '停止', restart: '再起動' },
  en: { start: 'start', stop: 'stop', restart: 'restart' },
}

/** An event in words. Moments and actions inside it are read as the screen reads them. */
export const eventText = (locale: Locale, { code, params }: Pick<EventRow, 'code' | 'params'>): string =>
  noticeText(
    locale,
    code,
    Object.fromEntries(
      Object.entries(params).map(([name, value]) => {
        if (name === 'until' && typeof value === 'string') return [name, dateTime(Date.parse(value))]
        if (name === 'action') return [name, actions[locale][value] ?? value]
        return [name, value]
      }),
    ),
  )
