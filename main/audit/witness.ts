import { hkdfSync } from 'node:crypto'
import type { ForkEvidence, RestoredLog } from '#protocol/audit.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Restoration } from '#protocol/log.ts'
import { toBase64url, utf8 } from '#trust/bytes.ts'
import { type Signer, signerFromSecret } from '#trust/ed25519.ts'
import { restorationsBetween } from '#trust/restoration.ts'
import type { SignedBy } from '#trust/restoration-signer.ts'
import { type Checkpoint, continuation, openCheckpoint, parseCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNote, formatNoteKey, type NoteKey, noteKeyTypes, openNote, parseNote } from '#trust/tlog/note.ts'
import { cosignNote, withSignature } from '#trust/tlog/sign-note.ts'
import type { KeptNote, SeenStore } from './seen-store.ts'

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

/** How a backend introduces its log before anyone signs in. */
export interface Introduced {
  readonly log: NoteKey
  readonly restorations: readonly Restoration[]
  /** Keys that the log had before, base64url. */
  readonly earlierKeys: readonly string[]
  /** The id under which the deployment was known, where it was. */
  readonly known: string | null
}

/** This desktop's signature under a published head, as the backend takes it. */
export interface Cosigned {
  readonly size: number
  readonly key: string
  /** base64url */
  readonly line: string
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
  /** The same in one piece, for another machine. @throws LibralError `log.no-evidence`: none of a fork stands */
  forkEvidence(): Promise<ForkEvidence>
  /** The restored backup that waits for a person to accept its explanation; null: none does. */
  restored(): RestoredLog | null
  /**
   * Whether this is the log that was known, before a word is sent to it.
   * @param judge by whom an explanation is signed, as this desktop knows people
   * @throws LibralError `log.restored` {seen, size}: a restored backup, explained and not accepted yet; `log.other-log`;
   *   `log.seen-unreadable`
   */
  meet(introduced: Introduced, judge: (restoration: Restoration) => Promise<SignedBy>): Promise<void>
  /**
   * Signs a published head that is a beginning of what was checked last.
   * @param ask for one with the proof from it to the size checked; no other look comes in between
   * @throws LibralError `log.rewritten` where it is none; `log.unseen`; as {@link Witness.check}; and what `ask` throws
   */
  cosign(log: NoteKey, ask: (checked: number) => Promise<Offered>): Promise<Cosigned>
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

type Judge = (restoration: Restoration) => Promise<SignedBy>

/** Says who signed without saying whose machine it is. */
const nameOf = ({ keyId }: Signer): string => `libral-desktop/${keyId}`

export const createWitness = (store: SeenStore, signer: Signer, now: () => number = Date.now): Witness => {
  const name = nameOf(signer)
  const own: NoteKey = { name, type: noteKeyTypes.cosignature, publicKey: signer.publicKey }
  let seen: Seen | null = null
  let evidence: string | null = null
  let refusedAt = 0
  let restored: RestoredLog | null = null
  let accepted: string | null = null
  /** What was seen of the log of before, where the restored one must hold all of it. */
  let within: Seen | null = null
  let turn: Promise<unknown> = Promise.resolve()

  /** Our own signature or the log's makes it what we kept; after the log's key was replaced, ours alone. */
  const opened = ({ note, at }: KeptNote, { publicKey, type }: Omit<NoteKey, 'name'>): Seen => {
    const checkpoint = parseCheckpoint(parseNote(utf8(note)))
    const { verified } = openNote(utf8(note), [{ name: checkpoint.origin, publicKey, type }, own])
    if (verified.length === 0) throw new LibralError('log.unsigned')
    return { checkpoint, note, at }
  }

  /** The newer of the two that are kept. One that was cut short while it was written leaves the one before, and a trace. */
  const kept = async (log: Omit<NoteKey, 'name'>): Promise<Seen | null> => {
    const found = await store.read()
    let newest: Seen | null = null
    let damaged: { readonly note: string; readonly cause: unknown } | null = null
    for (const one of found) {
      try {
        const it = opened(one, log)
        if (newest === null || it.checkpoint.size > newest.checkpoint.size) newest = it
      } catch (cause) {
        damaged = { note: one.note, cause }
      }
    }
    if (damaged === null) return newest
    if (newest === null) throw new LibralError('log.seen-unreadable', {}, { cause: damaged.cause })
    await store.keepEvidence(new Date(now()), { 'damaged.checkpoint': damaged.note })
    return newest
  }

  const refuse = async (before: Seen, offered: Offered, next: Checkpoint, shorter: boolean): Promise<never> => {
    refusedAt = now()
    evidence = await store.keepEvidence(new Date(refusedAt), {
      'seen.checkpoint': before.note,
      'offered.checkpoint': offered.note,
      'offered.proof': offered.proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join(''),
    })
    const params = { seen: before.checkpoint.size, size: next.size }
    throw new LibralError(shorter ? 'log.shorter' : 'log.rewritten', params)
  }

  const check = async (log: NoteKey, ask: AskHead): Promise<Seen> => {
    const before = seen?.checkpoint.origin === log.name ? seen : (within ?? (await kept(log)))
    const offered = await ask(before?.checkpoint.size ?? null)
    const next = openCheckpoint(utf8(offered.note), log)
    if (before !== null && before !== within && before.checkpoint.origin !== log.name)
      throw new LibralError('log.other-log', { origin: log.name })
    const how = before === null ? 'extends' : continuation(before.checkpoint, next, offered.proof)
    if (before !== null && (how === 'rewritten' || how === 'shorter')) {
      seen = before
      return refuse(before, offered, next, how === 'shorter')
    }
    const note = how === 'same' && before !== null && before !== within ? before.note : countersigned(offered.note)
    if (note !== before?.note) await store.write(note, before?.note ?? null)
    evidence = null
    within = null
    seen = { checkpoint: next, note, at: now() }
    return seen
  }

  const meet = async ({ log, restorations, earlierKeys, known }: Introduced, judge: Judge): Promise<void> => {
    const before = seen ?? within ?? (await kept(log))
    const id = before?.checkpoint.origin ?? known
    if (id === null || id === log.name || accepted === log.name) return
    const keys = [toBase64url(log.publicKey), ...earlierKeys]
    const [first, ...later] = restorationsBetween(id, log.name, restorations, keys)
    const last = later.at(-1) ?? first
    if (first === undefined || last === undefined) {
      if (known === null) throw new LibralError('log.other-log', { origin: log.name })
      throw new LibralError('log.broken', { reason: 'deployment-changed', deployment: log.name })
    }
    if (before !== null) seen = before
    const told = restored?.deployment === log.name
    // The least that any backup on the way held is what is left of the log that was seen.
    const size = Math.min(first.statement.size, ...later.map(({ statement }) => statement.size))
    const { operator, reason, issuedAt } = last.statement
    const saw = before?.checkpoint.size ?? null
    restored = {
      ...{ previous: id, deployment: log.name, size, seen: saw, operator, reason, at: issuedAt },
      lost: saw === null ? null : Math.max(0, saw - size),
      signedBy: await judge(last),
    }
    if (!told)
      evidence = await store.keepEvidence(new Date(now()), {
        'restorations.json': `${JSON.stringify([first, ...later], null, 2)}\n`,
        ...(before !== null && { 'seen.checkpoint': before.note }),
      })
    throw new LibralError('log.restored', { operator, size, ...(saw !== null && { seen: saw }) })
  }

  const cosign: Witness['cosign'] = async (log, ask) => {
    const checked = seen
    if (checked === null) throw new LibralError('log.unseen')
    const published = await ask(checked.checkpoint.size)
    const head = openCheckpoint(utf8(published.note), log)
    const how = continuation(head, checked.checkpoint, published.proof)
    if (how === 'rewritten' || how === 'shorter') return refuse(checked, published, head, false)
    const { text } = parseNote(utf8(published.note))
    const { bytes } = cosignNote(text, name, signer, Math.floor(now() / 1_000))
    return { size: head.size, key: formatNoteKey(own), line: toBase64url(bytes) }
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
    forkEvidence: async () => {
      const kept = evidence
      if (kept === null) throw new LibralError('log.no-evidence')
      const files = ['seen.checkpoint', 'offered.checkpoint', 'offered.proof']
      const [before = '', shown = '', proof = ''] = await Promise.all(files.map((name) => store.evidence(kept, name)))
      const at = refusedAt
      return { format: 'libral-fork-evidence', v: 1, at, witness: formatNoteKey(own), seen: before, shown, proof }
    },
    restored: () => restored,
    meet: (introduced, judge) => inTurn(() => meet(introduced, judge)),
    cosign: (log, ask) => inTurn(() => cosign(log, ask)),
    check: (log, ask) => inTurn(() => check(log, ask)),
    accept: (reason) =>
      inTurn(async () => {
        const whole = restored !== null && restored.lost === 0
        if (seen !== null || restored === null) await store.setAside(new Date(now()), reason)
        within = whole ? seen : null
        accepted = restored?.deployment ?? null
        seen = null
        evidence = null
        restored = null
      }),
  }
}
