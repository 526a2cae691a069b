import { certificates } from '#protocol/certificates.ts'
import { policyInForce, policyVersions } from '#protocol/policy.ts'
import { administrators, operators, sessions } from '#protocol/session.ts'
import type { Evidence } from './evidence.ts'
import type { LiveFeed } from './feed.ts'
import { type OpenedLog, openGenesis } from './genesis.ts'
import { type Identities, loadIdentities } from './identities.ts'
import type { Inbox } from './inbox.ts'
import { certified, logKeys, restorations } from './log-module.ts'
import { readerFor } from './module-context.ts'
import { oncePerTurn } from './once-per-turn.ts'
import type { KernelOptions } from './options.ts'
import type { Others } from './others.ts'
import type { Outbox } from './outbox.ts'
import { bringSeed } from './policy/bring-seed.ts'
import type { Policies } from './policy/policies.ts'
import type { Rebuilds } from './rebuilds.ts'
import type { Registry } from './registry.ts'
import { type RetentionDeps, retain, retentionLimits } from './retention.ts'
import { type OpenedCollections, type Shadow, servedEpoch } from './served.ts'
import type { ServiceSigning } from './sign.ts'
import { servicesOf } from './signing-keys.ts'
import type { Gate, Submit } from './submit.ts'
import type { LivingSupervisor } from './supervisor.ts'
import { traceOf } from './trace.ts'
import type { Witnesses } from './witnesses.ts'
import type { OneWriter } from './writer.ts'

/** What the kernel is made of, for starting and stopping it. */
export interface Parts {
  readonly options: KernelOptions
  /** Of leases: this run of the instance. */
  readonly owner: string
  readonly others: Others
  readonly opened: OpenedCollections
  readonly registry: Registry
  readonly identities: Identities
  readonly policies: Policies
  readonly wayIn: Submit
  readonly supervisor: LivingSupervisor
  readonly rebuilds: Rebuilds
  readonly feed: LiveFeed
  readonly outbox: Outbox
  readonly inbox: Inbox
  readonly evidence: Evidence
  readonly writer: OneWriter
  readonly witnesses: Witnesses
  readonly state: { gate: Gate; size: number }
}

export interface Boot {
  /** Until the log stands and the door can judge; answers what the log says of itself. */
  open(): Promise<OpenedLog>
  /** Until every module has started. */
  start(): Promise<void>
  drain(): Promise<void>
}

/** Collections that the door itself lives on: a new version of them is filled before anything else happens. */
const vital: ReadonlySet<string> = new Set([
  certified.name,
  logKeys.name,
  restorations.name,
  sessions.name,
  operators.name,
  certificates.name,
  administrators.name,
  policyInForce.name,
  policyVersions.name,
])
const isVital = ({ collection }: Shadow): boolean => vital.has(collection.name)

/** How long commands under way are waited for when draining. */
const drainMs = 5_000

export const createBoot = (parts: Parts): Boot => {
  const { options, opened, identities, supervisor, rebuilds, feed, outbox, writer, state, wayIn } = parts
  const counted: RetentionDeps['counted'] = new Map()
  let retention: NodeJS.Timeout | undefined
  let drained: Promise<void> | undefined
  const background = (event: string, work: () => Promise<void>): void => {
    work().catch((thrown: unknown) => {
      if (state.gate === 'open') options.log.error(event, traceOf(thrown))
    })
  }
  const drain = async (): Promise<void> => {
    state.gate = 'draining'
    clearInterval(retention)
    const until = performance.now() + drainMs
    while (wayIn.inFlight() > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5))
    await Promise.all([outbox.stop(), rebuilds.stop()])
    await supervisor.stopAll()
    state.gate = 'closed'
    await writer.idle()
    parts.others.stop()
    feed.stop()
    await options.storage.close()
  }
  return {
    open: async () => {
      for (const shadow of opened.shadows) if (isVital(shadow)) await rebuilds.run(shadow)
      // Whatever an earlier run of this name held when it was killed: its host sees to it that there is no other.
      await options.storage.releaseLeases(options.instance)
      const fill = await loadIdentities(identities, options.storage, opened.served.epochOf)
      const fillPolicies = await parts.policies.load(options.storage, opened.served.epochOf)
      fillPolicies()
      fill()
      const recheck = oncePerTurn(feed.recheck)
      identities.onChange(recheck)
      parts.policies.onChange(recheck)
      const log = await genesis(parts)
      await bringSeed({
        ...{ policies: parts.policies, storage: options.storage },
        epoch: servedEpoch(opened.served, policyVersions.name),
        signing: logSigning(parts),
      })
      parts.others.start()
      return log
    },
    start: async () => {
      // First, so that a module that finds its rows missing has something to wait for.
      for (const shadow of opened.shadows)
        if (!isVital(shadow)) background('kernel.rebuild', () => rebuilds.run(shadow))
      await supervisor.startAll(await stayStopped(parts))
      if (state.gate !== 'open') return
      background('kernel.drop-epochs', opened.dropStale)
      retention = setInterval(() => background('kernel.retention', () => tidy(parts, counted)), retentionLimits.everyMs)
      retention.unref()
    },
    drain: () => {
      drained ??= drain()
      return drained
    },
  }
}

const tidyJob = 'kernel.retention'
const tidyLeaseMs = 10 * 60_000

/** On one instance at a time. */
const tidy = async (parts: Parts, counted: RetentionDeps['counted']): Promise<void> => {
  const { options, owner, writer, registry, opened, inbox } = parts
  const { storage, now } = options
  const began = now()
  if (!(await storage.jobs.claim(tidyJob, owner, began, began + tidyLeaseMs, retentionLimits.everyMs))) return
  try {
    await retain({ storage, writer, registry, served: opened.served, counted })
    await inbox.sweep()
    await parts.evidence.sweep()
    await storage.uses.sweep(began)
    await parts.witnesses.thin()
  } finally {
    await storage.jobs.done(tidyJob, owner, began + retentionLimits.everyMs / 2, null)
  }
}

/** Not known while the rows are being filled: then all start. */
const stayStopped = async ({ options, opened }: Parts): Promise<ReadonlySet<string>> => {
  try {
    return (await options.stayStopped?.(readerFor(options.storage, opened.served))) ?? new Set()
  } catch (thrown) {
    options.log.warn('kernel.stopped-modules-unknown', traceOf(thrown))
    return new Set()
  }
}

const genesis = ({ options, opened, registry, wayIn }: Parts): Promise<OpenedLog> => {
  const { storage, keys, name } = options
  return openGenesis({
    storage,
    keys,
    name,
    services: servicesOf(registry.modules, keys),
    epoch: servedEpoch(opened.served, certified.name),
    keysEpoch: servedEpoch(opened.served, logKeys.name),
    restorationsEpoch: servedEpoch(opened.served, restorations.name),
    restoration: options.restoration,
    signing: logSigning({ options, wayIn }),
  })
}

const logSigning = ({ options: { keys, now }, wayIn }: Pick<Parts, 'options' | 'wayIn'>): ServiceSigning => ({
  ...{ deployment: keys.deployment, kind: 'log', name: 'log', signer: keys.log, now, submit: wayIn.submit },
})
