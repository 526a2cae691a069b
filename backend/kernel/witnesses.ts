import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId, Instant, OperatorId } from '#protocol/ids.ts'
import { fromBase64url } from '#trust/bytes.ts'
import type { Signer } from '#trust/ed25519.ts'
import { consistencyProof, rootOf } from '#trust/merkle.ts'
import { formatCheckpoint } from '#trust/tlog/checkpoint.ts'
import { formatNote, type NoteKey, noteKeyId, noteKeyTypes, openNote, parseNoteKey } from '#trust/tlog/note.ts'
import { signNote } from '#trust/tlog/sign-note.ts'
import type { PublishedHead, Storage, StoredCosignature, WitnessReader } from '../storage/port.ts'
import { subtreeHashes } from './log-reader.ts'

/** A published head with what witnesses signed under it. */
export interface CosignedCheckpoint {
  readonly size: number
  readonly at: Instant
  /** The log's signature first, then the witnesses' (c2sp.org/tlog-cosignature). */
  readonly note: string
  readonly witnesses: readonly {
    /** In the form of c2sp.org/signed-note: whether to trust it is the reader's affair. */
    readonly key: string
    /** Who handed it over, as the backend knows. */
    readonly operator: string
    readonly at: Instant
  }[]
}

/** A desktop's signature under a published head. */
export interface Cosigning {
  readonly size: number
  readonly key: string
  /** Time and signature, base64url. */
  readonly line: string
}

/**
 * Heads of the log that are published, at most one a minute while the log grows, so that several witnesses sign the same
 * one; and their cosignatures, verified and bounded.
 */
export interface Witnesses {
  /** The newest published head; makes one when that is due. @param now publishes the present head at once */
  published(now?: 'now'): Promise<CosignedCheckpoint>
  /**
   * The newest published head of at most this many entries, for whoever checked so many: the log may have grown since, and
   * a newer head been published. @throws LibralError `log.out-of-range`: none was published yet
   */
  upTo(size: number): Promise<CosignedCheckpoint>
  /** Published heads that cover this many entries, the smallest first, at most 100. */
  covering(size: number): Promise<readonly CosignedCheckpoint[]>
  /** The newest published heads, the newest first, at most 100. */
  latest(limit: number): Promise<readonly CosignedCheckpoint[]>
  /** Proof that the published head is a beginning of the tree of `size` entries. @throws LibralError `log.out-of-range` */
  leadingTo(published: number, size: number): Promise<readonly Uint8Array[]>
  /**
   * @returns false where there are enough under this head
   * @throws LibralError `log.out-of-range` for a head that was not published, `log.note-malformed`, `log.note-forged`
   */
  cosign(operator: OperatorId, cosigning: Cosigning): Promise<boolean>
  /** Forgets all but the last of each past day. */
  thin(): Promise<void>
}

/** Cosignatures under one head: of all, and of one operator's desktops. */
export const witnessLimits = { all: 64, each: 8, publishMs: 60_000, wholeMs: 24 * 3_600_000, listed: 100 } as const

const witnessName = /^libral-desktop\/[A-Za-z0-9_-]{22}$/

export interface WitnessesDeps {
  readonly storage: Pick<Storage, 'head' | 'entries' | 'witnesses'>
  readonly keys: { readonly deployment: DeploymentId; readonly log: Signer }
  readonly now: () => Instant
}

const textOf = (origin: DeploymentId, { size, root }: PublishedHead): string =>
  formatCheckpoint({ origin, size, root, extensions: [] })

