import { LibralError } from '#protocol/errors.ts'
import type { Instant } from '#protocol/ids.ts'
import { type ProviderName, providers } from '#protocol/payments.ts'
import type { ProviderHealthRow } from '#protocol/payments-health.ts'
import {
  boxPurpose,
  type ConnectionTest,
  type ProviderDraft,
  type SettingsRow,
  sealedKeys,
  settings,
  takesWebhooks,
} from '#protocol/payments-settings.ts'
import { boxKeyOf, openInBackend } from '#trust/sealed/to-backend.ts'
import type { ModuleContext } from '../../kernel/module.ts'
import { testConnection } from './connection-test.ts'
import type { CreateProvider, Provider, ProviderHost, ProviderSettings } from './provider.ts'
import { createProviderWatch, type ProviderWatch } from './watch.ts'

/** A provider as it is set up now; it ends when that changes. */
export interface Connection {
  readonly adapter: Provider
  readonly host: ProviderHost
  readonly ended: AbortSignal
}
export interface Connections {
  get(name: ProviderName): Connection | undefined
  /** Resolves with a connection once there is one; undefined when `signal` is aborted before. */
  when(name: ProviderName, signal: AbortSignal): Promise<Connection | undefined>
  /** The public key under which desktops seal keys, 32 bytes. */
  readonly sealTo: () => Uint8Array
  test(provider: ProviderName, draft: ProviderDraft | null, signal: AbortSignal): Promise<ConnectionTest>
  health(name: ProviderName): Omit<ProviderHealthRow, 'questions' | 'oldestQuestionAt'>
  stop(): void
}

export interface ConnectionsDeps {
  readonly context: Pick<ModuleContext, 'read' | 'onCommit' | 'secret' | 'log' | 'now' | 'crashed'>
  /** Of LIBRAL_PAYMENTS_FILE: they win over what was set in the app. */
  readonly fixed: Readonly<Partial<Record<ProviderName, ProviderSettings>>>
  readonly adapters: Readonly<Record<ProviderName, CreateProvider>>
  readonly hostOf: (name: ProviderName) => Omit<ProviderHost, 'watch'>
  readonly watch: ProviderWatch
}

interface Live {
  readonly row: SettingsRow | null
  readonly connection: Connection | null
  readonly problem: string
  end(): void
}

