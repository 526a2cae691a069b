import type { BundleFinding, BundleVerdict, TrustedKey } from '#protocol/bundle.ts'
import type { Entry } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import type { EntryView, PolicyVersion } from '#protocol/review.ts'
import type { KnownTree } from '#trust/bundle/known-tree.ts'
import { toBase64url } from '#trust/bytes.ts'
import { parseEntry } from '#trust/entry.ts'
import { inclusionSpans, leafHash } from '#trust/merkle.ts'
import { objectsOf } from '#trust/review/entry-facts.ts'
import { judgeEntry } from '#trust/review/judge-entry.ts'
import { createKeysInLog, type KeysInLog } from '#trust/review/keys-in-log.ts'
import type { Approvals } from './approvals.ts'
import type { EntryIndex } from './entry-index.ts'
import type { BundleContents } from './fill.ts'
import type { CoreView } from './messages.ts'

export interface ViewSources {
  readonly index: EntryIndex
  readonly contents: BundleContents
  readonly verdict: BundleVerdict
  readonly trusted: readonly TrustedKey[]
  readonly tree: KnownTree
  readonly approvals: Approvals
  policies(): readonly PolicyVersion[]
}

/** Shows one entry in full, judged anew from what stands before it. */
export const createEntryViews = (sources: ViewSources): ((index: number) => Promise<CoreView>) => {
  const { index: entries, contents, verdict, tree } = sources
  const approvals = sources.approvals.of
  const { manifest } = contents
  const logTrusted = verdict.keys.some(({ kind, standing }) => kind === 'log' && standing === 'trusted')
  const certificates = new Set(sources.trusted.flatMap(({ kind, key }) => (kind === 'certificate' ? [key] : [])))
  const isTrusted = (kind: string, key: string): boolean => logTrusted && (kind !== 'openpgp' || certificates.has(key))
  const bytesAt = (at: number): Uint8Array | null =>
    at < manifest.from || at >= manifest.to
      ? (contents.context.find(({ index }) => index === at)?.bytes ?? null)
      : (entries.read(at)?.bytes ?? null)

  /** Keys as they stood before an entry. */
  const keysBefore = (at: number): KeysInLog => {
    const keys = createKeysInLog()
    const before = contents.context.filter(({ index }) => index < manifest.from)
    for (const { index, bytes } of before) if (index < at) judgeEntry(keys, index, bytes)
    for (const index of contents.speaking) {
      if (index >= at) break
      const bytes = bytesAt(index)
      if (bytes !== null) judgeEntry(keys, index, bytes)
    }
    return keys
  }

  return async (at) => {
    const row = entries.row(at)
    const read = entries.read(at)
    if (row === null || read === null) throw new LibralError('log.out-of-range', { index: at, size: manifest.to })
    const { bytes } = read
    const entry = parsedOrNull(bytes)
    const judged = judgeEntry(keysBefore(at), at, bytes)
    const known = new Set<BundleFinding['code']>([
      ...judged.findings,
      ...verdict.findings.filter(({ index }) => index === at).map(({ code }) => code),
    ])
    const signatures: EntryView['signatures'][number][] = []
    for (const signature of entry?.command.signatures ?? []) {
      const verifying = judged.signatures.find((one) => one.signature === signature || same(one.signature, signature))
      const valid = verifying !== undefined && (await verifying.verifying())
      if (verifying !== undefined && !valid) known.add('signature-invalid')
      signatures.push({
        kind: signature.kind,
        key: signature.key,
        valid,
        trusted: valid && isTrusted(signature.kind, signature.key),
        reason: null,
        names: [],
      })
    }
    const head = verdict.checkpoints[0]
    const sealed = entry !== null && 'sealed' in entry.command ? entry.command.sealed : null
    const policy = entry?.policy ?? ''
    const version = sources.policies().find(({ hash }) => hash === policy)
    return {
      row,
      json: Buffer.from(bytes).toString('utf8'),
      bytes: bytes.byteLength,
      leaf: Buffer.from(leafHash(bytes)).toString('hex'),
      findings: [...known].map((code) => ({ index: at, code })),
      signatures,
      objects: entry === null ? [] : [...objectsOf(entry)],
      policy: { hash: policy, known: version?.source != null, since: version?.from ?? null },
      proof: proofOf(at, tree, head),
      sealed: sealed && { class: sealed.class, subject: sealed.subject },
      approvals: entry === null ? null : await approvals(entry, isTrusted),
    }
  }
}

const parsedOrNull = (bytes: Uint8Array): Entry | null => {
  try {
    return parseEntry(bytes)
  } catch {
    return null
  }
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** To the head, also where that stands behind the bundle's range: what leads there is in the proof of the head. */
const proofOf = (
  at: number,
  tree: KnownTree,
  head: BundleVerdict['checkpoints'][number] | undefined,
): EntryView['proof'] => {
  if (head === undefined) return null
  try {
    return { size: head.size, root: head.root, path: tree.proof(inclusionSpans(at, head.size)).map(toBase64url) }
  } catch {
    return null
  }
}
