import type { Witness } from '#main/audit/witness.ts'
import type { CollectionStates, Deployment } from '#main/replica/messages.ts'
import type { ReplicaNews } from '#main/replica/replica.ts'
import { coalesce } from './coalesce.ts'
import type { DeskOptions, DeskState, Dispose } from './desk.ts'
import type { LinkView } from './link.ts'
import { idleLink } from './machine.ts'

const tellEveryMs = 50

/** Puts together what link, session, replica and commands know into the one state that windows show. */
export interface DeskStateKeeper {
  now(): DeskState
  onState(listener: (state: DeskState) => void): Dispose
  link(view: LinkView): void
  replicaNews(news: ReplicaNews): void
  deployment(known: Deployment | null): void
  commands(pending: () => number): void
  /** Commands can be sent. */
  isOpen(): boolean
  /** Something that is asked for anew has changed. */
  touch(): void
  listeners(): number
  close(): void
}

export const createDeskState = (
  protection: DeskOptions['storageKey']['protection'],
  witness: Witness,
): DeskStateKeeper => {
  const listeners = new Set<(state: DeskState) => void>()
  let view: LinkView = {
    model: idleLink(Date.now()),
    hello: null,
    session: null,
    currentAt: null,
    skewMs: 0,
    roundTripMs: null,
    address: null,
  }
  let remembered: Deployment | null = null
  let replica: DeskState['replica'] = { state: 'opening', protection, setAside: null, collections: {} }
  let pending = (): number => 0

  const linkOf = ({ model, currentAt, skewMs, roundTripMs, address }: LinkView): DeskState['link'] => ({
    state: model.state,
    since: model.since,
    currentAt: model.state === 'live' ? Date.now() : currentAt,
    retryAt: model.retryAt,
    attempt: model.attempt,
    failure: model.failure,
    skewMs,
    roundTripMs,
    address,
  })

  const sessionOf = ({ session }: LinkView): DeskState['session'] => {
    if (session === null) return null
    const { operator, name, roles, permissions, expiresAt } = session.signedIn
    return { operator, name, roles, permissions, expiresAt, locked: session.signer === null }
  }

  const logOf = (): DeskState['log'] => {
    const seen = witness.seen()
    return {
      seen: seen && {
        size: seen.checkpoint.size,
        root: Buffer.from(seen.checkpoint.root).toString('base64'),
        at: seen.at,
      },
      witness: witness.key,
      evidence: witness.evidence(),
      restored: witness.restored(),
    }
  }

  const now = (): DeskState => ({
    deployment: {
      id: view.hello?.deployment ?? remembered?.id ?? '',
      name: view.hello?.name ?? remembered?.name ?? '',
    },
    link: linkOf(view),
    session: sessionOf(view),
    replica,
    log: logOf(),
    pendingCommands: pending(),
  })

  const told = coalesce(tellEveryMs, () => {
    const state = now()
    for (const listener of [...listeners]) listener(state)
  })

  const collections = (states: CollectionStates): void => {
    replica = { ...replica, collections: states }
    told.ask()
  }

  return {
    now,
    onState: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    link: (next) => {
      view = next
      told.ask()
    },
    replicaNews: (news) => {
      if (news.t === 'collections') collections(news.states)
      if (news.t !== 'state') return
      replica = { ...replica, state: news.state, setAside: news.setAside ?? replica.setAside }
      told.ask()
    },
    deployment: (known) => {
      remembered = known
    },
    commands: (count) => {
      pending = count
    },
    isOpen: () => view.model.state === 'syncing' || view.model.state === 'live',
    touch: told.ask,
    listeners: () => listeners.size,
    close: () => {
      told.cancel()
      listeners.clear()
    },
  }
}
