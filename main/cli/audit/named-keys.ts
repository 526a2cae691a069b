import type { BundleFile } from '#main/audit/bundle/file.ts'
import { createKeyRegister, type NamedKey } from '#main/audit/named-keys.ts'
import type { Entry } from '#protocol/entry.ts'
import { readBundle } from '#trust/bundle/reader.ts'
import { parseEntry } from '#trust/entry.ts'
import { visible } from '../../vault/ask/written.ts'

/** The keys that a bundle's entries name, also those beside its range. */
export async function keysIn(file: BundleFile): Promise<readonly NamedKey[]> {
  const register = createKeyRegister()
  const later: Entry[] = []
  let begun = Number.POSITIVE_INFINITY
  const learn = (bytes: Uint8Array): void => {
    const entry = parsed(bytes)
    if (entry !== null) register.learn(entry)
  }
  for await (const { part } of readBundle(file.open())) {
    if (part.kind === 'manifest') begun = part.manifest.from
    if (part.kind === 'entries') for (const bytes of part.entries) learn(bytes)
    if (part.kind !== 'context') continue
    const entry = parsed(part.bytes)
    // What comes behind the range may stand before it in the file.
    if (entry !== null && part.index > begun) later.push(entry)
    else learn(part.bytes)
  }
  for (const entry of later) register.learn(entry)
  return register.keys()
}

/** null: no entry; its standing says so where entries are shown. */
const parsed = (bytes: Uint8Array): Entry | null => {
  try {
    return parseEntry(bytes)
  } catch {
    return null
  }
}

const kindWords: Readonly<Record<NamedKey['kind'], string>> = {
  log: '記録の鍵　',
  service: 'サービス鍵',
  certificate: '証明書　　',
}
const endWords = { replaced: '次の鍵に交代', retired: '失効（使用終了）', compromised: '失効（漏えい）' } as const
const when = (at: number): string => new Date(at).toISOString()

export const keyLine = ({ kind, key, whose, from, until }: NamedKey): string => {
  const since = `記録 ${from.index}（${when(from.at)}）から`
  return `${kindWords[kind]}  ${key}  ${visible(whose)}  ${since}${untilWords(until)}`
}

const untilWords = (until: NamedKey['until']): string => {
  if (until === null) return ''
  if (until.why === 'expires') return `、有効期限 ${when(until.at)}`
  return `、記録 ${until.index}（${when(until.at)}）で${endWords[until.why]}`
}
