import { type ChunkGrams, chunkGramsTable, openChunkGrams, probesFor } from '#main/replica/chunk-grams.ts'
import { createColumn } from '#main/replica/column.ts'
import { addGrams, fold, termsOf } from '#main/replica/grams.ts'
import { insertMany } from '#main/replica/insert-many.ts'
import type { Db } from '#main/replica/open-database.ts'
import { chunkRows } from '#main/replica/posting.ts'
import { codeStage, rangeStage, type Stage, scan, testStage } from '#main/replica/scan.ts'
import { type EntryStanding, entryStandings } from '#protocol/bundle.ts'
import { countCap } from '#protocol/desktop.ts'
import type { Entry } from '#protocol/entry.ts'
import type { ReviewFilter, ReviewQuery, ReviewRow } from '#protocol/review.ts'
import { excerptOf, objectsOf, outcomeOf, riskOf, searchableText } from '#trust/review/entry-facts.ts'
import { createGramChunks } from './gram-chunks.ts'

/** An entry as it stands in the bundle; null where it can't be read. */
export interface ReadEntry {
  readonly bytes: Uint8Array
  readonly entry: Entry | null
}

/**
 * The entries of one bundle, to be found by time, actor, command, risk, outcome, standing, object and Japanese full text.
 * Bytes and bigrams lie in an encrypted file that lives as long as the review; what is filtered by lies in memory, some
 * forty bytes an entry. It is filled once, in order, then `finish`ed, then asked.
 */
export interface EntryIndex {
  add(read: ReadEntry): void
  /** How the entries from `index` on stand, as places in `entryStandings`; what was not judged is shown as failed. */
  judge(index: number, standings: Uint8Array): void
  finish(): void
  /** Which entries have a note. */
  noted(indexes: ReadonlySet<number>): void
  query(query: ReviewQuery): { rows: ReviewRow[]; next: number | null }
  /** Counts stop at 10,000, and at 2,000 where each text has to be read. */
  count(filter: ReviewFilter): { readonly count: number; readonly capped: boolean }
  /** Every index that passes, ascending: for samples. */
  matching(filter: ReviewFilter): readonly number[]
  row(index: number): ReviewRow | null
  read(index: number): ReadEntry | null
  facets(): { actors: Facet[]; commands: Facet[] }
  standings(): Readonly<Record<EntryStanding, number>>
  /** First and last time; null: there is none. */
  span(): readonly [number, number] | null
  readonly from: number
  size(): number
}
export interface Facet {
  readonly value: string
  readonly entries: number
}

const outcomeCodes = ['done', 'refused', 'failed', 'ended'] as const
const riskCodes = [null, 'low', 'medium', 'high'] as const
const readCountCap = 2_000

/** UUIDs, as folded text holds them. */
const ids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g
const isId = (term: string): boolean => term.length === 36 && term.match(ids)?.[0] === term

