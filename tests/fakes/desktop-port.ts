import { implement } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import type { z } from 'zod'
import type { DeploymentList } from '#protocol/deployments.ts'
import {
  type DesktopState,
  desktopContract,
  type Filter,
  type Place,
  type SentCommand,
  type Settings,
} from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Inventory, Sample } from '#protocol/telemetry.ts'
import { fakeApprovals } from './desktop-approvals.ts'
import { fakeHardware } from './desktop-hardware.ts'
import { fakeCertificates, fakeKeys } from './desktop-keys.ts'
import { fakeEnvFiles, fakeMessages, fakeWkd } from './desktop-messages.ts'
import { fakeReview } from './desktop-review.ts'
import { type FakeRow, type FakeRows, keyOf } from './desktop-rows.ts'
import { fakeSealed } from './desktop-sealed.ts'
import { fakeInventory, fakeRange, fakeSample } from './desktop-telemetry.ts'

/** A desktop for windows under test: speaks the real contract over a real message port, holds its data in memory. */
export interface FakeDesktop {
  readonly rows: FakeRows
  state: DesktopState
  settings: Settings
  inventory: Inventory | null
  /** Samples kept before the first window asked; null: no telemetry at all. */
  readonly history: readonly Sample[] | null
  readonly submitted: { readonly command: string; readonly params: Readonly<Record<string, unknown>> }[]
  /** Answers a command; the default accepts. */
  decide(command: string, params: Readonly<Record<string, unknown>>): Partial<SentCommand>
  /** Places that the window is sent to. */
  readonly places: Place[]
  readonly calls: string[]
}

type Listener = () => void

/** Our JSON is readonly and zod's is not; the wire does not care. */
type WireJson = ReturnType<typeof z.json>['_output']
const wire = (row: FakeRow | null): WireJson => row as WireJson

const until = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

const matches = (row: FakeRow, { where, range, text }: Filter): boolean => {
  const held = Object.entries(where).every(([field, wanted]) => wanted.some((value) => value === row[field]))
  const at = range === null ? 0 : Number(row[range.field])
  const inRange = range === null || ((range.from === null || at >= range.from) && (range.to === null || at < range.to))
  return held && inRange && (text === '' || JSON.stringify(row).includes(text))
}

const listOf = ({ deployment, link, pendingCommands }: DesktopState): DeploymentList => ({
  shown: 'local',
  known: [
    {
      ...{ key: 'local', name: deployment.label, colour: deployment.colour, embedded: true },
      ...{
        deployment: deployment.id,
        logKey: '',
        addresses: [],
        credential: 'none-needed',
        operatorKey: null,
        pendingCommands,
      },
      link: { state: link.state, address: null, failure: link.failure },
    },
  ],
})

