import { basename, join } from 'node:path'
import type { OpenedSessionKey } from '#main/vault/openpgp/key-access.ts'
import type { TrustedKey } from '#protocol/bundle.ts'
import { type Failure, failureOf, LibralError } from '#protocol/errors.ts'
import type { EntryView, Note, ReviewState } from '#protocol/review.ts'
import { createTrustedKeys } from '../trusted-keys.ts'
import type { ReviewAnswer, ReviewCall, ReviewCalls } from './messages.ts'
import { type Notes, openNotes } from './notes.ts'
import { dropEarlierIndexes, type ReviewSession, startSession } from './session.ts'

/** One bundle under review at a time, for the whole app; it needs neither backend nor network. */
export interface Review {
  state(): ReviewState
  onState(listener: (state: ReviewState) => void): () => void
  /** In place of what is open. Answers at once; the state tells how it goes. */
  open(file: string): Promise<void>
  /** Gives up opening, or closes what is open: nothing of its index stays. */
  close(): Promise<void>
  /** @throws LibralError `review.not-open` */
  call<Name extends ReviewCall>(name: Name, ...args: Parameters<ReviewCalls[Name]>): ReviewAnswer<Name>
  entry(index: number): Promise<EntryView>
  notes(): readonly Note[]
  /** An empty text removes it. */
  note(index: number, text: string, at: number): Promise<void>
  trusted(): Promise<readonly TrustedKey[]>
  /** What is open is verified anew. */
  trust(keys: readonly TrustedKey[]): Promise<void>
  distrust(key: Pick<TrustedKey, 'kind' | 'key'>): Promise<void>
}

export interface ReviewOptions {
  /** Of the app: the trusted keys lie there. */
  readonly userData: string
  /** For notes and the index of what is open. */
  readonly directory: string
  /** By which the auditor's key opens a bundle: nothing is decrypted but in memory. null: it is not encrypted. */
  sessionKeyOf(file: string): Promise<OpenedSessionKey | null>
}

interface Opened {
  readonly session: ReviewSession
  notes: Notes | null
}

export const createReview = ({ userData, directory, sessionKeyOf }: ReviewOptions): Review => {
  const listeners = new Set<(state: ReviewState) => void>()
  let state: ReviewState = { phase: 'none' }
  let opened: Opened | null = null
  /** What is open or being opened, for a verification anew: its key is not asked for again. */
  let wanted: { readonly file: string; readonly sessionKey: OpenedSessionKey | null } | null = null
  const keys = createTrustedKeys(userData)
  /** Rises with every wish to open or close: what an earlier one brings is late. */
  let wish = 0
  dropEarlierIndexes(directory)

  const enter = (next: ReviewState): void => {
    state = next
    for (const listener of [...listeners]) listener(next)
  }
  const fail = (file: string, failure: Failure): void => enter({ phase: 'failed', file: basename(file), failure })

  const leave = async (): Promise<void> => {
    const before = opened
    opened = null
    await before?.session.close()
  }

  const open = async (file: string, sessionKeyFor = sessionKeyOf): Promise<void> => {
    const mine = ++wish
    wanted = null
    const name = basename(file)
    enter({ phase: 'opening', file: name, progress: null })
    await leave()
    try {
      const bundle = { file, sessionKey: await sessionKeyFor(file) }
      if (mine !== wish) return
      wanted = bundle
      const trusted = await keys.list()
      if (mine !== wish) return
      const ifMine =
        <T>(act: (value: T) => void) =>
        (value: T): void => {
          if (mine === wish) act(value)
        }
      const session = startSession(directory, bundle, trusted, {
        progress: ifMine((progress) => enter({ phase: 'opening', file: name, progress })),
        open: ifMine(({ verdict, summary }) => {
          const notes = verdict.manifest === null ? null : openNotes(join(directory, 'notes'), verdict.manifest.origin)
          if (opened !== null) opened.notes = notes
          // It fails only where the review has ended already.
          session.call('noted', notes?.all().map(({ index }) => index) ?? []).catch(() => {})
          enter({ phase: 'open', file: name, verdict, summary })
        }),
        failed: ifMine((failure) => fail(file, failure)),
      })
      opened = { session, notes: null }
    } catch (thrown) {
      if (mine === wish) fail(file, failureOf(thrown))
    }
  }

  const present = (): Opened => {
    if (opened === null || state.phase !== 'open') throw new LibralError('review.not-open')
    return opened
  }
  const again = async (): Promise<void> => {
    const before = wanted
    if (before !== null) await open(before.file, async () => before.sessionKey)
  }

  return {
    state: () => state,
    onState: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    open: (file) => open(file),
    async close() {
      wish++
      wanted = null
      await leave()
      enter({ phase: 'none' })
    },
    call: async (name, ...args) => present().session.call(name, ...args) as never,
    async entry(index) {
      const { session, notes } = present()
      const core = await session.call('entry', index)
      const note = notes?.of(index) ?? null
      return { ...core, note: note && { text: note.text, at: note.at, stale: note.leaf !== core.leaf } }
    },
    notes: () => present().notes?.all() ?? [],
    async note(index, text, at) {
      const { session, notes } = present()
      if (notes === null) throw new LibralError('review.not-open')
      const { leaf } = await session.call('entry', index)
      await notes.put({ index, text: text.trim(), at, leaf })
      await session.call(
        'noted',
        notes.all().map((note) => note.index),
      )
    },
    trusted: keys.list,
    async trust(added) {
      await keys.add(added)
      await again()
    },
    async distrust(key) {
      await keys.remove(key)
      await again()
    },
  }
}
