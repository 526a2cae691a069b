import { hkdfSync } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import { utf8 } from '#trust/bytes.ts'
import { type Signer, signerFromSecret } from '#trust/ed25519.ts'
import { type Checkpoint, continuation, openCheckpoint, parseCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNote, formatNoteKey, type NoteKey, noteKeyTypes, openNote, parseNote } from '#trust/tlog/note.ts'
import { cosignNote, withSignature } from '#trust/tlog/sign-note.ts'
import type { SeenStore } from './seen-store.ts'

/** What a backend shows of its log: its signed head, and the proof that it extends what was seen. */
export interface Offered {
  readonly note: string
  readonly proof: readonly Uint8Array[]
}

export interface Seen {
  readonly checkpoint: Checkpoint
  /** With the log's signature and this desktop's. */
  readonly note: string
  /** When it was found to hold last, ms since 1970. */
  readonly at: number
}

/** Asks the backend for its head, with the proof from that size. */
export type AskHead = (seen: number | null) => Promise<Offered>

/**
 * Keeps what this desktop saw of one log, signs it, and refuses a history that does not extend it. Who owns this machine's
 * whole disk can take that memory away: a checkpoint kept elsewhere is the remedy.
 */
export interface Witness {
  /** This desktop's key in the form in which reviewers are given it. */
  readonly key: string
  /** As last known in this run; null: nothing was checked yet. */
  seen(): Seen | null
  /** Where the evidence of the refusal that stands lies; null: none stands. */
  evidence(): string | null
  /**
   * Compares the backend's head with what was seen, and keeps it. Nothing of this log may be shown as true before.
   * @throws LibralError `log.rewritten` {seen, size}: entries seen before are not part of it; `log.shorter` {seen, size};
   *   `log.seen-unreadable`: what was kept can't be read; `log.note-malformed`, `log.note-forged`, `log.other-log`,
   *   `log.unsigned`; and what `ask` throws
   */
  check(log: NoteKey, ask: AskHead): Promise<Seen>
  /** A person settled the refusal: what was seen goes to the evidence, the next head becomes the first. */
  accept(reason: string): Promise<void>
}

/** One key for each deployment, derived so that nothing more has to be kept. */
export const witnessSigner = (storageKey: Uint8Array): Signer =>
  signerFromSecret(new Uint8Array(hkdfSync('sha256', storageKey, new Uint8Array(), 'libral witness v1', 32)))

/** Says who signed without saying whose machine it is. */
const nameOf = ({ keyId }: Signer): string => `libral-desktop/${keyId}`

export const createWitness = (store: SeenStore, signer: Signer, now: () => number = Date.now): Witness => {
  const name = nameOf(signer)
  const own: NoteKey = { name, type: noteKeyTypes.cosignature, publicKey: signer.publicKey }
  let seen: Seen | null = null
  let evidence: string | null = null
  let turn: Promise<unknown> = Promise.resolve()

  /** Our own signature or the log's makes it what we kept; after the log's key was replaced, ours alone. */
  const kept = async (log: NoteKey): Promise<Seen | null> => {
    const found = await store.read()
    if (found === null) return null
    const { note, at } = found
    try {
      const opened = openNote(utf8(note), [log, own])
      if (opened.verified.length === 0) throw new LibralError('log.unsigned')
      return { checkpoint: parseCheckpoint(opened), note, at }
    } catch (cause) {
      throw new LibralError('log.seen-unreadable', {}, { cause })
    }
  }

  const refuse = async (before: Seen, offered: Offered, next: Checkpoint, shorter: boolean): Promise<never> => {
    evidence = await store.keepEvidence(new Date(now()), {
      'seen.checkpoint': before.note,
      'offered.checkpoint': offered.note,
      'offered.proof': offered.proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join(''),
    })
    const params = { seen: before.checkpoint.size, size: next.size }
    throw new LibralError(shorter ? 'log.shorter' : 'log.rewritten', params)
  }

  const check = async (log: NoteKey, ask: AskHead): Promise<Seen> => {
    const before = seen?.checkpoint.origin === log.name ? seen : await kept(log)
    const offered = await ask(before?.checkpoint.size ?? null)
    const next = openCheckpoint(utf8(offered.note), log)
    const how = before === null ? 'extends' : continuation(before.checkpoint, next, offered.proof)
    if (before !== null && (how === 'rewritten' || how === 'shorter')) {
      seen = before
      return refuse(before, offered, next, how === 'shorter')
    }
    const note = how === 'same' && before !== null ? before.note : countersigned(offered.note)
    if (note !== before?.note) await store.write(note)
    evidence = null
    seen = { checkpoint: next, note, at: now() }
    return seen
  }

  const countersigned = (note: string): string => {
    const parsed = parseNote(utf8(note))
    return formatNote(withSignature(parsed, cosignNote(parsed.text, name, signer, Math.floor(now() / 1_000))))
  }

  /** One after the other, so that two looks can't answer each other's question. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }

  return {
    key: formatNoteKey(own),
    seen: () => seen,
    evidence: () => evidence,
    check: (log, ask) => inTurn(() => check(log, ask)),
    accept: (reason) =>
      inTurn(async () => {
        await store.setAside(new Date(now()), reason)
        seen = null
        evidence = null
      }),
  }
}
