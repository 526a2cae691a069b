import { join } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Db, openDatabase } from '#main/replica/open-database.ts'
import { type BundleVerdict, entryStandings } from '#protocol/bundle.ts'
import { failureOf, LibralError } from '#protocol/errors.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import type { ReviewStanding } from '#protocol/review.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { leafHash } from '#trust/merkle.ts'
import { drawSample } from '#trust/review/sample.ts'
import { type Approvals, createApprovals } from './approvals.ts'
import { createDoubt, type Doubt } from './doubt.ts'
import { type EntryIndex, entryTables, openEntryIndex } from './entry-index.ts'
import { createEntryViews } from './entry-view.ts'
import { type BundleContents, bytesOf, readContents } from './fill.ts'
import type { CoreView, FromReviewWorker, ReviewCalls, ReviewWorkerOptions, ToReviewWorker } from './messages.ts'
import { createPolicyVersions, type PolicyVersions } from './policy-versions.ts'
import { createSubtrees, type Subtrees } from './subtrees.ts'

/** The thread of one open bundle: verifies and indexes it, then answers. It ends with the review. */

const progressEveryMs = 100

interface Filled {
  readonly index: EntryIndex
  readonly contents: BundleContents
  readonly subtrees: Subtrees
  readonly approvals: Approvals
  readonly policies: PolicyVersions
  readonly doubt: Doubt
}

const standingOf = (code: number, doubted: boolean): ReviewStanding => {
  const standing = entryStandings[code] ?? 'failed'
  return doubted && standing !== 'failed' ? 'attention' : standing
}

const openIndexFile = ({ directory, key }: ReviewWorkerOptions): Db => {
  const db = openDatabase({ path: join(directory, 'index.db'), key, synchronous: 'NORMAL', maxPages: null })
  // It lives as long as this thread: nothing of it has to survive a crash.
  db.pragma('synchronous = OFF')
  db.exec(entryTables)
  return db
}

const fill = async (options: ReviewWorkerOptions, db: Db, signal: AbortSignal): Promise<Filled> => {
  let index: EntryIndex | null = null
  let subtrees: Subtrees | null = null
  let deployment: DeploymentId | null = null
  let first = 0
  const approvals = createApprovals(() => {
    if (deployment === null) throw new LibralError('review.not-open')
    return deployment
  })
  const policies = createPolicyVersions()
  const doubt = createDoubt()
  const contents = await readContents(options.file, {
    signal,
    begin: (manifest) => {
      deployment = manifest.origin
      first = manifest.from
      const opened = openEntryIndex(db, manifest.from)
      index = opened
      subtrees = createSubtrees(manifest, (at) => opened.read(at)?.bytes ?? null)
    },
    context: (read) => {
      policies.before(read)
      if (read.entry === null) return
      doubt.learn(read.entry)
      approvals.learn(read.entry, read.entry.index < first)
    },
    entry: (read) => {
      index?.add(read)
      subtrees?.add(leafHash(read.bytes))
      doubt.add(read.entry)
      if (read.entry === null) return
      approvals.add(read.entry)
      policies.add(read.entry)
    },
  })
  if (index === null || subtrees === null) throw new LibralError('bundle.malformed', { at: 0 })
  const filled: EntryIndex = index
  filled.finish()
  return { index: filled, contents, subtrees, approvals, policies, doubt }
}

const run = async (port: MessagePort, options: ReviewWorkerOptions): Promise<void> => {
  const post = (message: FromReviewWorker): void => port.postMessage(message)
  const ending = new AbortController()
  const began = Date.now()
  let told = 0
  const standings: { readonly from: number; readonly codes: Uint8Array }[] = []
  const db = openIndexFile(options)
  const verifying = verifyBundle(() => bytesOf(options.file), {
    trusted: options.trusted,
    signal: ending.signal,
    judged: (from, codes) => {
      standings.push({ from, codes: codes.slice() })
    },
    progress: (progress) => {
      const now = Date.now()
      if (now - told < progressEveryMs) return
      told = now
      post({ t: 'progress', progress })
    },
  })
  const filling = fill(options, db, ending.signal)
  filling.catch(() => undefined)
  const verdict = await verifying.catch((thrown: unknown) => {
    ending.abort()
    throw thrown
  })
  if (verdict.failure !== null) return post({ t: 'failed', failure: verdict.failure })
  const filled = await filling
  if (filled.contents.digest !== verdict.digest) throw new LibralError('bundle.changed')
  for (const { from, codes } of standings)
    filled.index.judge(
      from,
      Array.from(codes, (code, at) => standingOf(code, filled.doubt.has(from + at - filled.index.from))),
    )
  serve(port, post, filled, verdict, options)
  const span = filled.index.span()
  post({
    t: 'open',
    verdict,
    summary: {
      entries: filled.index.size(),
      standings: { ...filled.index.standings() },
      ...{ firstAt: span?.[0] ?? null, lastAt: span?.[1] ?? null },
      ...{ bytes: filled.contents.manifest.entryBytes, at: Date.now(), tookMs: Date.now() - began },
    },
  })
}

const serve = (
  port: MessagePort,
  post: (message: FromReviewWorker) => void,
  { index, contents, subtrees, approvals, policies }: Filled,
  verdict: BundleVerdict,
  { trusted }: ReviewWorkerOptions,
): void => {
  const view = createEntryViews({
    ...{ index, contents, verdict, trusted, subtrees, approvals },
    policies: policies.all,
  })
  const rowsOf = (indexes: readonly number[]) => indexes.flatMap((at) => index.row(at) ?? [])
  const calls: ReviewCalls = {
    query: index.query,
    count: index.count,
    entry: (at): Promise<CoreView> => view(at),
    facets: index.facets,
    policies: policies.all,
    sample: ({ seed, size, filter }) => {
      const population = index.matching(filter)
      const drawing = { deployment: contents.manifest.origin, seed, size }
      return { population: population.length, rows: rowsOf(drawSample(population, drawing)) }
    },
    noted: (indexes) => index.noted(new Set(indexes)),
  }
  port.on('message', ({ id, name, args }: ToReviewWorker) => {
    // The proxy is typed by ReviewCalls, so what comes for a name is what this name takes.
    const answer = calls[name] as (...args: readonly unknown[]) => unknown
    const reply = async (): Promise<void> => post({ t: 'reply', id, value: await answer(...args) })
    reply().catch((error: unknown) => post({ t: 'refusal', id, failure: failureOf(error) }))
  })
}

if (parentPort !== null) {
  const port = parentPort
  run(port, workerData as ReviewWorkerOptions).catch((error: unknown) =>
    port.postMessage({ t: 'failed', failure: failureOf(error) } satisfies FromReviewWorker),
  )
}
