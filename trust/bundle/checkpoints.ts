import type { BundleFinding, Manifest, Standing } from '#protocol/bundle.ts'
import { equalBytes, toBase64url, utf8 } from '../bytes.ts'
import { verifyConsistency } from '../merkle.ts'
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint.ts'
import {
  formatNoteKey,
  type NoteKey,
  noteKeyTypes,
  type OpenedNote,
  openNote,
  parseNote,
  parseNoteKey,
} from '../tlog/note.ts'

/** What a bundle's checkpoints prove, once the tree of its entries is known. */

export interface CarriedCheckpoint {
  readonly note: string
  readonly proof: readonly Uint8Array[]
  /** null where the note is none of a checkpoint. */
  readonly checkpoint: Checkpoint | null
}

export const carried = (note: string, proof: readonly Uint8Array[]): CarriedCheckpoint => ({
  note,
  proof,
  checkpoint: readCheckpoint(note),
})

export const readCheckpoint = (note: string): Checkpoint | null => {
  try {
    return parseCheckpoint(parseNote(utf8(note)))
  } catch {
    return null
  }
}

/** The log's keys by the size from which each is in force. */
export type LogKeys = readonly { readonly from: number; readonly key: Uint8Array }[]

/**
 * Under which keys a checkpoint of this size may stand: the one that was in force there, or a later one, since a log hands
 * out its old heads under the key that it has now; never one that had given way before.
 */
const inForce = (keys: LogKeys, size: number): readonly Uint8Array[] =>
  keys.filter((_, at) => (keys[at + 1]?.from ?? Number.POSITIVE_INFINITY) >= size).map(({ key }) => key)

export interface Witness {
  readonly key: NoteKey
  readonly standing: Standing
}

/** Keys that only witness; those that a person entered come first and stand for their doubles. */
export const witnessesOf = (manifest: Manifest, trusted: readonly NoteKey[]): readonly Witness[] => {
  const known = trusted.filter(({ type }) => type === noteKeyTypes.cosignature)
  const texts = new Set(known.map(formatNoteKey))
  const brought = manifest.witnesses.filter((text) => !texts.has(text)).flatMap((text) => noteKeyIn(text) ?? [])
  return [
    ...known.map((key) => ({ key, standing: 'trusted' as const })),
    ...brought
      .filter(({ type }) => type === noteKeyTypes.cosignature)
      .map((key) => ({ key, standing: 'unconfirmed' as const })),
  ]
}

export const noteKeyIn = (text: string): NoteKey | null => {
  try {
    return parseNoteKey(text)
  } catch {
    return null
  }
}

/** Roots of the tree of the entries at the sizes at which one was asked for. */
export type Roots = ReadonlyMap<number, Uint8Array>

export interface JudgedCheckpoint {
  readonly size: number
  readonly root: string
  readonly agrees: boolean
  readonly witnesses: readonly { readonly witness: Witness; readonly at: number | null }[]
  readonly findings: readonly BundleFinding['code'][]
}

/** What is known of the log when its checkpoints are judged. */
export interface KnownLog {
  /** Every id that it had: a restored backup has another. */
  readonly names: ReadonlySet<string>
  readonly keys: LogKeys
  readonly witnesses: readonly Witness[]
  readonly roots: Roots
}

/** @returns null where it is none of this log */
export const judgeCheckpoint = (
  manifest: Manifest,
  { note, proof, checkpoint }: CarriedCheckpoint,
  { names, keys, witnesses, roots }: KnownLog,
): JudgedCheckpoint | null => {
  if (checkpoint === null || !names.has(checkpoint.origin)) return null
  const findings: BundleFinding['code'][] = []
  const opened = openedUnder(note, checkpoint.origin, inForce(keys, checkpoint.size), witnesses)
  if (opened === 'forged') findings.push('checkpoint-forged')
  else if (opened === 'unsigned') findings.push('checkpoint-unsigned')
  if (!holds(manifest, checkpoint, proof, roots)) findings.push('checkpoint-differs')
  return {
    size: checkpoint.size,
    root: toBase64url(checkpoint.root),
    agrees: findings.length === 0,
    witnesses: typeof opened === 'string' ? [] : witnessedBy(opened, witnesses),
    findings,
  }
}

const witnessedBy = (opened: OpenedNote, witnesses: readonly Witness[]) =>
  opened.verified.flatMap(({ key, time }) => {
    const witness = witnesses.find((it) => it.key === key)
    return witness === undefined ? [] : [{ witness, at: time === null ? null : time * 1_000 }]
  })

const openedUnder = (
  note: string,
  origin: string,
  keys: readonly Uint8Array[],
  witnesses: readonly Witness[],
): OpenedNote | 'forged' | 'unsigned' => {
  const logs = keys.map((publicKey): NoteKey => ({ name: origin, type: noteKeyTypes.signature, publicKey }))
  try {
    const opened = openNote(utf8(note), [...logs, ...witnesses.map(({ key }) => key)])
    return opened.verified.some(({ key }) => logs.includes(key)) ? opened : 'unsigned'
  } catch {
    return 'forged'
  }
}

const holds = (
  { from, to }: Manifest,
  { size, root }: Checkpoint,
  proof: readonly Uint8Array[],
  roots: Roots,
): boolean => {
  const end = roots.get(to)
  if (end === undefined) return false
  if (size > to) return verifyConsistency(to, size, proof, end, root)
  if (size < from) return verifyConsistency(size, to, proof, root, end)
  const there = roots.get(size)
  return proof.length === 0 && there !== undefined && equalBytes(there, root)
}
