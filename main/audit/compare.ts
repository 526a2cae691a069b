import type { Comparison, comparisons } from '#protocol/audit.ts'
import { utf8 } from '#trust/bytes.ts'
import { type Continuation, continuation, openCheckpoint } from '#trust/tlog/checkpoint.ts'
import { type NoteKey, noteKeyTypes } from '#trust/tlog/note.ts'
import { parseForkEvidence } from './fork-evidence.ts'
import type { AskHead } from './witness.ts'

const results: Readonly<Record<Continuation, (typeof comparisons)[number]>> = {
  same: 'same',
  extends: 'before',
  shorter: 'ahead',
  rewritten: 'other',
}

/**
 * How a checkpoint that another machine kept, or both sides of a fork that it saw, stand to the log as the backend shows it.
 * @throws LibralError as {@link compareCheckpoint}
 */
export const compareFile = async (file: Uint8Array, log: NoteKey, ask: AskHead): Promise<Comparison> => {
  const evidence = parseForkEvidence(file)
  if (evidence === null) return compareCheckpoint(file, log, ask)
  const seen = await compareCheckpoint(utf8(evidence.seen), log, ask)
  const shown = await compareCheckpoint(utf8(evidence.shown), log, ask)
  return { ...seen, shown: { result: shown.result, size: shown.theirs } }
}

/**
 * How a checkpoint that another machine kept stands to the log as the backend shows it now.
 * @throws LibralError `log.note-malformed`, `log.note-forged`, `log.other-log`, `log.unsigned`, and what `ask` throws
 */
const compareCheckpoint = async (file: Uint8Array, log: NoteKey, ask: AskHead): Promise<Comparison> => {
  const theirs = openCheckpoint(file, log)
  const offered = await ask(theirs.size)
  const ours = openCheckpoint(utf8(offered.note), log)
  return {
    result: results[continuation(theirs, ours, offered.proof)],
    theirs: theirs.size,
    ours: ours.size,
    witnesses: theirs.note.unknown.map(({ name }) => name),
    shown: null,
  }
}

/** The log's own key under its own name: whose checkpoints are taken. */
export const logKeyOf = (origin: string, publicKey: Uint8Array): NoteKey => ({
  name: origin,
  type: noteKeyTypes.signature,
  publicKey,
})
