import type { BundleFile } from '#main/audit/bundle/file.ts'
import { fold } from '#main/replica/grams.ts'
import { type BundleVerdict, entryStandings, type Manifest } from '#protocol/bundle.ts'
import type { Entry } from '#protocol/entry.ts'
import type { Failure } from '#protocol/errors.ts'
import { readBundle } from '#trust/bundle/reader.ts'
import { parseEntry } from '#trust/entry.ts'
import { searchableText } from '#trust/review/entry-facts.ts'
import { plainText } from '../../vault/ask/plain-text.ts'
import type { Said } from '../area.ts'
import type { AuditRequest } from './arguments.ts'
import { linesOf } from './lines.ts'
import { keyLine, keysIn } from './named-keys.ts'
import { openBundle } from './open-bundle.ts'
import { failureOf, verdictOn, wordsOf } from './verify.ts'

type Request = Extract<AuditRequest, { readonly command: 'show' | 'search' }>

interface Shown {
  readonly index: number
  readonly standing: (typeof entryStandings)[number]
  /** null: the bytes are no entry. */
  readonly entry: Entry | null
}

/** Shows entries of a bundle, each with how it stands: the whole bundle is verified first. */
export async function show(request: Request, worker: string | URL): Promise<Said> {
  const standings: Uint8Array[] = []
  const file = await openBundle(request)
  const verdict = await verdictOn(request, file, worker, { judged: (_from, some) => void standings.push(some.slice()) })
  if (verdict.manifest === null || verdict.failure !== null) {
    const failure = failureOf(verdict)
    return { result: { verdict, entries: [] }, words: wordsOf(verdict), ...(failure && { failure }) }
  }
  if (request.command === 'show' && request.keys) return named(file, verdict)
  const all = Buffer.concat(standings)
  const found = await matching(request, file, verdict.manifest.from, all)
  if (request.command === 'show' && found.entries.length === 0) return outside(verdict, verdict.manifest)
  const failure = verdict.outcome === 'failed' ? failureOf(verdict) : null
  return {
    result: { verdict, entries: found.entries, more: found.more },
    words: linesOf([...found.entries.map(lineOf), ...countWords(request, found), outcomeLine(verdict)]),
    ...(failure && { failure }),
  }
}

/** Keys stand as the whole bundle does: each of them may rest on any entry before it. */
async function named(file: BundleFile, verdict: BundleVerdict): Promise<Said> {
  const keys = await keysIn(file)
  const failure = failureOf(verdict)
  return {
    result: { verdict, keys },
    words: linesOf([...keys.map(keyLine), `${keys.length} 件`, outcomeLine(verdict)]),
    ...(failure && { failure }),
  }
}

/** Nothing of it was asked for: that the rest holds answers another question. */
function outside(verdict: BundleVerdict, { from, to }: Manifest): Said {
  const failure: Failure = { code: 'log.out-of-range', params: {} }
  return { result: { verdict, entries: [] }, words: `ファイルにあるのは記録 ${from}〜${to - 1} です`, failure }
}

interface Found {
  readonly entries: readonly Shown[]
  /** There were more than were asked for. */
  readonly more: boolean
}

async function matching(request: Request, file: BundleFile, first: number, standings: Uint8Array): Promise<Found> {
  const entries: Shown[] = []
  const limit = request.command === 'search' ? request.limit : Number.POSITIVE_INFINITY
  const wants = wantedBy(request)
  for await (const { part } of readBundle(file.open())) {
    if (part.kind !== 'entries') continue
    for (const [at, bytes] of part.entries.entries()) {
      const index = part.from + at
      if (!wants(index, bytes)) continue
      if (entries.length >= limit) return { entries, more: true }
      const standing = entryStandings[standings[index - first] ?? -1] ?? 'failed'
      entries.push({ index, standing, entry: parsed(bytes) })
    }
  }
  return { entries, more: false }
}

/** As the app's search goes by, over the same words: digests and signatures are none. */
function wantedBy(request: Request): (index: number, bytes: Uint8Array) => boolean {
  if (request.command === 'show') {
    const { from, to } = request
    return (index) => index >= (from ?? 0) && index < (to ?? Number.POSITIVE_INFINITY)
  }
  const words = request.words.map(fold)
  return (_index, bytes) => {
    const entry = parsed(bytes)
    if (entry === null) return false
    const text = fold(searchableText(entry))
    return words.every((word) => text.includes(word))
  }
}

function parsed(bytes: Uint8Array): Entry | null {
  try {
    return parseEntry(bytes)
  } catch {
    return null
  }
}

const standingWords: Readonly<Record<Shown['standing'], string>> = {
  verified: '✓ 検証済み  ',
  unconfirmed: '? 未確認の鍵',
  attention: '! 要確認    ',
  failed: '✗ 検証失敗  ',
}

export function lineOf({ index, standing, entry }: Shown): string {
  if (entry === null) return `${standingWords[standing]} ${index}  （記録として読めません）`
  const { statement } = entry.command
  const said = 'params' in entry.command ? JSON.stringify(entry.command.params) : '（封印されています）'
  const facts = `${new Date(entry.at).toISOString()}  ${statement.operator}  ${statement.command}  ${said}`
  return plainText(`${standingWords[standing]} ${index}  ${facts}`)
}

function countWords(request: Request, { entries, more }: Found): readonly string[] {
  if (request.command !== 'search') return [`${entries.length} 件`]
  return [more ? `はじめの ${entries.length} 件（--limit N で増やせます）` : `${entries.length} 件見つかりました`]
}

const outcomeLine = (verdict: BundleVerdict): string => wordsOf(verdict).split('\n').at(-1) ?? ''
