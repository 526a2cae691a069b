import { basename, join } from 'node:path'
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
  /** Where the plain bundle lies: an encrypted one is opened with the auditor's key. `done` removes what was made. */
  plain(file: string): Promise<{ readonly path: string; done(): Promise<void> }>
}

interface Opened {
  readonly file: string
  readonly session: ReviewSession
  notes: Notes | null
  done(): Promise<void>
}

export const createReview = ({ userData, directory, plain }: ReviewOptions): Review => {
  const listeners = new Set<(state: ReviewState) => void>()
  let state: ReviewState = { phase: 'none' }
  let opened: Opened | null = null
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
    await before?.done()
  }

  const open = async (file: string): Promise<void> => {
    const mine = ++wish
    const name = basename(file)
    enter({ phase: 'opening', file: name, progress: null })
    await leave()
    try {
      const trusted = await keys.list()
      const { path, done } = await plain(file)
      if (mine !== wish) return await done()
      const ifMine =
        <T>(act: (value: T) => void) =>
        (value: T): void => {
          if (mine === wish) act(value)
        }
      const session = startSession(directory, path, trusted, {
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
      opened = { file, session, notes: null, done }
    } catch (thrown) {
      if (mine === wish) fail(file, failureOf(thrown))
    }
  }

  const present = (): Opened => {
    if (opened === null || state.phase !== 'open') throw new LibralError('review.not-open')
    return opened
  }
  const again = async (): Promise<void> => {
    if (opened !== null) await open(opened.file)
  }

  return {
    state: () => state,
    onState: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    open,
    async close() {
      wish++
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
