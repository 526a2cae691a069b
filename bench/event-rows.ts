import type { z } from 'zod'
import { eventKey, type eventRowSchema } from '#protocol/events.ts'
import { noticeCodes } from '#protocol/notices.ts'

const categories = ['system', 'user', 'api', 'payment'] as const
const severities = ['info', 'notice', 'warning', 'minor', 'major', 'critical'] as const
const modules = ['hub', 'events', 'alerts', 'session', 'payments', 'gateway'] as const
const words = [
  '決済',
  '入金',
  '照合',
  '遅延',
  '再試行',
  '上限',
  '口座',
  '通知',
  '署名',
  '監査',
  '復旧',
  '接続',
] as const

/** Repeatable numbers in [0, 1): a run can be compared with the one before. */
export const numbers = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * An event as the backend sends it. Categories and severities are skewed as real ones are: nearly all is `info`, one in
 * ten thousand `critical`, and no payment ever is. One in a hundred thousand holds the word 棚卸.
 */
export const eventRow = (index: number, random: () => number): z.input<typeof eventRowSchema> => {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const category = random() < 0.7 ? 'system' : pick(categories)
  const rare = random() < 0.0001 && category !== 'payment'
  const severity = rare ? 'critical' : random() < 0.9 ? 'info' : pick(severities.slice(0, 5))
  const waits = severity !== 'info' && severity !== 'notice'
  const title = `${pick(words)}が${pick(words)}しました（${Math.floor(random() * 100_000)}）`
  return {
    key: eventKey(index, 0),
    at: 1_700_000_000_000 + index * 250,
    category,
    severity,
    module: pick(modules),
    actor: `operator-${Math.floor(random() * 40)}`,
    correlation: `01939f0e-0000-7000-8000-${String(index).padStart(12, '0')}`,
    code: random() < 0.5 ? 'events.note' : pick(noticeCodes),
    params: { title, operator: `operator-${Math.floor(random() * 40)}`, count: index % 97 },
    detail: index % 100_000 === 77_777 ? '棚卸の記録' : '',
    state: waits ? 'open' : 'none',
    acknowledgedBy: null,
    acknowledgedAt: null,
    note: '',
  }
}
