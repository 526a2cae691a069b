import { randomUUID } from 'node:crypto'
import { LibralError } from '#protocol/errors.ts'
import type { StoredChange } from '../storage/port.ts'
import { mayRead } from './authorise.ts'
import { createBoot, type Parts } from './boot.ts'
import { secretOf } from './deployment-keys.ts'
import { createEvidence } from './evidence.ts'
import { createFace } from './face.ts'
import { createFeed } from './feed.ts'
import { createFigures } from './figures.ts'
import { idReplaced, keyReplaced } from './genesis.ts'
import { createIdentities, loadIdentities } from './identities.ts'
import { createInbox } from './inbox.ts'
import { sealedInbox } from './inbox-sealed.ts'
import type { Kernel } from './kernel.ts'
import { bringToLife } from './living.ts'
import { logKeys, logModule, restorations } from './log-module.ts'
import type { ServiceCommand } from './module.ts'
import { createCommitListeners, readerFor } from './module-context.ts'
import type { KernelOptions } from './options.ts'
import { createOthers } from './others.ts'
import { createOutbox } from './outbox.ts'
import { loadCedar } from './policy/cedar.ts'
import { createPolicyModule } from './policy/module.ts'
import { createPolicies, type Policies } from './policy/policies.ts'
import { createReads } from './reads.ts'
import { createRebuilds, type Rebuilds } from './rebuilds.ts'
import { createRefusals } from './refusals.ts'
import { createRegistry } from './registry.ts'
import { openCollections } from './served.ts'
import { submitAs } from './sign.ts'
import type { Gate } from './submit.ts'
import { createSupervisor } from './supervisor.ts'
import { traceOf } from './trace.ts'
import { createWayIn } from './way-in.ts'
import { createWitnesses } from './witnesses.ts'
import { createOneWriter } from './writer.ts'

/**
 * Libral Core without transport: opens the log (writing its genesis at the first start) and answers at once; modules
 * start behind it, `ready` tells when they have.
 * @throws LibralError `log.broken` when the log belongs to other keys, and what the storage throws
 */
