import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { bundleFile } from '#main/audit/bundle/file.ts'
import { threadHands } from '#main/audit/bundle/threads.ts'
import { began, type FixtureLog, logKeyText, makeLog } from '#tests/fixtures/bundle/log.ts'
import { identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { parseEntry } from '#trust/entry.ts'
import { signedBytes, statementBytes } from '#trust/statement.ts'
import { writeLarge } from './review/make.ts'

/**
 * A bundle of a million entries: file, hashes, tree and checkpoints beside one bare SHA-256 over the same file; and the
 * signatures of entries, counted apart, beside bare verifications of the same kind on all cores. Entries are read, put
 * into canonical form and judged on the way, which the bare ones are not.
 */
const plan = { entries: 1_000_000, sessions: 40_000, openpgp: 40_000, bare: 6_000 }
const cores = availableParallelism()
const program = new URL('../main/audit/bundle/worker.ts', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'libral-review-'))

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1_000
}
const say = (text: string): void => console.log(`review.${text}`)
const trustedIn = (log: FixtureLog) => [{ kind: 'log', key: logKeyText(log), label: '', at: 0 }] as const

const verified = async (file: string, log: FixtureLog, treeOnly: boolean) => {
  const { open } = await bundleFile(file)
  const hands = threadHands(program, cores)
  let begun = performance.now()
  let first = 0
  try {
    // Threads that have started are the app's and the command's from then on.
    const verdict = await verifyBundle(open, {
      hands,
      treeOnly,
      trusted: trustedIn(log),
      progress: ({ step, done, all }) => {
        if (step === 'tree' && done === all) {
          first = (performance.now() - begun) / 1_000
          begun = performance.now()
        }
      },
    })
    return { verdict, tree: first, signatures: (performance.now() - begun) / 1_000 }
  } finally {
    await hands.close()
  }
}

const sha256Of = async (file: string): Promise<void> => {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(piece as Uint8Array)
  hash.digest()
}

/** Verifications a second of a log's last signature, all cores at once. */
const bare = async (log: FixtureLog, certificate: Uint8Array | null): Promise<number> => {
  const { command } = parseEntry(log.entries.at(-1) as Uint8Array)
  const workerData = {
    ...{
      key: log.session.publicKey,
      data: signedBytes(command.statement),
      statement: statementBytes(command.statement),
    },
    ...{ signature: fromBase64url(command.signatures[0]?.value ?? ''), certificate, count: plan.bare },
  }
  const program = certificate
    ? new URL('./review/bare-openpgp.ts', import.meta.url)
    : new URL('./review/bare.ts', import.meta.url)
  const rates = await Promise.all(
    Array.from({ length: cores }, async () => {
      const worker = new Worker(program, { workerData })
      const { ms, right } = await new Promise<{ ms: number; right: number }>((resolve, reject) =>
        worker.once('message', resolve).once('error', reject),
      )
      if (right !== plan.bare) throw new Error('a bare verification failed')
      return (plan.bare * 1_000) / ms
    }),
  )
  return rates.reduce((sum, rate) => sum + rate, 0)
}

try {
  const operator = await identity(v6Kinds['v6 curve25519'], { date: new Date(began - 60_000) })
  const short = await makeLog({ count: 64 })
  const large = join(folder, 'large')
  const making = await seconds(() => writeLarge(large, short, plan.entries))
  const sha256 = await seconds(() => sha256Of(large))
  const idle = process.memoryUsage.rss()
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  const { verdict, tree } = await verified(large, short, true)
  clearInterval(watch)
  if (verdict.steps.slice(0, 3).some(({ state }) => state !== 'passed'))
    throw new Error(JSON.stringify(verdict.findings))
  say(
    `tree: ${Math.round(plan.entries / tree)} entries/s (at least 200000), reference (bare SHA-256 of the file) ${Math.round(plan.entries / sha256)}, ratio ${(tree / sha256).toFixed(1)}; ${plan.entries} entries, RSS ${Math.round(idle / 1e6)} to ${Math.round(peak / 1e6)} MB, made in ${making.toFixed(0)} s`,
  )

  const sessions = await makeLog({ count: plan.sessions })
  const some = join(folder, 'sessions')
  await writeLarge(some, sessions, plan.sessions)
  const before = await bare(sessions, null)
  const { verdict: signed, signatures } = await verified(some, sessions, false)
  const after = await bare(sessions, null)
  if (signed.outcome !== 'verified') throw new Error(JSON.stringify(signed.findings))
  const reference = (before + after) / 2
  const rate = plan.sessions / signatures
  say(
    `session signatures: ${Math.round(rate)}/s, reference (bare Ed25519 on ${cores} cores) ${Math.round(reference)}/s, ratio ${(rate / reference).toFixed(2)} (at least 0.7); ${signed.signatures.verified}/${signed.signatures.all} verified`,
  )

  const people = await makeLog({ count: plan.openpgp, operator, every: 1 })
  const few = join(folder, 'openpgp')
  await writeLarge(few, people, plan.openpgp)
  const certificate = operator.certificate.write() as Uint8Array
  const earlier = await bare(people, certificate)
  const { verdict: locked, signatures: took } = await verified(few, people, false)
  const ofThatKind = (earlier + (await bare(people, certificate))) / 2
  const perSecond = plan.openpgp / took
  if (locked.findings.length > 0) throw new Error(JSON.stringify(locked.findings))
  say(
    `OpenPGP signatures: ${Math.round(perSecond)}/s, reference (bare verification of that kind on ${cores} cores) ${Math.round(ofThatKind)}/s, ratio ${(perSecond / ofThatKind).toFixed(2)} (at least 0.7), bare Ed25519 ${Math.round(reference)}/s; ${locked.signatures.verified + locked.signatures.unconfirmed}/${locked.signatures.all} right`,
  )
  const missed = [
    plan.entries / tree < 200_000 ? 'tree' : [],
    rate / reference < 0.7 ? 'session signatures' : [],
    perSecond / ofThatKind < 0.7 ? 'OpenPGP signatures' : [],
  ].flat()
  say(missed.length === 0 ? 'goals reached' : `goals missed: ${missed.join(', ')}`)
  if (missed.length > 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
