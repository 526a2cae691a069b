import { proposals } from '#protocol/approvals.ts'
import type { Instant } from '#protocol/ids.ts'
import type { Storage } from '../storage/port.ts'
import type { BatchResult } from './batch.ts'
import { createCommit } from './commit.ts'
import type { DeploymentKeys } from './deployment-keys.ts'
import type { DoorDeps } from './door.ts'
import { createIdLookup } from './id-lookup.ts'
import type { Identities } from './identities.ts'
import { createLimiter } from './limiter.ts'
import { readerFor } from './module-context.ts'
import type { Others } from './others.ts'
import type { Policies } from './policy/policies.ts'
import type { Refusals } from './refusals.ts'
import type { Registry } from './registry.ts'
import { createSealer } from './sealed/sealer.ts'
import type { Served } from './served.ts'
import { createSigningKeys, servicesOf } from './signing-keys.ts'
import { createSubmit, type Gate, type Submit } from './submit.ts'
import type { OneWriter } from './writer.ts'

/** Signatures handed to the thread pool at once: enough to keep it busy while a commit holds the main thread. */
const verifiedAtOnce = 256

export interface WayInDeps {
  readonly storage: Storage
  readonly writer: OneWriter
  readonly registry: Registry
  readonly served: Served
  readonly keys: DeploymentKeys
  readonly policies: Policies
  readonly identities: Identities
  readonly refusals: Refusals
  readonly now: () => Instant
  readonly isRunning: (module: string) => boolean
  readonly gate: () => Gate
  readonly unexpected: (thrown: unknown) => void
  readonly committed: (result: BatchResult, ms: number) => void
  readonly others: Others
  /** Log size that memory is true to. */
  readonly seen: () => number
}

/** Door, queue and group commit, put together: the one way round for everything that changes anything. */
export const createWayIn = (deps: WayInDeps): Submit => {
  const { registry, identities, policies, isRunning, now } = deps
  const shared = {
    registry,
    authorise: policies.authorise(policies.rows),
    isRunning,
    now,
    keys: createSigningKeys(deps.keys, servicesOf(registry.modules, deps.keys)),
    rows: identities,
  }
  const read = readerFor(deps.storage, deps.served)
  const door: DoorDeps = {
    ...shared,
    deployment: deps.keys.deployment,
    lookup: createIdLookup(deps.storage),
    proposal: (id) => (identities.waits(id) ? read.get(proposals, id) : undefined),
    verifying: createLimiter(verifiedAtOnce),
    seal: createSealer({
      deployment: deps.keys.sealing,
      keys: deps.keys,
      reader: deps.storage,
      epochOf: deps.served.epochOf,
      now,
    }),
  }
  const commit = createCommit({
    ...shared,
    epochOf: deps.served.epochOf,
    missed: deps.others.missed,
    policies,
    writer: deps.writer,
    arriving: () => submit.inFlight(),
    committed: deps.committed,
  })
  const { refusals, gate, unexpected, seen, others } = deps
  const { latest } = others
  const submit = createSubmit({ door, commit: commit.submit, refusals, gate, unexpected, seen, latest })
  return submit
}
