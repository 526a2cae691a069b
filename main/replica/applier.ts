import type { Cursor } from '#protocol/cursor.ts'
import type { FeedRequest } from '#protocol/feed.ts'
import type { ChangesFrame, PageFrame, ParsedFrame } from './frame.ts'
import type { Due, Mirror, MirrorChange } from './mirror.ts'
import type { Db } from './open-database.ts'

export interface ApplierEvents {
  readonly request: (request: FeedRequest) => void
  /** Committed; `offset` is what the feed has reached. */
  readonly changed: (collections: readonly string[], offset: number) => void
  readonly caughtUp: () => void
  readonly behind: () => void
}

/** Applies the frames of one feed session after the other, each in one transaction with its cursors. */
export interface Applier {
  begin(): Readonly<Record<string, Cursor | null>>
  apply(frame: ParsedFrame): void
}

export const createApplier = (db: Db, mirrors: ReadonlyMap<string, Mirror>, events: ApplierEvents): Applier => {
  /** Log size to reach before the session is caught up; null before `opened`. */
  let target: number | null = null
  let reached = 0
  let caughtUp = false
  /** Collections that follow the feed: resumed, or being loaded. */
  let following = new Set<string>()

  const commit = (work: () => readonly Due[]): void => {
    const due = db.transaction(work)()
    for (const after of due) after()
  }

  const snapshot = (name: string, mirror: Mirror, epoch: number, offset: number): Due => {
    const started = mirror.startSnapshot(epoch, offset)
    return () => {
      started()
      following.add(name)
      events.request({ t: 'page', collection: name, after: null })
    }
  }

  /** A version that this build doesn't know can't be read: it stays as it is and is not asked for. */
  const begun = (name: string, answer: { epoch: number; offset: number; version: number }): Due[] => {
    const mirror = mirrors.get(name)
    if (mirror === undefined || mirror.definition.version !== answer.version) return []
    return [snapshot(name, mirror, answer.epoch, answer.offset)]
  }

  const denied = (name: string): Due[] => {
    following.delete(name)
    const mirror = mirrors.get(name)
    return mirror === undefined ? [] : [mirror.deny()]
  }

  const opened = (frame: Extract<ParsedFrame, { t: 'opened' }>): void => {
    following = new Set()
    commit(() =>
      Object.entries(frame.collections).flatMap(([name, answer]) => {
        if (answer.mode === 'snapshot') return begun(name, answer)
        if (answer.mode === 'denied') return denied(name)
        if (answer.mode === 'resume' && mirrors.has(name)) following.add(name)
        return []
      }),
    )
    target = frame.size
    events.changed([...mirrors.keys()], reached)
  }

  const page = (frame: PageFrame): void => {
    const mirror = mirrors.get(frame.collection)
    if (mirror === undefined || !following.has(frame.collection) || mirror.state() !== 'loading') return
    // Asked for before this one is applied, so that the backend reads while the disk writes.
    if (frame.next !== null) events.request({ t: 'page', collection: frame.collection, after: frame.next })
    const settled = frame.next === null ? (frame.settled ?? 0) : null
    commit(() => [mirror.page({ epoch: frame.epoch, rows: frame.rows, settled })])
    if (mirror.state() === 'ready') events.changed([frame.collection], mirror.offset())
  }

  const changes = (frame: ChangesFrame): void => {
    const touched = new Map<string, MirrorChange[]>()
    for (const [offset, name, key, row] of frame.changes) {
      const list = touched.get(name)
      if (list === undefined) touched.set(name, [{ offset, key, row }])
      else list.push({ offset, key, row })
    }
    commit(() =>
      [...following].flatMap((name) => {
        const mirror = mirrors.get(name)
        return mirror === undefined ? [] : [mirror.advance(touched.get(name) ?? [], frame.to)]
      }),
    )
    reached = Math.max(reached, frame.to)
    events.changed([...touched.keys()], frame.to)
  }

  const isCaughtUp = (): boolean =>
    target !== null &&
    [...following].every((name) => {
      const mirror = mirrors.get(name)
      return mirror !== undefined && mirror.state() !== 'loading' && mirror.offset() >= (target ?? 0)
    })

  const tell = (): void => {
    const now = isCaughtUp()
    if (now === caughtUp) return
    caughtUp = now
    if (now) events.caughtUp()
    else events.behind()
  }

  const apply: Applier['apply'] = (frame) => {
    if (frame.t === 'opened') opened(frame)
    else if (frame.t === 'page') page(frame)
    else if (frame.t === 'changes') changes(frame)
    else if (frame.t === 'reset') {
      commit(() => (frame.mode === 'denied' ? denied(frame.collection) : begun(frame.collection, frame)))
      events.changed([frame.collection], reached)
    }
    tell()
  }

  return {
    begin: () => {
      target = null
      caughtUp = false
      following = new Set()
      for (const mirror of mirrors.values()) mirror.abandon()
      const cursors = [...mirrors].map(([name, mirror]) => [name, mirror.cursor()] as const)
      reached = Math.max(0, ...cursors.map(([, cursor]) => cursor?.offset ?? 0))
      return Object.fromEntries(cursors)
    },
    apply,
  }
}
