import { LibralError } from '#protocol/errors.ts'
import { type InstanceRow, modules } from '#protocol/hub.ts'
import { handoversTold, protocolVersions, restorationsTold } from '#protocol/session.ts'
import type { RedisInventory } from '#protocol/telemetry.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ModuleContext, ModuleDefinition } from '../kernel/module.ts'
import { stoppedOnRequest } from '../kernel/supervisor.ts'
import type { Storage } from '../storage/port.ts'
import type { Limiters } from '../transport/limiters.ts'
import type { Services } from '../transport/services.ts'
import { createAccess } from './access/index.ts'
import { createAlerts } from './alerts/index.ts'
import { createPresence } from './alerts/presence.ts'
import { createApprovals } from './approvals/index.ts'
import { createEvents } from './events/index.ts'
import { type ApiFaults, createApiFaults } from './hub/api-faults.ts'
import { createHub } from './hub/index.ts'
import { createTelemetry, type Telemetry } from './hub/telemetry/index.ts'
import type { Machine } from './hub/telemetry/machine.ts'
import type { TelemetryRelay } from './hub/telemetry/relay.ts'
import { type PaymentSettings, settingsInFile } from './payments/adapters.ts'
import { createPayments, type PaymentServices, type PaymentsDeps } from './payments/index.ts'
import { createSealed } from './sealed/index.ts'
import type { Gate } from './session/gate.ts'
import { createSession, type FirstCode } from './session/index.ts'

export interface ModuleDeps {
  /** The same storage that the kernel is opened over: telemetry keeps its roll-ups there. */
  readonly storage: Pick<Storage, 'telemetry' | 'sizeBytes' | 'engine' | 'inspect'>
  /** Name of this instance, the same from launch to launch, and as given to the kernel. */
  readonly instance: string
  readonly mode: InstanceRow['mode']
  /** Of this build. */
  readonly version: string
  /** At least 16 characters, new for each launch; null for a backend that stands alone. */
  readonly launchSecret: string | null
  /** Prints the first administrator's code, once; for a backend that stands alone. */
  readonly firstCode?: FirstCode
  /** Counts wrong sign-ins over all instances; in memory when absent. */
  readonly limiters?: Limiters
  readonly redis?: () => Promise<RedisInventory>
  /** The payment providers of this deployment, with their keys; absent: none. */
  readonly payments?: PaymentSettings
  /** A deployment of made-up payments: how its providers are reached, and what makes them. */
  readonly demo?: { readonly payments: PaymentsDeps; readonly module: ModuleDefinition }
  /** Carries figures between instances, so that a desktop sees all of them. */
  readonly relay?: TelemetryRelay
  /** Wall clock, ms. */
  readonly now?: () => number
  /** For tests: another machine to watch. */
  readonly machine?: Machine
}

export interface Modules {
  /** For the kernel to open with. */
  readonly definitions: readonly ModuleDefinition[]
  /** Modules of this instance that an operator stopped, as the log has it. */
  stayStopped(read: ModuleContext['read']): Promise<ReadonlySet<string>>
  /** Hands the opened kernel to the modules that need it; call it once, right after opening. */
  attach(kernel: Kernel): Services
  /** Samples of this process, for `/metrics`. */
  readonly telemetry: Telemetry
}

interface Living {
  readonly telemetry: Telemetry
  readonly faults: ApiFaults
  readonly gate: Gate
  readonly payments: () => PaymentServices | null
}

const servicesOf = (kernel: Kernel, { telemetry, faults, gate, payments }: Living): Services => ({
  hello: (nonce) => ({
    protocol: protocolVersions,
    deployment: kernel.deployment.id,
    name: kernel.deployment.name,
    instance: kernel.instance,
    logKey: toBase64url(kernel.deployment.logKey),
    ...(kernel.deployment.handovers.length > 0 && {
      handovers: kernel.deployment.handovers.slice(-handoversTold),
    }),
    ...(kernel.deployment.restorations.length > 0 && {
      restorations: kernel.deployment.restorations.slice(-restorationsTold),
    }),
    now: kernel.now(),
    nonce,
  }),
  // A token or a session that another instance made a moment ago is known here, too.
  signIn: async (request, peer) => {
    await kernel.latest()
    return gate.signIn(request, peer)
  },
  resume: async (request, peer) => {
    await kernel.latest()
    return gate.resume(request, peer)
  },
  current: gate.current,
  holder: gate.holder,
  telemetryRange: telemetry.range,
  inventory: telemetry.inventories,
  meter: (call) => {
    telemetry.meter(call)
    faults.note(call)
  },
  clients: telemetry.clients,
  payments: () => {
    const services = payments()
    if (!services) throw new LibralError('module.stopped', { module: 'payments' })
    return services
  },
})

/** All modules of this build, put together by hand. */
export const createModules = (deps: ModuleDeps): Modules => {
  const { promise, resolve } = Promise.withResolvers<Kernel>()
  let kernel: Kernel | undefined
  let payments: PaymentServices | null = null
  const telemetry = createTelemetry({
    instance: deps.instance,
    now: deps.now ?? Date.now,
    storage: deps.storage,
    ...(deps.redis && { redis: deps.redis }),
    ...(deps.relay && { relay: deps.relay }),
    kernel: () => kernel,
    payments: () => payments?.health(),
    ...(deps.machine && { machine: deps.machine }),
  })
  const faults = createApiFaults()
  const presence =
    deps.storage.engine === 'sqlite'
      ? undefined
      : createPresence(deps.storage.telemetry, deps.instance, deps.now ?? Date.now)
  const session = createSession({
    kernel: promise,
    launchSecret: deps.launchSecret,
    ...(deps.limiters && { limiters: deps.limiters }),
    ...(deps.firstCode && { firstCode: deps.firstCode }),
  })
  const { mode, version } = deps
  // The kernel's own modules are among them, which the list below does not hold.
  const moduleNames = () => kernel?.modules.list().map(({ definition }) => definition.manifest.name) ?? []
  const definitions: readonly ModuleDefinition[] = [
    session.definition,
    createSealed(),
    createAccess(promise),
    createApprovals({ kernel: promise }),
    createEvents(),
    createHub({ kernel: promise, telemetry, faults, mode, version, moduleNames }),
    createPayments({
      ...(deps.payments && { fixed: settingsInFile(deps.payments) }),
      ...deps.demo?.payments,
      running: (services) => {
        payments = services
      },
    }),
    createAlerts({ onSample: telemetry.onSample, ...(presence && { presence }) }),
    ...(deps.demo ? [deps.demo.module] : []),
  ]
  return {
    definitions,
    stayStopped: async (read) => {
      const rows = await read.list(modules, `${deps.instance}/`)
      const stopped = rows.filter(({ state, reason }) => state === 'stopped' && reason === stoppedOnRequest)
      return new Set(stopped.map(({ module }) => module))
    },
    attach: (opened) => {
      if (kernel) throw new LibralError('internal.unexpected')
      kernel = opened
      resolve(opened)
      return servicesOf(opened, { telemetry, faults, gate: session.gate, payments: () => payments })
    },
    telemetry,
  }
}
