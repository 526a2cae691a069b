import type { Desk, DeskState, Dispose, Endpoint } from '#main/link/desk.ts'
import { type KeptFigures, noFigures } from '#main/link/kept-figures.ts'
import type { Json } from '#protocol/command.ts'
import type { DesktopState, Filter, RowQuery, SentCommand } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CommandId } from '#protocol/ids.ts'
import type { Inventory, RangeQuery, Sample } from '#protocol/telemetry.ts'

/**
 * The desk as windows see it before it is open and when it is opened anew (a passphrase was set): subscriptions made
 * here stay, calls wait for the next desk.
 */
export interface DeskSlot extends Desk {
  /** Shows the figures of the last run, as stale, until a desk is attached. */
  show(kept: KeptFigures): void
  attach(desk: Desk): void
  /** Closes the present desk; calls wait until another is attached. */
  detach(): Promise<void>
  /** Connects to the present endpoint at once. */
  again(): void
  /** No desk will come: calls fail with `replica.unavailable`. */
  giveUp(): void
}

interface RowWatch {
  readonly collections: readonly string[]
  readonly listener: (offset: number) => void
  dispose: Dispose
}

export function createDeskSlot(protection: DesktopState['replica']['protection'], now: () => number): DeskSlot {
  let desk: Desk | null = null
  let wanted: Endpoint | null = null
  let given = Promise.withResolvers<Desk>()
  let last = closedState(protection, now())
  let kept = noFigures
  let unsubscribe: readonly Dispose[] = []
  const states = new Set<(state: DeskState) => void>()
  const samples = new Set<(sample: Sample) => void>()
  const inventories = new Set<(inventory: Inventory) => void>()
  const sents = new Set<(sent: readonly SentCommand[]) => void>()
  const rowWatches = new Set<RowWatch>()
  given.promise.catch(() => {})

  const tellState = (state: DeskState): void => {
    last = state
    tell(states, state)
  }
  const opened = (): Desk => {
    if (desk === null) throw new LibralError('signing.offline')
    return desk
  }
  const watchRows = (watch: RowWatch): void => {
    watch.dispose = desk?.rows.onChange(watch.collections, watch.listener) ?? (() => {})
  }

  return {
    show(figures) {
      kept = figures
      if (kept.sample !== null) tell(samples, kept.sample)
      if (kept.inventory !== null) tell(inventories, kept.inventory)
      tellState({ ...last, deployment: kept.deployment ?? last.deployment })
    },
    attach(opened) {
      desk = opened
      unsubscribe = [
        opened.onState(tellState),
        opened.telemetry.onSample((it) => tell(samples, it)),
        opened.telemetry.onInventory((it) => tell(inventories, it)),
        opened.commands.onSent((it) => tell(sents, it)),
      ]
      for (const watch of rowWatches) {
        watchRows(watch)
        watch.listener(0)
      }
      given.resolve(opened)
      tellState(opened.state())
      tell(sents, opened.commands.sent())
      if (wanted !== null) opened.connect(wanted)
    },
    async detach() {
      const closing = desk
      desk = null
      given = Promise.withResolvers<Desk>()
      given.promise.catch(() => {})
      for (const dispose of unsubscribe) dispose()
      for (const watch of rowWatches) watch.dispose()
      unsubscribe = []
      await closing?.close()
    },
    giveUp() {
      given.reject(new LibralError('replica.unavailable'))
      tellState({ ...last, replica: { ...last.replica, state: 'failed' } })
    },
    again: () => {
      if (wanted !== null) desk?.connect(wanted)
    },
    state: () => last,
    onState: (listener) => listening(states, listener),
    rows: {
      query: async (query: RowQuery) => (await given.promise).rows.query(query),
      get: async (collection: string, key: string): Promise<Json | null> =>
        (await given.promise).rows.get(collection, key),
      count: async (filter: Filter) => (await given.promise).rows.count(filter),
      balances: async () => (await given.promise).rows.balances(),
      async *stream(filter, descending, signal) {
        yield* (await given.promise).rows.stream(filter, descending, signal)
      },
      onChange(collections, listener) {
        const watch: RowWatch = { collections, listener, dispose: () => {} }
        rowWatches.add(watch)
        watchRows(watch)
        return () => {
          rowWatches.delete(watch)
          watch.dispose()
        }
      },
    },
    telemetry: {
      recent: () => desk?.telemetry.recent() ?? (kept.sample === null ? [] : [kept.sample]),
      inventories: () => desk?.telemetry.inventories() ?? (kept.inventory === null ? [] : [kept.inventory]),
      onSample: (listener) => listening(samples, listener),
      onInventory: (listener) => listening(inventories, listener),
      range: async (query: RangeQuery) => (await given.promise).telemetry.range(query),
    },
    log: {
      checkpoint: async () => (await given.promise).log.checkpoint(),
      evidence: async () => (await given.promise).log.evidence(),
      compare: async (checkpoint) => (await given.promise).log.compare(checkpoint),
      checkNow: async () => (await given.promise).log.checkNow(),
      witnesses: async () => (await given.promise).log.witnesses(),
      sealedUnder: () => desk?.log.sealedUnder() ?? null,
      toBundle: async (order) => (await given.promise).log.toBundle(order),
      accept: async (reason) => (await given.promise).log.accept(reason),
    },
    policy: {
      check: async (text) => (await given.promise).policy.check(text),
      seed: async () => (await given.promise).policy.seed(),
    },
    payments: {
      inbox: async (query) => (await given.promise).payments.inbox(query),
      message: async (opening) => (await given.promise).payments.message(opening),
      sealTo: async () => (await given.promise).payments.sealTo(),
      test: async (provider, draft) => (await given.promise).payments.test(provider, draft),
    },
    sealed: {
      coverage: async () => (await given.promise).sealed.coverage(),
      find: async (wanted) => (await given.promise).sealed.find(wanted),
      keys: async (opening) => (await given.promise).sealed.keys(opening),
      evidence: async (digest) => (await given.promise).sealed.evidence(digest),
      lacking: async (rewrap) => (await given.promise).sealed.lacking(rewrap),
      putWrapped: async (rewrap, keys) => (await given.promise).sealed.putWrapped(rewrap, keys),
      handedOver: async (handOver, from) => (await given.promise).sealed.handedOver(handOver, from),
    },
    commands: {
      submit: async (command, params) => (await given.promise).commands.submit(command, params),
      state: async (command, params, keyMade) => opened().commands.state(command, params, keyMade),
      post: async (signed) => (await given.promise).commands.post(signed),
      now: async () => desk?.commands.now() ?? now(),
      sent: () => desk?.commands.sent() ?? [],
      onSent: (listener) => listening(sents, listener),
      signed: (id: CommandId) => desk?.commands.signed(id),
      withdraw: async (id: CommandId) => (await given.promise).commands.withdraw(id),
    },
    connect(endpoint) {
      wanted = endpoint
      desk?.connect(endpoint)
    },
    lock: () => {
      // Nor may it come back when the desk is opened anew.
      if (wanted?.credential.method === 'certificate') {
        wanted = { ...wanted, credential: { method: 'certificate', certification: null } }
      }
      desk?.lock()
    },
    async close() {
      await this.detach()
    },
  }
}

function listening<T>(set: Set<T>, listener: T): Dispose {
  set.add(listener)
  return () => set.delete(listener)
}

function tell<T>(listeners: ReadonlySet<(item: T) => void>, item: T): void {
  for (const listener of [...listeners]) listener(item)
}

/** Before any desk is open. */
function closedState(protection: DesktopState['replica']['protection'], now: number): DeskState {
  return {
    deployment: { id: '', name: '' },
    link: {
      state: 'idle',
      since: now,
      currentAt: null,
      retryAt: null,
      attempt: 0,
      failure: null,
      skewMs: 0,
      roundTripMs: null,
      address: null,
    },
    session: null,
    replica: { state: 'opening', protection, setAside: null, collections: {} },
    log: { seen: null, witness: '', evidence: null, restored: null },
    pendingCommands: 0,
  }
}
