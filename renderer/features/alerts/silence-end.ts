import { japanMs } from '#protocol/japan-time.ts'

export const silencePresets = ['30m', '2h', 'morning', 'custom'] as const
export type SilencePreset = (typeof silencePresets)[number]

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const morningHour = 9
/** protocol/alerts.ts `longestSilenceMs`, without its schemas; alerts.test.ts holds the two together. */
export const longestMs = 30 * 24 * 60 * minuteMs

/** 09:00 in Japan of the next day on which it is still to come. */
export const nextMorning = (now: number): number => {
  const morning = morningHour * 60 * minuteMs - japanMs
  return morning + (Math.floor((now - morning) / dayMs) + 1) * dayMs
}

/** When a silence ends; null while no moment was chosen. */
export const silenceEnd = (preset: SilencePreset, custom: number | null, now: number): number | null => {
  if (preset === '30m') return now + 30 * minuteMs
  if (preset === '2h') return now + 120 * minuteMs
  return preset === 'morning' ? nextMorning(now) : custom
}

/** What is wrong with an end; null: nothing. */
export const silenceProblem = (until: number | null, now: number): 'missing' | 'past' | 'long' | null => {
  if (until === null) return 'missing'
  if (until <= now) return 'past'
  return until - now > longestMs ? 'long' : null
}
