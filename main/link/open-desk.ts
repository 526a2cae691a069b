import { join } from 'node:path'
import { compareFile } from '#main/audit/compare.ts'
import { formatForkEvidence } from '#main/audit/fork-evidence.ts'
import { createSeenStore } from '#main/audit/seen-store.ts'
import { createWitness, witnessSigner } from '#main/audit/witness.ts'
import type { RowPage, SentRecord } from '#main/replica/messages.ts'
import { openReplica, type Replica, type ReplicaNews } from '#main/replica/replica.ts'
import type { Json } from '#protocol/command.ts'
import type { Filter } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { bundleLog } from './bundle-log.ts'
import { createChangeWatch } from './change-watch.ts'
import { createCommands } from './commands.ts'
import type { Desk, DeskOptions } from './desk.ts'
import { createDeskState, type DeskStateKeeper } from './desk-state.ts'
import { createFigures, type Figures } from './figures.ts'
import { readFigures, writeFigures } from './kept-figures.ts'
import { createLink, type LinkView } from './link.ts'
import { askHead, firstIdIn, logKeyIn } from './log-head.ts'
import { type BackendClient, call } from './wire.ts'

const keepEveryMs = 10_000
const chunkRows = 500

/** All rows of a filter in key order, page after page: between pages the replica applies what comes. */
export async function* streamRows(
  replica: Replica,
  filter: Filter,
  descending: boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly Json[]> {
  let after: string | null = null
  do {
    if (signal.aborted) return
    const page: RowPage = await replica.call('chunk', filter, descending, after, chunkRows)
    if (page.rows.length > 0) yield page.rows
    after = page.next
  } while (after !== null)
}

/** Keeps the newest figures for the next start, at most every ten seconds. */
const keepFigures = (
  { directory, storageKey }: DeskOptions,
  figures: Figures,
  state: DeskStateKeeper,
): { readonly stop: () => Promise<void> } => {
  let savedAt = figures.newest().sample?.at
  const save = async (): Promise<void> => {
    const newest = figures.newest()
    if (newest.sample?.at === savedAt) return
    savedAt = newest.sample?.at
    await writeFigures(directory, storageKey.key, { deployment: state.now().deployment, ...newest })
  }
  const timer = setInterval(() => void save(), keepEveryMs)
  return {
    stop: () => {
      clearInterval(timer)
      return save()
    },
  }
}

/** What `sent.db` keeps; nothing where it can't be read, which the replica's state then says. */
const loadSent = (replica: Replica): Promise<readonly SentRecord[]> => replica.call('sentLoad').catch(() => [])

/** A desk that can say how many listeners it holds: none after `close`. */
export interface OpenedDesk extends Desk {
  listeners(): number
}

/**
 * Opens a deployment on this desktop: its replica, its commands, and a link that waits for an endpoint. Resolves once
 * the files are open, or once it is known that they can't be (the state then says `failed`).
 */
export const openDesk = async (options: DeskOptions, replicaOf = openReplica): Promise<OpenedDesk> => {
  const { directory, deployment, storageKey, client: name, log } = options
  const replica = replicaOf({ directory, key: storageKey.key, ephemeral: storageKey.protection === 'this-run' })
  const witness = createWitness(createSeenStore(join(deployment, 'checkpoints')), witnessSigner(storageKey.key))
  const state = createDeskState(storageKey.protection, witness)
  const changes = createChangeWatch()
  // From the first word on: what becomes of the files while they open must stand in the log.
  const stopEarly = replica.onNews((news) => {
    state.replicaNews(news)
    if (news.t === 'state') log.info('replica.state', { state: news.state, setAside: news.setAside })
    if (news.t === 'restarted') log.warn('replica.restarted')
  })
  await replica.ready
  const [owner, stored] = await Promise.all([replica.call('owner').catch(() => null), loadSent(replica)])
  const figures = createFigures(readFigures(directory, storageKey.key))
  const keeping = keepFigures(options, figures, state)
  state.deployment(owner)

  const onView = (view: LinkView): void => {
    const wasOpen = state.isOpen()
    state.link(view)
    if (!wasOpen && state.isOpen()) commands.flush()
  }
  const onTelemetry = (text: string): void => {
    if (!figures.receive(text)) log.warn('feed.figures-unreadable')
  }
  const link = createLink({ name, replica, witness, onTelemetry, onChange: onView, log })
  const commands = createCommands({
    stored,
    store: (records) => replica.call('sentPut', records),
    view: link.view,
    client: link.client,
    settleClock: link.settleClock,
  })
  state.commands(commands.pending)
  const stopSent = commands.onSent(state.touch)
  const onNews = (news: ReplicaNews): void => {
    if (news.t === 'changed') changes.changed(news.collections, news.offset)
  }
  const stopNews = replica.onNews(onNews)

  const ask = async <T>(run: (backend: BackendClient, limit: { signal: AbortSignal }) => Promise<T>): Promise<T> => {
    const backend = link.client()
    if (backend === null) throw new LibralError('link.offline')
    return call((limit) => run(backend, limit))
  }

  const close = async (): Promise<void> => {
    link.close()
    commands.close()
    await keeping.stop()
    for (const stop of [stopEarly, stopNews, stopSent]) stop()
    changes.close()
    figures.close()
    state.close()
    await replica.close()
  }

  return {
    state: state.now,
    onState: state.onState,
    rows: {
      query: (query) => replica.call('query', query),
      get: (collection, key) => replica.call('get', collection, key),
      count: (filter) => replica.call('count', filter),
      balances: () => replica.call('balances'),
      stream: (filter, descending, signal) => streamRows(replica, filter, descending, signal),
      onChange: changes.onChange,
    },
    telemetry: {
      recent: figures.recent,
      inventories: figures.inventories,
      onSample: figures.onSample,
      onInventory: figures.onInventory,
      range: (query) =>
        ask((backend, limit) => backend.telemetry.range({ ...query, metrics: [...query.metrics] }, limit)),
    },
    policy: {
      check: (text) => ask((backend, limit) => backend.policy.check({ text }, limit)),
      seed: () => ask((backend, limit) => backend.policy.seed({}, limit)),
    },
    payments: {
      inbox: (query) => ask((backend, limit) => backend.payments.inbox(query, limit)),
      message: (opening) => ask((backend, limit) => backend.payments.message({ opening }, limit)),
      sealTo: async () => fromBase64url((await ask((backend, limit) => backend.payments.sealTo({}, limit))).key),
      test: (provider, draft) => ask((backend, limit) => backend.payments.test({ provider, draft }, limit)),
    },
    sealed: {
      coverage: () => ask((backend, limit) => backend.sealed.coverage({}, limit)),
      find: async (wanted) => (await ask((backend, limit) => backend.sealed.find(wanted, limit))).rows,
      keys: (opening) => ask((backend, limit) => backend.sealed.keys({ opening }, limit)),
      evidence: async (digest) =>
        fromBase64url((await ask((backend, limit) => backend.sealed.evidence({ digest }, limit))).bytes),
      lacking: (rewrap) => ask((backend, limit) => backend.sealed.lacking({ rewrap, after: null }, limit)),
      putWrapped: async (rewrap, keys) =>
        (await ask((backend, limit) => backend.sealed.putWrapped({ rewrap, keys: [...keys] }, limit))).added,
      handedOver: (handOver, from) => ask((backend, limit) => backend.sealed.handedOver({ handOver, from }, limit)),
    },
    commands: {
      submit: commands.submit,
      state: commands.state,
      post: commands.post,
      now: commands.now,
      sent: commands.sent,
      onSent: commands.onSent,
      withdraw: commands.withdraw,
      signed: commands.signed,
    },
    log: {
      checkpoint: async () => {
        const seen = witness.seen()
        if (seen === null) throw new LibralError('log.unseen')
        return seen.note
      },
      evidence: async () => formatForkEvidence(await witness.forkEvidence()),
      compare: async (checkpoint) => {
        const [backend, { hello }] = [link.client(), link.view()]
        if (backend === null || hello === null) throw new LibralError('link.offline')
        return compareFile(checkpoint, logKeyIn(hello), askHead(backend))
      },
      checkNow: link.look,
      sealedUnder: () => {
        const { hello } = link.view()
        return hello && firstIdIn(hello)
      },
      witnesses: () => ask((backend, limit) => backend.log.witnesses({ limit: 20 }, limit)),
      toBundle: async (order) => {
        const backend = link.client()
        if (backend === null) throw new LibralError('link.offline')
        return bundleLog(backend, order)
      },
      accept: async (reason) => {
        await witness.accept(reason)
        state.touch()
      },
    },
    connect: link.connect,
    lock: link.lock,
    close,
    listeners: () => [state, changes, figures, commands, replica].reduce((sum, part) => sum + part.listeners(), 0),
  }
}