export const createKernel = async (options: KernelOptions): Promise<Kernel> => {
  const { storage, keys, policy, instance, now, log } = options
  const modules = [createPolicyModule(() => policies), ...options.modules]
  const registry = createRegistry([logModule, ...modules])
  const policies: Policies = createPolicies({
    cedar: await loadCedar(),
    seed: policy,
    commands: registry.modules.flatMap(({ handlers }) => handlers.map(({ command }) => command)),
    failed: (hash, reason) => log.error('policy.broken', { hash, ...traceOf(reason) }),
  })
  const writer = createOneWriter(storage)
  const opened = await openCollections(storage, writer, registry.collections.values())
  const { served } = opened
  const head = await storage.head()
  const identities = createIdentities()
  const authorise = policies.authorise(policies.rows)
  const figures = createFigures()
  const refusals = createRefusals()
  const listeners = createCommitListeners(log)
  const state = { gate: 'open' as Gate, size: head.size }

  const feed = createFeed(
    {
      ...{ storage, registry, served, now, figures, recentBytes: options.recentBytes },
      principal: ({ key }) => identities.principal(key, now()),
      mayRead: ({ operator, roles }, permission) => mayRead(authorise, { operator, roles }, permission),
      failed: (event, thrown) => log.error(event, traceOf(thrown)),
      latest: () => others.latest(),
    },
    head.size,
  )
  /** Only a new process can go on here: of a newer build, or with other keys. */
  const outdated = (reason: LibralError): void => {
    log.error('kernel.outdated', traceOf(reason))
    state.gate = 'closed'
    options.failed?.()
  }
  /** A look at what others committed and a commit of our own may bring the same stretch: each change is taken once. */
  const take = (changes: readonly StoredChange[], size: number, by: 'others' | 'us' = 'others'): void => {
    if (size <= state.size) return
    const fresh = changes.filter(({ offset }) => offset > state.size)
    state.size = size
    for (const { collection, key, value } of fresh) {
      policies.apply(collection, key, value)
      identities.apply(collection, key, value)
    }
    feed.committed(fresh, size)
    listeners.tell(fresh)
    const replaced = fresh.some(({ collection }) => collection === logKeys.name)
    if (replaced && by === 'others') outdated(keyReplaced())
    const restored = fresh.some(({ collection }) => collection === restorations.name)
    if (restored && by === 'others') outdated(idReplaced())
  }
  const others = createOthers({
    ...{ storage, served, take, log, wakeups: options.wakeups ?? storage.wakeups },
    seen: () => state.size,
    reload: async (to) => {
      const fill = await loadIdentities(identities, storage, served.epochOf)
      const fillPolicies = await policies.load(storage, served.epochOf)
      if (to <= state.size) return
      fillPolicies()
      fill()
      state.size = to
      feed.leapt(to)
      listeners.reload()
    },
    swapped: feed.swapped,
    outdated,
  })
  const rebuilds = createRebuilds({ storage, writer, registry, served, log, swapped: feed.swapped })
  const supervisor = createSupervisor({
    modules,
    now,
    filled: (reason) => filled(rebuilds, reason),
    failed: (module, reason) => log.error('module.failed', { module, ...traceOf(reason) }),
    bring: (module, crashed) => bringToLife(module, crashed, { context, outbox, inbox, jobs }),
  })
  const wayIn = createWayIn({
    ...{ storage, writer, registry, served, keys, policies, identities, refusals, now },
    isRunning: supervisor.isRunning,
    gate: () => state.gate,
    unexpected: (thrown) => log.error('kernel.unexpected', traceOf(thrown)),
    committed: ({ results, changes, missed, from, size, effects }, ms) => {
      figures.committed(ms, results.length)
      if (from > state.size) take(missed, from)
      if (size > from) {
        take(changes, size, 'us')
        others.publish(size)
      }
      if (effects > 0) outbox.kick()
    },
    others,
    seen: () => state.size,
  })
  const submit = async (name: string, command: ServiceCommand): Promise<void> => {
    const signing = { deployment: keys.deployment, kind: 'service', name, signer: keys.service(name), now } as const
    await submitAs({ ...signing, submit: wayIn.submit }, command)
  }
  // A lease is this run's, so that what an earlier run of the same name held can be told apart, and freed.
  const owner = `${instance}/${randomUUID()}`
  const outbox = createOutbox({ store: storage.outbox, instance, owner, now, submit, depth: figures.outboxDepth, log })
  const jobs = { store: storage.jobs, owner, now, log }
  const evidence = createEvidence(storage, now)
  const waysIn = modules.flatMap(({ manifest: { name }, webhooks = [] }) =>
    webhooks.map(({ source }) => [source, secretOf(keys, name, 'inbox')] as const),
  )
  const secrets = new Map(waysIn)
  const store = sealedInbox(storage.inbox, (source) => secrets.get(source))
  const inbox = createInbox({ store, owner, now, depth: figures.inboxDepth, log })
  const reads = { read: readerFor(storage, served), onCommit: listeners.on }
  const secret = (module: string, purpose: string): Uint8Array => secretOf(keys, module, purpose)
  const keepEvidence = evidence.keep
  const own = { now, instance, deployment: keys.sealing, log, submit, secret }
  const context = { ...own, ...reads, receive: inbox.receive, inbox, keepEvidence }
  const parts: Parts = {
    options,
    owner,
    others,
    opened,
    registry,
    identities,
    policies,
    wayIn,
    supervisor,
    rebuilds,
    feed,
    outbox,
    inbox,
    evidence,
    writer,
    witnesses: createWitnesses({ storage, keys, now }),
    state,
  }
  const boot = createBoot(parts)
  const opening = await boot.open()
  return createFace({
    ...parts,
    opening,
    authorise,
    figures,
    refusals,
    reads: createReads(),
    ready: boot.start(),
    drain: boot.drain,
  })
}

/** A module whose own rows are still being filled has not failed: it starts once they are there. */
const filled = async (rebuilds: Rebuilds, reason: unknown): Promise<boolean> => {
  const { collection } = reason instanceof LibralError && reason.code === 'module.busy' ? reason.params : {}
  return typeof collection === 'string' && rebuilds.settled(collection)
}
