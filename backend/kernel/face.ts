import type { SignedCommand } from '#protocol/command.ts'
import type { OperatorId } from '#protocol/ids.ts'
import { permissions } from '#protocol/permission.ts'
import { parseStrict } from '#trust/strict-json.ts'
import { type Authorise, mayRead } from './authorise.ts'
import type { Parts } from './boot.ts'
import { knownCommand, outcomeStored, wishOf } from './door.ts'
import type { Figures } from './figures.ts'
import type { OpenedLog } from './genesis.ts'
import type { Kernel } from './kernel.ts'
import { createLogReader } from './log-reader.ts'
import { storedLog } from './log-to-bundle.ts'
import type { Reads } from './reads.ts'
import type { Refusals } from './refusals.ts'
import { collectionOf } from './registry.ts'
import { createSealedAccess } from './sealed/access.ts'
import { servedEpoch } from './served.ts'

/** Largest command in bytes of JSON: an entry's 32 KiB, with room for escapes. */
const largestCommand = 128 * 1024
const mostHistory = 1_000
/** For what a role may, whoever holds it. */
const anybody = 'anybody' as OperatorId

export interface FaceParts extends Parts {
  readonly opening: OpenedLog
  readonly authorise: Authorise
  readonly figures: Figures
  readonly refusals: Refusals
  readonly reads: Reads
  readonly ready: Promise<void>
  readonly drain: () => Promise<void>
}

/** The kernel as everyone else sees it. */
export const createFace = (parts: FaceParts): Kernel => {
  const { options, opened, registry, identities, wayIn, refusals, rebuilds, state, ready } = parts
  const { storage, keys, now } = options
  // Whoever waits for `ready` hears of a failure; where nobody does, the supervisor has told of it.
  ready.catch(() => undefined)
  return {
    ready,
    deployment: { id: keys.deployment, logKey: keys.log.publicKey, ...parts.opening },
    instance: options.instance,
    now,
    submit: wayIn.submit,
    submitBytes: async (bytes) => wayIn.submit(parseStrict(bytes, largestCommand) as unknown as SignedCommand),
    outcome: async (id) => {
      const stored = (await storage.entries.byIds([id])).get(id)
      return stored ? outcomeStored(id, stored) : null
    },
    latest: parts.others.latest,
    authorise: ({ key, operator }, permission) => {
      const present = identities.principal(key, now())
      const may = present !== undefined && mayRead(parts.authorise, { operator, roles: present.roles }, permission)
      if (!may) refusals.count(operator, 'command.not-permitted')
      return may
    },
    preview: ({ key, operator }, { command, params }) => {
      const { known, parsed } = knownCommand(registry, command, params)
      const roles = identities.principal(key, now())?.roles ?? []
      return parts.authorise({ kind: 'person', operator, roles }, wishOf(known, parsed))
    },
    permissionsOf: (roles, operator = anybody) =>
      permissions.filter((permission) => mayRead(parts.authorise, { operator, roles }, permission)),
    policy: { check: parts.policies.check, seed: parts.policies.seed },
    principal: (key) => identities.principal(key, now()),
    onPrincipals: identities.onChange,
    refused: refusals.count,
    drainRefusals: refusals.drain,
    read: parts.reads.count,
    drainReads: parts.reads.drain,
    rebuild: rebuilds.renew,
    onRebuilt: rebuilds.onRebuilt,
    feed: parts.feed,
    log: createLogReader(storage, keys),
    bundle: storedLog(storage),
    witnesses: parts.witnesses,
    history: async (collection, before, limit) => {
      collectionOf(registry, collection)
      const epoch = servedEpoch(opened.served, collection)
      const bounded = Math.min(limit, mostHistory)
      const rows = await storage.rows.pageBack(collection, epoch, before, bounded)
      return {
        rows: rows.map(({ value }) => value),
        next: rows.length === bounded ? (rows.at(-1)?.key ?? null) : null,
      }
    },
    modules: parts.supervisor,
    inbox: parts.inbox,
    evidence: parts.evidence,
    sealed: createSealedAccess({
      ...{ storage, writer: parts.writer, keys, now },
      epochOf: opened.served.epochOf,
    }),
    figures: () => parts.figures.take(state.size, refusals.total()),
    drain: parts.drain,
  }
}
