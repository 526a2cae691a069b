import type { Filter } from '#protocol/desktop.ts'
import type { Category, Severity } from '#protocol/event.ts'
import { categoryList, severityList } from '../../app/vocabulary.ts'

export const presets = ['all', '15m', '1h', '24h', '7d', 'custom'] as const
export type Preset = (typeof presets)[number]
export const states = ['open', 'acknowledged', 'none'] as const
export type EventState = (typeof states)[number]

/** What the list of events is narrowed to. Empty lists let everything through. */
export interface EventFilter {
  readonly categories: readonly Category[]
  readonly severities: readonly Severity[]
  readonly states: readonly EventState[]
  readonly modules: readonly string[]
  readonly actors: readonly string[]
  readonly correlation: string | null
  readonly preset: Preset
  /** Bounds of `custom`, ms; null is open. */
  readonly from: number | null
  readonly to: number | null
  readonly text: string
  readonly oldestFirst: boolean
}

export const noFilter: EventFilter = {
  categories: [],
  severities: [],
  states: [],
  modules: [],
  actors: [],
  correlation: null,
  preset: 'all',
  from: null,
  to: null,
  text: '',
  oldestFirst: false,
}

const presetMs: Readonly<Record<Exclude<Preset, 'all' | 'custom'>, number>> = {
  '15m': 900_000,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
}

const listed = <T extends string>(text: string | null, known: readonly T[]): readonly T[] =>
  (text ?? '').split(',').filter((word): word is T => known.some((it) => it === word))
const words = (text: string | null): readonly string[] => (text ?? '').split(',').filter((word) => word !== '')
const instant = (text: string | null): number | null => {
  const at = Number(text)
  return text !== null && Number.isSafeInteger(at) && at >= 0 ? at : null
}

/** Reads the address; what does not belong is dropped. */
export const parseFilter = (search: string): EventFilter => {
  const params = new URLSearchParams(search)
  const preset = params.get('range')
  return {
    categories: listed(params.get('category'), categoryList),
    severities: listed(params.get('severity'), severityList),
    states: listed(params.get('state'), states),
    modules: words(params.get('module')),
    actors: words(params.get('actor')),
    correlation: params.get('correlation'),
    preset: presets.find((it) => it === preset) ?? 'all',
    from: instant(params.get('from')),
    to: instant(params.get('to')),
    text: (params.get('text') ?? '').slice(0, 200),
    oldestFirst: params.get('order') === 'oldest',
  }
}

/** The address of a filter; what is not narrowed is left out. */
export const printFilter = (filter: EventFilter): string => {
  const params = new URLSearchParams()
  const put = (name: string, value: string): void => {
    if (value !== '') params.set(name, value)
  }
  put('category', filter.categories.join(','))
  put('severity', filter.severities.join(','))
  put('state', filter.states.join(','))
  put('module', filter.modules.join(','))
  put('actor', filter.actors.join(','))
  put('correlation', filter.correlation ?? '')
  put('range', filter.preset === 'all' ? '' : filter.preset)
  put('from', filter.preset === 'custom' && filter.from !== null ? String(filter.from) : '')
  put('to', filter.preset === 'custom' && filter.to !== null ? String(filter.to) : '')
  put('text', filter.text)
  put('order', filter.oldestFirst ? 'oldest' : '')
  return params.toString()
}

export const isNarrowed = (filter: EventFilter): boolean =>
  printFilter({ ...filter, oldestFirst: false }) !== printFilter(noFilter)

/**
 * The query of a filter.
 * @param now ms; presets end there and reach back from the whole minute, so that a page and its count agree
 */
export const queryOf = (filter: EventFilter, now: number): Filter => ({
  collection: 'events',
  where: Object.fromEntries(
    (
      [
        ['category', filter.categories],
        ['severity', filter.severities],
        ['state', filter.states],
        ['module', filter.modules],
        ['actor', filter.actors],
        ['correlation', filter.correlation === null ? [] : [filter.correlation]],
      ] as const
    )
      .filter(([, values]) => values.length > 0)
      .map(([field, values]) => [field, [...values]]),
  ),
  range: rangeOf(filter, now),
  text: filter.text,
})

const rangeOf = ({ preset, from, to }: EventFilter, now: number): Filter['range'] => {
  if (preset === 'all') return null
  if (preset !== 'custom')
    return { field: 'at', from: Math.floor((now - presetMs[preset]) / 60_000) * 60_000, to: null }
  return from === null && to === null ? null : { field: 'at', from, to }
}