/** The providers of this deployment, made anew when what is set of one changes, on whichever instance. */
export const openConnections = async (deps: ConnectionsDeps): Promise<Connections> => {
  const { context, fixed, adapters, hostOf, watch } = deps
  const secret = context.secret('provider-keys')
  const live = new Map<ProviderName, Live>()
  const waiting = new Set<() => void>()

  const keysOf = async (row: SettingsRow): Promise<Readonly<Record<string, string>>> => {
    const boxes = (await context.read.get(sealedKeys, row.provider))?.boxes ?? {}
    return opened(row, boxes)
  }
  const opened = (
    { provider, baseAddress }: Pick<SettingsRow, 'provider' | 'baseAddress'>,
    boxes: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(boxes).map(([name, box]) => [
        name,
        openInBackend(secret, boxPurpose(provider, name, baseAddress), box),
      ]),
    )
  const made = (name: ProviderName, its: ProviderSettings): Pick<Live, 'connection' | 'end'> => {
    const ending = new AbortController()
    const host = { ...hostOf(name), watch: watch.of(name) }
    return { connection: { adapter: adapters[name](its, host), host, ended: ending.signal }, end: () => ending.abort() }
  }
  const liveOf = async (name: ProviderName): Promise<Live> => {
    const none = { connection: null, end: () => undefined }
    const ofFile = fixed[name]
    if (ofFile) return { row: null, problem: '', ...made(name, ofFile) }
    const row = (await context.read.get(settings, name)) ?? null
    if (row === null || row.paused) return { row, problem: '', ...none }
    try {
      const keys = await keysOf(row)
      return { row, problem: '', ...made(name, settingsWith(row, keys)) }
    } catch (thrown) {
      if (!(thrown instanceof LibralError)) throw thrown
      context.log.error('payments.keys-unreadable', { provider: name })
      return { row, problem: 'keys-unreadable', ...none }
    }
  }
  const load = async (name: ProviderName): Promise<void> => {
    const next = await liveOf(name)
    live.get(name)?.end()
    live.set(name, next)
    for (const wake of waiting) wake()
  }
  /** One after another: the last change counts. */
  let loading: Promise<void> = Promise.resolve()
  const reload = (names: readonly ProviderName[]): void => {
    loading = loading
      .then(async () => {
        for (const name of names) await load(name)
      })
      .catch(context.crashed)
  }
  const unfollow = context.onCommit(
    [settings],
    (changes) => reload(providers.filter((name) => changes.some(({ key }) => key === name))),
    () => reload(providers),
  )
  for (const name of providers) await load(name)

  const get: Connections['get'] = (name) => live.get(name)?.connection ?? undefined
  return {
    get,
    when: (name, signal) =>
      new Promise((resolve) => {
        const done = (found: Connection | undefined): void => {
          waiting.delete(look)
          signal.removeEventListener('abort', giveUp)
          resolve(found)
        }
        const look = (): void => {
          const found = get(name)
          if (found) done(found)
        }
        const giveUp = (): void => done(undefined)
        waiting.add(look)
        signal.addEventListener('abort', giveUp, { once: true })
        if (signal.aborted) giveUp()
        else look()
      }),
    sealTo: () => boxKeyOf(secret),
    test: async (name, draft, signal) => {
      const tried = await settingsToTry(name, draft, { fixed: fixed[name], keysOf, opened, read: context.read })
      if (typeof tried === 'string') return { fault: tried, code: tried, latencyMs: null, account: null, skewMs: null }
      // Apart from the running one: neither does a test count in its figures, nor does its breaker stand in the way.
      const own = createProviderWatch(context.now)
      const at = (baseAddress: string): Provider =>
        adapters[name]({ ...tried, baseAddress }, { ...testHost(context.now), watch: own.of(name) })
      const skewMs = () => own.figures(name).skewMs
      return testConnection({ provider: name, address: tried.baseAddress, at, skewMs }, signal)
    },
    health: (name) => {
      const { row = null, problem = '' } = live.get(name) ?? {}
      const its = fixed[name]
      const known = its ? 'file' : row ? 'app' : 'none'
      const secrets = its ? webhookSecretsOf(its) : (row?.secrets ?? []).map((one) => one.name)
      const values = its?.values ?? row?.values ?? {}
      return {
        provider: name,
        settings: known,
        address: its?.baseAddress ?? row?.baseAddress ?? '',
        paused: row?.paused ?? false,
        webhooks: known !== 'none' && takesWebhooks(name, { values, secrets }),
        problem,
        ...watch.figures(name),
      }
    },
    stop: () => {
      unfollow()
      for (const one of live.values()) one.end()
    },
  }
}

const webhookSecretsOf = ({ secret }: ProviderSettings): readonly string[] =>
  secret('webhookSecret') === undefined ? [] : ['webhookSecret']

const settingsWith = (
  { baseAddress, values }: Pick<SettingsRow, 'baseAddress' | 'values'>,
  keys: Readonly<Record<string, string>>,
): ProviderSettings => ({ baseAddress, values, secret: (name) => keys[name] })

/** A test takes no message and lets nobody pay. */
const testHost = (now: () => Instant): Omit<ProviderHost, 'watch'> => ({
  now,
  deliver: async () => {
    throw new Error('nothing is delivered to a test')
  },
  mayPay: async () => 'not-open',
  promise: async () => 'not-open',
})

/** Kept keys go along only to the address that they were entered for. */
const settingsToTry = async (
  name: ProviderName,
  draft: ProviderDraft | null,
  known: {
    readonly fixed: ProviderSettings | undefined
    readonly keysOf: (row: SettingsRow) => Promise<Readonly<Record<string, string>>>
    readonly opened: (
      of: Pick<SettingsRow, 'provider' | 'baseAddress'>,
      boxes: Readonly<Record<string, string>>,
    ) => Readonly<Record<string, string>>
    readonly read: ModuleContext['read']
  },
): Promise<ProviderSettings | 'not-configured' | 'keys-unreadable'> => {
  if (draft === null && known.fixed) return known.fixed
  const row = await known.read.get(settings, name)
  try {
    if (draft === null) return row ? settingsWith(row, await known.keysOf(row)) : 'not-configured'
    const kept = row && row.baseAddress === draft.baseAddress ? await known.keysOf(row) : {}
    const boxes = Object.fromEntries(Object.entries(draft.secrets).map(([key, { box }]) => [key, box]))
    return settingsWith(draft, { ...kept, ...known.opened({ ...draft, provider: name }, boxes) })
  } catch (thrown) {
    if (thrown instanceof LibralError && thrown.code === 'sealed.tampered') return 'keys-unreadable'
    throw thrown
  }
}
