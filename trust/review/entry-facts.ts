import { commands } from '#protocol/catalogue.ts'
import type { Json, Risk } from '#protocol/command.ts'
import type { Entry } from '#protocol/entry.ts'

/** What a review finds an entry by, read from the entry alone. */

/** Something that entries are about: `operator` `tanaka`, `rule` `cpu-high`. */
export interface EntryObject {
  readonly kind: string
  readonly value: string
}

/**
 * done: it caused what it asked for. refused: it records that something was not let through. failed: an effect or a part
 * failed, or its result is unknown. ended: a proposal was withdrawn or ran out.
 */
export const outcomes = ['done', 'refused', 'failed', 'ended'] as const
export type EntryOutcome = (typeof outcomes)[number]

const risks = new Map(commands.map(({ name, risk }) => [name, risk]))

/** null for a command that this build does not know. */
export const riskOf = (command: string): Risk | null => risks.get(command) ?? null

/** Names of fields whose text names an object, and its kind. */
const named: Readonly<Record<string, string>> = {
  operator: 'operator',
  operators: 'operator',
  actor: 'operator',
  approver: 'operator',
  custodian: 'operator',
  module: 'module',
  instance: 'instance',
  rule: 'rule',
  alert: 'alert',
  fingerprint: 'certificate',
  certificate: 'certificate',
  subject: 'subject',
  token: 'token',
  digest: 'token',
  target: 'proposal',
  proposal: 'proposal',
  collection: 'collection',
  deployment: 'deployment',
  policy: 'policy',
  correlation: 'correlation',
}
/** `key` and `keys` name what their module keeps. */
const keyed: Readonly<Record<string, string>> = {
  session: 'session',
  events: 'event',
  alerts: 'alert',
  hub: 'module',
  approvals: 'proposal',
}
/** Longer texts name nothing: a whole certificate, for example. */
const longestName = 128
const deepest = 4

type Visit = (name: string, text: string) => void

/** Every text in a value with the field that it stands in; numbers as their digits. */
const walk = (value: Json, name: string, visit: Visit, depth = 0): void => {
  if (typeof value === 'string') visit(name, value)
  else if (typeof value === 'number') visit(name, String(value))
  else if (typeof value === 'object' && value !== null && depth < deepest) {
    if (Array.isArray(value)) for (const item of value) walk(item, name, visit, depth + 1)
    else for (const [key, item] of Object.entries(value)) walk(item, key, visit, depth + 1)
  }
}

const walkEntry = ({ command, events }: Entry, visit: Visit): void => {
  if ('params' in command) walk(command.params as Json, '', visit)
  else visit('subject', command.sealed.subject)
  for (const { data } of events) walk(data as Json, '', visit)
}

/** The objects that an entry names, each once, in the order in which they stand there. */
export const objectsOf = (entry: Entry): readonly EntryObject[] => {
  const module = entry.command.statement.command.split('.', 1)[0] ?? ''
  const kindOf = (name: string): string | undefined =>
    name === 'key' || name === 'keys' ? keyed[module] : Object.hasOwn(named, name) ? named[name] : undefined
  const found = new Map<string, EntryObject>()
  walkEntry(entry, (name, value) => {
    const kind = kindOf(name)
    if (kind !== undefined && value !== '' && value.length <= longestName)
      found.set(`${kind} ${value}`, { kind, value })
  })
  return [...found.values()]
}

/** Keys, signatures, ciphertexts: nobody looks for a part of one. */
const isOpaque = (text: string): boolean => text.length > 64 && !/[^A-Za-z0-9+/=_\s-]/.test(text)
const isArmored = (text: string): boolean => text.startsWith('-----BEGIN ')

/** What full text finds an entry by: its command, who acted, its id, and the texts and numbers that it holds. */
export const searchableText = (entry: Entry): string => {
  const { command, operator, id } = entry.command.statement
  const parts = new Set([command, operator, id])
  walkEntry(entry, (_name, text) => {
    if (!isOpaque(text) && !isArmored(text)) parts.add(text)
  })
  return [...parts].join('\n')
}

const verb = (name: string): string => name.slice(name.indexOf('.') + 1)

/** Judged by the names of its events, which a released log never changes. */
export const outcomeOf = ({ events }: Pick<Entry, 'events'>): EntryOutcome => {
  const verbs = events.map(({ type }) => verb(type))
  if (verbs.some((it) => /refus|reject|denied/i.test(it))) return 'refused'
  if (verbs.some((it) => /fail|crash|unknown/i.test(it))) return 'failed'
  return verbs.some((it) => /withdrawn|expired|lapsed/i.test(it)) ? 'ended' : 'done'
}

const longestExcerpt = 160

/** A line that says what was said, for lists: the texts of the parameters, else of the events. */
export const excerptOf = (entry: Entry): string => {
  const { command, events } = entry
  const texts: string[] = []
  const take: Visit = (_name, text) => {
    if (!isOpaque(text) && !isArmored(text) && text !== '') texts.push(text.replaceAll(/\s+/gu, ' '))
  }
  if ('params' in command) walk(command.params as Json, '', take)
  if (texts.length === 0) for (const { data } of events) walk(data as Json, '', take)
  const whole = [...new Set(texts)].join(' · ')
  return whole.length <= longestExcerpt ? whole : `${whole.slice(0, longestExcerpt - 1).toWellFormed()}…`
}