/** Serves one window over its port, as main does. @returns how to say that something changed */
export const serveDesktop = (port: MessagePort, desk: FakeDesktop): { readonly changed: () => void } => {
  const listeners = new Set<Listener>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const onChange = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        listeners.delete(done)
        resolve()
      }
      listeners.add(done)
      signal?.addEventListener('abort', done)
    })
  const found = (filter: Filter, field: string | null, descending: boolean): readonly FakeRow[] => {
    const rows = (desk.rows[filter.collection] ?? []).filter((row) => matches(row, filter))
    const by = (row: FakeRow): string =>
      field === null ? keyOf(filter.collection, row) : String(row[field]).padStart(20, '0')
    const sorted = rows.toSorted((a, b) => (by(a) < by(b) ? -1 : 1))
    return descending ? sorted.reverse() : sorted
  }
  const os = implement(desktopContract)
  const pushed = <T>(read: () => T) =>
    async function* (signal: AbortSignal | undefined): AsyncGenerator<T, void, void> {
      while (!signal?.aborted) {
        yield read()
        await onChange(signal)
      }
    }
  const nothing = (name: string) => (): Record<string, never> => {
    desk.calls.push(name)
    return {}
  }
  let sent: SentCommand[] = []
  const router = os.router({
    state: { watch: os.state.watch.handler(({ signal }) => pushed(() => desk.state)(signal)) },
    rows: {
      query: os.rows.query.handler(({ input }) => {
        const rows = found(input.filter, input.sort.field, input.sort.descending)
        const start = input.after === null ? 0 : Number(input.after)
        const page = rows.slice(start, start + input.limit)
        const next = start + input.limit < rows.length ? String(start + input.limit) : null
        return { rows: page.map(wire), next, offset: 1, state: 'ready' as const }
      }),
      get: os.rows.get.handler(({ input }) =>
        wire(desk.rows[input.collection]?.find((row) => keyOf(input.collection, row) === input.key) ?? null),
      ),
      count: os.rows.count.handler(({ input }) => {
        const count = found(input, null, false).length
        return { count: Math.min(count, 10_000), capped: count > 10_000 }
      }),
      watch: os.rows.watch.handler(async function* ({ signal }) {
        for (let offset = 1; !signal?.aborted; offset += 1) {
          await onChange(signal)
          yield { offset }
        }
      }),
    },
    telemetry: {
      live: os.telemetry.live.handler(async function* ({ signal }) {
        if (desk.history === null) return await onChange(signal)
        yield [...desk.history]
        while (!signal?.aborted) {
          await until(1_000, signal)
          if (desk.state.link.state === 'live') yield [fakeSample(Date.now())]
        }
      }),
      range: os.telemetry.range.handler(({ input }) => fakeRange(input)),
      inventory: os.telemetry.inventory.handler(async function* ({ signal }) {
        if (desk.inventory !== null) yield [desk.inventory ?? fakeInventory(Date.now())]
        await onChange(signal)
      }),
    },
    command: {
      submit: os.command.submit.handler(({ input }) => {
        desk.submitted.push(input)
        const now = Date.now()
        const id = `01939b6c-0000-7000-8000-${String(desk.submitted.length).padStart(12, '0')}` as SentCommand['id']
        const command: SentCommand = {
          id,
          command: input.command,
          issuedAt: now,
          state: 'accepted',
          outcome: null,
          failure: null,
          ...desk.decide(input.command, input.params),
        }
        sent = [command, ...sent]
        changed()
        return command
      }),
      sent: os.command.sent.handler(({ signal }) => pushed(() => ({ whole: true, commands: [...sent] }))(signal)),
      withdraw: os.command.withdraw.handler(nothing('withdraw')),
    },
    settings: {
      watch: os.settings.watch.handler(({ signal }) => pushed(() => desk.settings)(signal)),
      change: os.settings.change.handler(({ input }) => {
        desk.settings = { ...desk.settings, ...(input as Partial<Settings>) }
        changed()
        return desk.settings
      }),
      protect: os.settings.protect.handler(() => ({ protection: 'passphrase' as const })),
    },
    deployments: {
      watch: os.deployments.watch.handler(({ signal }) => pushed(() => listOf(desk.state))(signal)),
      add: os.deployments.add.handler(() => ({ key: 'local' as const })),
      change: os.deployments.change.handler(nothing('deployments.change')),
      renewCredential: os.deployments.renewCredential.handler(nothing('deployments.renewCredential')),
      signIn: os.deployments.signIn.handler(nothing('deployments.signIn')),
      reviewCertificate: os.deployments.reviewCertificate.handler(nothing('deployments.reviewCertificate')),
      show: os.deployments.show.handler(nothing('deployments.show')),
      openWindow: os.deployments.openWindow.handler(nothing('deployments.openWindow')),
      openDemo: os.deployments.openDemo.handler(nothing('deployments.openDemo')),
      remove: os.deployments.remove.handler(nothing('deployments.remove')),
    },
    exports: {
      csv: os.exports.csv.handler(async function* ({ signal }) {
        for (let rows = 0; rows < 50_000 && !signal?.aborted; rows += 5_000) {
          yield { state: 'running' as const, rows, total: 50_000 }
          await until(150, signal)
        }
        yield { state: 'done' as const, rows: 50_000, file: 'events.csv' }
      }),
      books: os.exports.books.handler(async function* () {
        yield { state: 'done' as const, rows: 3, file: 'freee-20261101-20261130.csv' }
      }),
      diagnostics: os.exports.diagnostics.handler(async function* () {
        yield { state: 'done' as const, rows: 12, file: 'diagnostics.zip' }
      }),
      logs: os.exports.logs.handler(async function* () {
        yield { state: 'done' as const, rows: 120, file: 'logs.zip' }
      }),
      document: os.exports.document.handler(async function* () {
        yield { state: 'done' as const, rows: 1, file: 'document.pdf' }
      }),
    },
    keys: fakeKeys(),
    messages: fakeMessages(),
    envFiles: fakeEnvFiles(),
    wkd: fakeWkd(),
    sealed: fakeSealed(),
    payments: {
      inbox: os.payments.inbox.handler(() => ({ rows: [], next: null })),
      message: os.payments.message.handler(() => ({ headers: {}, text: '', bytes: '' })),
      enterSecrets: os.payments.enterSecrets.handler(() => ({ secrets: {} })),
      checkBalances: os.payments.checkBalances.handler(() => ({
        ...{ whole: true, transfers: 0, accounts: 0, currencies: [], differences: [], differing: 0, tookMs: 0 },
      })),
      previewBooks: os.payments.previewBooks.handler(async function* () {
        const totals = { vouchers: 0, lines: 0, yen: '0', leftOut: 0, replaced: 0, shortened: 0 }
        yield { state: 'done' as const, totals, reservations: 0, vouchers: [], leftOut: [] }
      }),
      test: os.payments.test.handler(() => ({ fault: null, code: '', latencyMs: 1, account: null, skewMs: null })),
    },
    policy: {
      check: os.policy.check.handler(() => ({ hash: 'A'.repeat(43), problems: [], rules: [], effects: [] })),
      seed: os.policy.seed.handler(() => ({ text: '' })),
    },
    approvals: fakeApprovals(),
    bundle: {
      size: os.bundle.size.handler(() => ({ from: 0, to: 1, bytes: 1_000 })),
      write: os.bundle.write.handler(async function* () {
        yield { state: 'done' as const, rows: 1, file: 'x.libral-bundle' }
      }),
    },
    audit: {
      exportCheckpoint: os.audit.exportCheckpoint.handler(() => ({ file: 'x.checkpoint' })),
      compareCheckpoint: os.audit.compareCheckpoint.handler(() => ({
        result: 'same' as const,
        theirs: 1,
        ours: 1,
        witnesses: [],
        shown: null,
      })),
      exportEvidence: os.audit.exportEvidence.handler(() => ({ file: 'x.json' })),
      checkNow: os.audit.checkNow.handler(nothing('audit.checkNow')),
      witnesses: os.audit.witnesses.handler(() => []),
      acceptHistory: os.audit.acceptHistory.handler(nothing('audit.acceptHistory')),
    },
    paper: {
      data: os.paper.data.handler(() => {
        throw new LibralError('desktop.forbidden', { procedure: 'paper.data' })
      }),
      drawn: os.paper.drawn.handler(() => ({})),
    },
    review: fakeReview(),
    certificates: fakeCertificates(),
    hardware: fakeHardware(),
    app: {
      about: os.app.about.handler(() => ({
        version: '0.1.0',
        commit: '0123456789abcdef',
        builtAt: '2026-11-21T01:00:00.000Z',
        electron: '42.0.0',
        chromium: '148.0.7778.96',
        node: '24.15.0',
        sqlite: '3.54.1',
        official: false,
        packaged: false,
        userData: '/home/operator/.config/libral',
      })),
      licences: os.app.licences.handler(() =>
        ['react', 'zod', 'uplot', 'i18next', 'ws'].map((name) => ({
          name,
          version: '1.0.0',
          licence: 'MIT',
          text: `The MIT License\n\nCopyright (c) ${name} contributors`,
        })),
      ),
      openLink: os.app.openLink.handler(nothing('openLink')),
      openWindow: os.app.openWindow.handler(nothing('openWindow')),
      navigate: os.app.navigate.handler(async function* ({ signal }) {
        for (let place = desk.places.shift(); !signal?.aborted; place = desk.places.shift()) {
          if (place) yield place
          else await onChange(signal)
        }
      }),
      copyLink: os.app.copyLink.handler(nothing('copyLink')),
      restartBackend: os.app.restartBackend.handler(nothing('restartBackend')),
      reconnect: os.app.reconnect.handler(nothing('reconnect')),
      painted: os.app.painted.handler(nothing('painted')),
    },
  })
  new RPCHandler(router).upgrade(port)
  port.start()
  return { changed }
}