/** FNV-1a over UTF-16 units; what it finds is checked against the entry. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

export const entryTables = `
  CREATE TABLE entries (pos INTEGER PRIMARY KEY, body BLOB NOT NULL);
  CREATE TABLE texts (pos INTEGER PRIMARY KEY, text TEXT NOT NULL);
  ${chunkGramsTable('grams')};`

/** @param from index of the bundle's first entry */
export const openEntryIndex = (db: Db, from: number): EntryIndex => {
  const grams: ChunkGrams = openChunkGrams(db, 'grams')
  const gramChunks = createGramChunks()
  const insertBodies = insertMany(db, 'entries', ['pos', 'body'])
  const insertTexts = insertMany(db, 'texts', ['pos', 'text'])
  /** As search sees them: words of three characters and more are looked for in the text itself. */
  const selectText = db.prepare('SELECT text FROM texts WHERE pos = ?').pluck()
  const selectBody = db.prepare('SELECT body FROM entries WHERE pos = ?').pluck()

  const at = createColumn('number')
  const actor = createColumn('text')
  const command = createColumn('text')
  const risk = createColumn('id')
  const outcome = createColumn('id')
  const standing = createColumn('id')
  const objectsEnd = createColumn('id')
  const objectHashes = createColumn('id')
  let notes: ReadonlySet<number> = new Set()
  let pending: (number | Uint8Array)[] = []
  let pendingTexts: (number | string)[] = []
  let building = new Map<number, number[]>()
  let size = 0

  const addText = (entry: Entry): void => {
    const found = new Set<number>()
    const text = fold(searchableText(entry))
    pendingTexts.push(size, text)
    for (const id of new Set(text.match(ids))) objectHashes.push(hashOf(`id ${id}`))
    addGrams(text, found)
    const position = size % chunkRows
    for (const gram of found) {
      const positions = building.get(gram)
      if (positions === undefined) building.set(gram, [position])
      else positions.push(position)
    }
  }

  const flush = (): void => {
    if (pending.length === 0) return
    const chunk = Math.floor((size - 1) / chunkRows)
    db.transaction(() => {
      insertBodies(pending)
      insertTexts(pendingTexts)
      grams.write(chunk, building)
    })()
    for (const gram of building.keys()) gramChunks.add(gram, chunk)
    pending = []
    pendingTexts = []
    building = new Map()
  }

  const add: EntryIndex['add'] = ({ bytes, entry }) => {
    // What can't be read stands where the entry before it stood in time.
    at.push(entry?.at ?? (size > 0 ? at.raw(size - 1) : 0))
    actor.push(entry?.command.statement.operator ?? '')
    command.push(entry?.command.statement.command ?? '')
    risk.push(entry === null ? 0 : riskCodes.indexOf(riskOf(entry.command.statement.command)))
    outcome.push(entry === null ? outcomeCodes.indexOf('failed') : outcomeCodes.indexOf(outcomeOf(entry)))
    standing.push(entryStandings.indexOf('failed'))
    if (entry !== null) {
      for (const { kind, value } of objectsOf(entry)) objectHashes.push(hashOf(`${kind} ${value}`))
      addText(entry)
    }
    objectsEnd.push(objectHashes.size())
    pending.push(size, bytes)
    size++
    if (size % chunkRows === 0) flush()
  }

  const body = (position: number): Uint8Array | null => (selectBody.get(position) as Uint8Array | undefined) ?? null
  /** The same few hundred are asked for again and again while somebody types. */
  const parsed = new Map<number, Entry | null>()
  const entryAt = (position: number): Entry | null => {
    const known = parsed.get(position)
    if (known !== undefined) return known
    const entry = parseKept(body(position))
    if (parsed.size >= 512) parsed.clear()
    parsed.set(position, entry)
    return entry
  }

  const allowed = (column: typeof actor, values: readonly string[]): Uint8Array => {
    const mask = new Uint8Array(Math.max(1, column.codes()))
    for (const value of values) {
      const code = column.code(value)
      if (code >= 0) mask[code] = 1
    }
    return mask
  }
  const coded = <T>(values: readonly T[], codes: readonly T[]): Uint8Array => {
    const mask = new Uint8Array(codes.length)
    for (const value of values) mask[codes.indexOf(value)] = 1
    return mask
  }
  const columnStage = (column: typeof actor, mask: Uint8Array): Stage => {
    const { data, head } = column.window()
    return codeStage(data, head, mask)
  }

  /** Rows of the chunks that may hold every term; a chunk's postings are read when the walk comes to it. */
  const textStage = (terms: readonly string[]): Stage => {
    const probes = probesFor(terms)
    const may = gramChunks.may(probes)
    let chunk = -1
    let bits: Uint8Array | null = null
    return (positions, count) => {
      let kept = 0
      for (let nth = 0; nth < count; nth++) {
        const position = positions[nth] as number
        const here = Math.floor(position / chunkRows)
        if (here !== chunk) {
          chunk = here
          bits = may(chunk) ? grams.find(chunk, probes) : null
        }
        const row = position % chunkRows
        if (bits !== null && (((bits[row >> 3] as number) >> (row & 7)) & 1) === 1) positions[kept++] = position
      }
      return kept
    }
  }

  const objectStage = (name: string): Stage => {
    const hash = hashOf(name)
    const { data: ends, head: endsHead } = objectsEnd.window()
    const { data: hashes, head } = objectHashes.window()
    return testStage((position) => {
      const last = ends[endsHead + position] as number
      for (let nth = position === 0 ? 0 : (ends[endsHead + position - 1] as number); nth < last; nth++)
        if (hashes[head + nth] === hash) return true
      return false
    })
  }

  const stagesOf = (filter: ReviewFilter): { readonly stages: readonly Stage[]; readonly reads: boolean } => {
    const stages: Stage[] = []
    if (filter.from !== null || filter.to !== null) {
      const { data, head } = at.window()
      stages.push(rangeStage(data, head, filter.from ?? 0, filter.to ?? Number.POSITIVE_INFINITY))
    }
    if (filter.actors.length > 0) stages.push(columnStage(actor, allowed(actor, filter.actors)))
    if (filter.commands.length > 0) stages.push(columnStage(command, allowed(command, filter.commands)))
    if (filter.risks.length > 0) stages.push(columnStage(risk, coded(filter.risks, riskCodes)))
    if (filter.outcomes.length > 0) stages.push(columnStage(outcome, coded(filter.outcomes, outcomeCodes)))
    if (filter.standings.length > 0) stages.push(columnStage(standing, coded(filter.standings, entryStandings)))
    if (filter.noted) stages.push(testStage((position) => notes.has(from + position)))
    const { object } = filter
    if (object !== null) {
      stages.push(objectStage(`${object.kind} ${object.value}`))
      const names = (entry: Entry | null): boolean =>
        entry !== null && objectsOf(entry).some(({ kind, value }) => kind === object.kind && value === object.value)
      stages.push(testStage((position) => names(entryAt(position))))
    }
    const terms = termsOf(filter.text)
    // Ids are all alike in their bigrams: a whole one is looked up by its hash.
    const [whole, words] = [terms.filter(isId), terms.filter((term) => !isId(term))]
    for (const id of whole) stages.push(objectStage(`id ${id}`))
    if (words.length > 0) stages.push(textStage(words))
    // A bigram found is the word itself; longer words may have their bigrams apart.
    const uncertain = terms.some((term) => term.length > 2)
    if (uncertain) stages.push(testStage((position) => holds(position, terms)))
    return { stages, reads: uncertain || object !== null }
  }

  const holds = (position: number, terms: readonly string[]): boolean => {
    const text = selectText.get(position) as string | undefined
    return text !== undefined && terms.every((term) => text.includes(term))
  }

  const rowAt = (position: number): ReviewRow => {
    const entry = entryAt(position)
    return {
      index: from + position,
      at: at.raw(position),
      actor: String(actor.value(position) ?? ''),
      command: String(command.value(position) ?? ''),
      risk: riskCodes[risk.raw(position)] ?? null,
      outcome: outcomeCodes[outcome.raw(position)] ?? 'failed',
      standing: entryStandings[standing.raw(position)] ?? 'failed',
      excerpt: entry === null ? '' : excerptOf(entry),
      noted: notes.has(from + position),
    }
  }

  const inside = (index: number): number | null => {
    const position = index - from
    return Number.isInteger(position) && position >= 0 && position < size ? position : null
  }

  return {
    from,
    size: () => size,
    add,
    judge: (index, standings) => {
      const position = inside(index)
      if (position === null) return
      for (const [nth, code] of standings.entries()) if (position + nth < size) standing.set(position + nth, code)
    },
    finish: flush,
    noted: (indexes) => {
      notes = indexes
    },
    query: ({ filter, descending, after, limit }) => {
      const bound = after === null ? null : Math.max(0, Math.min(size, after - from))
      const low = bound === null || descending ? 0 : Math.min(size, bound + 1)
      const high = bound === null || !descending ? size : bound
      const found: number[] = []
      scan(stagesOf(filter).stages, { from: low, to: high, descending }, (position) => {
        found.push(position)
        return found.length <= limit
      })
      const rows = found.slice(0, limit).map(rowAt)
      return { rows, next: found.length > limit ? (rows.at(-1)?.index ?? null) : null }
    },
    count: (filter) => {
      const { stages, reads } = stagesOf(filter)
      const cap = reads ? readCountCap : countCap
      let count = 0
      scan(stages, { from: 0, to: size, descending: true }, () => {
        count++
        return count < cap
      })
      return { count, capped: count === cap }
    },
    matching: (filter) => {
      const found: number[] = []
      scan(stagesOf(filter).stages, { from: 0, to: size, descending: false }, (position) => {
        found.push(from + position)
        return true
      })
      return found
    },
    row: (index) => {
      const position = inside(index)
      return position === null ? null : rowAt(position)
    },
    read: (index) => {
      const position = inside(index)
      if (position === null) return null
      const bytes = body(position)
      return bytes === null ? null : { bytes, entry: parseKept(bytes) }
    },
    facets: () => ({ actors: facetsOf(actor, size), commands: facetsOf(command, size) }),
    standings: () => {
      const counts = Object.fromEntries(entryStandings.map((it) => [it, 0])) as Record<EntryStanding, number>
      for (let position = 0; position < size; position++) counts[entryStandings[standing.raw(position)] ?? 'failed']++
      return counts
    },
    span: () => (size === 0 ? null : [at.raw(0), at.raw(size - 1)]),
  }
}

/** Whether the bytes are an entry was judged when they were read. */
const parseKept = (bytes: Uint8Array | null): Entry | null => {
  if (bytes === null || bytes.byteLength === 0) return null
  try {
    const entry: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    return typeof entry === 'object' && entry !== null && 'command' in entry && 'events' in entry
      ? (entry as Entry)
      : null
  } catch {
    return null
  }
}

/** Most frequent first. */
const facetsOf = (column: ReturnType<typeof createColumn>, size: number): Facet[] => {
  const counts = new Map<number, number>()
  for (let position = 0; position < size; position++) {
    const code = column.raw(position)
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return [...counts]
    .map(([code, entries]) => ({ value: column.text(code), entries }))
    .sort((left, right) => right.entries - left.entries)
}