/** Signed when it is handed out, so that it is always by the key that the log has now. */
export const cosignedHeads = async (
  store: Pick<WitnessReader, 'cosignatures'>,
  { deployment: origin, log }: WitnessesDeps['keys'],
  heads: readonly PublishedHead[],
): Promise<readonly CosignedCheckpoint[]> => {
  const bySize = Map.groupBy(await store.cosignatures(heads.map(({ size }) => size)), ({ size }) => size)
  return heads.map((head) => {
    const text = textOf(origin, head)
    const standing = (bySize.get(head.size) ?? []).filter((one) => holds(text, one))
    const lines = standing.map(({ witness, line }) => lineOf(parseNoteKey(witness), line))
    return {
      size: head.size,
      at: head.at,
      note: formatNote({ text, signatures: [signNote(text, origin, log), ...lines] }),
      witnesses: standing.map(({ witness, operator, at }) => ({ key: witness, operator, at })),
    }
  })
}

export const createWitnesses = ({ storage, keys, now }: WitnessesDeps): Witnesses => {
  const hashOf = subtreeHashes(storage)
  const cosigned = (heads: readonly PublishedHead[]) => cosignedHeads(storage.witnesses, keys, heads)

  /** A head of nothing is signed, too: a log is published from its first moment. */
  const publish = async (): Promise<PublishedHead> => {
    const { size, frontier } = await storage.head()
    await storage.witnesses.publish({ size, root: rootOf(frontier), at: now() })
    const newest = await storage.witnesses.newest()
    if (newest === null) throw new LibralError('log.broken', { size })
    return newest
  }
  const due = async (atOnce: boolean): Promise<PublishedHead> => {
    const newest = await storage.witnesses.newest()
    if (newest === null) return publish()
    const wait = newest.at + witnessLimits.publishMs > now()
    if (wait && !atOnce) return newest
    const { size } = await storage.head()
    return size === newest.size ? newest : publish()
  }
  const single = async (heads: readonly PublishedHead[]): Promise<CosignedCheckpoint> => {
    const [one] = await cosigned(heads)
    if (one === undefined) throw new LibralError('internal.unexpected')
    return one
  }

  return {
    published: async (when) => single([await due(when === 'now')]),
    upTo: async (size) => {
      await due(false)
      const head = (await storage.witnesses.latest(witnessLimits.listed)).find((one) => one.size <= size)
      if (head === undefined) throw new LibralError('log.out-of-range', { index: size })
      return single([head])
    },
    covering: async (size) => cosigned(await storage.witnesses.heads(size, witnessLimits.listed)),
    latest: async (limit) => cosigned(await storage.witnesses.latest(Math.min(limit, witnessLimits.listed))),
    leadingTo: async (published, size) => {
      const head = await storage.head()
      if (size > head.size || published > size)
        throw new LibralError('log.out-of-range', { index: size, size: head.size })
      return consistencyProof(published, size, hashOf)
    },
    cosign: async (operator, { size, key, line }) => {
      const [head] = await storage.witnesses.heads(size, 1)
      if (head?.size !== size) throw new LibralError('log.out-of-range', { index: size })
      const named = parseNoteKey(key)
      if (named.type !== noteKeyTypes.cosignature || !witnessName.test(named.name))
        throw new LibralError('log.note-malformed', { reason: 'witness' })
      const signed = { size, witness: key, operator, at: now(), line: fromBase64url(line) }
      if (!holds(textOf(keys.deployment, head), signed)) throw new LibralError('log.note-forged', { name: named.name })
      const answer = await storage.witnesses.cosign(signed, witnessLimits)
      if (answer === 'unknown') throw new LibralError('log.out-of-range', { index: size })
      return answer === 'kept'
    },
    thin: () => storage.witnesses.thin(now() - witnessLimits.wholeMs),
  }
}

const lineOf = (key: NoteKey, bytes: Uint8Array) => ({ name: key.name, keyId: noteKeyId(key), bytes })

/** What was kept for another head (the store was set back, the root differs) is not handed out. */
const holds = (text: string, { witness, line }: Pick<StoredCosignature, 'witness' | 'line'>): boolean => {
  try {
    const key = parseNoteKey(witness)
    const note = formatNote({ text, signatures: [lineOf(key, line)] })
    return openNote(new TextEncoder().encode(note), [key]).verified.length === 1
  } catch {
    return false
  }
}
