import { join } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Db, openDatabase } from '#main/replica/open-database.ts'
import type { BundleVerdict } from '#protocol/bundle.ts'
import { failureOf, LibralError } from '#protocol/errors.ts'
import { readCheckpoint } from '#trust/bundle/checkpoints.ts'
import { KnownTree } from '#trust/bundle/known-tree.ts'
import { leafHash } from '#trust/merkle.ts'
import { drawSample } from '#trust/review/sample.ts'
import { type BundleFile, bundleFile, verifyFile } from '../bundle/file.ts'
import { type Approvals, createApprovals } from './approvals.ts'
import { createCertificates } from './certificates.ts'
import { type EntryIndex, entryTables, openEntryIndex } from './entry-index.ts'
import { createEntryViews } from './entry-view.ts'
import { type BundleContents, createFilling } from './fill.ts'
import { handOverIn, logNames, sealedAt } from './handed-over.ts'
import type { CoreView, FromReviewWorker, ReviewCalls, ReviewWorkerOptions, ToReviewWorker } from './messages.ts'
import { createPolicyVersions, type PolicyVersions } from './policy-versions.ts'

/** The thread of one open bundle: verifies and indexes it, then answers. It ends with the review. */

const progressEveryMs = 100

interface Filled {
  readonly index: EntryIndex
  readonly contents: BundleContents
  readonly tree: KnownTree
  readonly approvals: Approvals
  readonly policies: PolicyVersions
}

const openIndexFile = ({ directory, key }: ReviewWorkerOptions): Db => {
  const db = openDatabase({ path: join(directory, 'index.db'), key, synchronous: 'NORMAL', maxPages: null })
  // It lives as long as this thread: nothing of it has to survive a crash.
  db.pragma('synchronous = OFF')
  db.exec(entryTables)
  return db
}

/** Keeps what a bundle holds while it is verified, in the same reading. */
const keeping = (options: ReviewWorkerOptions) => {
  const policies = createPolicyVersions()
  let held: Pick<Filled, 'index' | 'tree' | 'approvals'> | null = null
  const open = (): NonNullable<typeof held> => {
    if (held === null) throw new LibralError('bundle.malformed', { at: 0 })
    return held
  }
  const filling = createFilling({
    begin: (manifest) => {
      const index = openEntryIndex(openIndexFile(options), manifest.from)
      held = { index, tree: KnownTree.of(manifest), approvals: createApprovals(() => manifest.origin) }
    },
    checkpoint: (manifest, { note, proof }) => {
      const size = readCheckpoint(note)?.size
      if (size !== undefined) open().tree.learnCheckpoint(manifest, size, proof)
    },
    context: (read) => {
      policies.before(read)
      const { approvals, index } = open()
      if (read.entry !== null) approvals.learn(read.entry, read.entry.index < index.from)
    },
    entry: (read) => {
      const { index, tree, approvals } = open()
      index.add(read)
      tree.add(leafHash(read.bytes))
      if (read.entry === null) return
      approvals.add(read.entry)
      policies.add(read.entry)
    },
  })
  return {
    take: filling.take,
    judged: (from: number, standings: Uint8Array): void => open().index.judge(from, standings),
    filled(): Filled {
      const kept = open()
      kept.index.finish()
      return { ...kept, policies, contents: filling.contents() }
    },
  }
}

/** An encrypted one is decrypted as it is read, and nothing of it is written anywhere. */
const fileOf = async ({ file, sessionKey }: ReviewWorkerOptions): Promise<BundleFile> => {
  const found = await bundleFile(file)
  if (sessionKey === null) return found
  const { encryptedBundle } = await import('../bundle/encrypted.ts')
  return encryptedBundle(found, { sessionKeys: [sessionKey] })
}

const run = async (port: MessagePort, options: ReviewWorkerOptions): Promise<void> => {
  const post = (message: FromReviewWorker): void => port.postMessage(message)
  const began = Date.now()
  let told = 0
  const kept = keeping(options)
  const file = await fileOf(options)
  const verdict = await verifyFile(file, options.threads, {
    trusted: options.trusted,
    read: kept.take,
    judged: kept.judged,
    progress: (progress) => {
      const now = Date.now()
      if (now - told < progressEveryMs) return
      told = now
      post({ t: 'progress', progress })
    },
  })
  if (verdict.failure !== null) return post({ t: 'failed', failure: verdict.failure })
  const filled = kept.filled()
  serve(port, post, { ...filled, file }, verdict, options)
  const span = filled.index.span()
  post({
    t: 'open',
    verdict,
    summary: {
      entries: filled.index.size(),
      standings: { ...filled.index.standings() },
      ...{ firstAt: span?.[0] ?? null, lastAt: span?.[1] ?? null },
      unapproved: filled.approvals.unapproved(),
      ...{ bytes: filled.contents.manifest.entryBytes, at: Date.now(), tookMs: Date.now() - began },
    },
  })
}

const serve = (
  port: MessagePort,
  post: (message: FromReviewWorker) => void,
  { index, contents, tree, approvals, policies, file }: Filled & { readonly file: BundleFile },
  verdict: BundleVerdict,
  { trusted }: ReviewWorkerOptions,
): void => {
  const view = createEntryViews({
    ...{ index, contents, verdict, trusted, tree, approvals },
    policies: policies.all,
  })
  const rowsOf = (indexes: readonly number[]) => indexes.flatMap((at) => index.row(at) ?? [])
  const calls: ReviewCalls = {
    query: index.query,
    count: index.count,
    total: (filter) => index.matching(filter).length,
    entry: (at): Promise<CoreView> => view(at),
    facets: index.facets,
    policies: policies.all,
    sample: ({ seed, size, filter }) => {
      const population = index.matching(filter)
      const drawing = { deployment: contents.manifest.origin, seed, size }
      return { population: population.length, rows: rowsOf(drawSample(population, drawing)) }
    },
    noted: (indexes) => index.noted(new Set(indexes)),
    ...createCertificates(file, verdict),
    logNames: () => logNames(contents, index),
    handOver: (command) => handOverIn(index, command),
    sealed: (at) => sealedAt(index, at),
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
