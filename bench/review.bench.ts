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
 * signatures of entries, counted apart, beside bare verifications of the same kind on all cores. Entries are read, held
 * against the canonical form and judged on the way, which the bare ones are not. They are many, since the goal is of a
 * million: threads that have just started weigh little there. A core's speed changes from second to
 * second on a shared machine, so both take turns and the median of their ratios counts.
 */
const plan = { entries: 1_000_000, sessions: 160_000, openpgp: 100_000, bare: 8_000, rounds: 3 }
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

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0

/** A log's signatures verified, round for round between two bare verifications of the last one. */
const beside = async (log: FixtureLog, certificate: Uint8Array | null) => {
  const file = join(folder, certificate === null ? 'sessions' : 'openpgp')
  await writeLarge(file, log, log.entries.length)
  const rounds: { readonly rate: number; readonly reference: number }[] = []
  let before = await bare(log, certificate)
  for (let round = 0; round < plan.rounds; round++) {
    const { verdict, signatures } = await verified(file, log, false)
    const { verified: right, unconfirmed, all } = verdict.signatures
    const whole = right + unconfirmed === all && all >= log.entries.length
    const trusted = certificate !== null || verdict.outcome === 'verified'
    if (verdict.findings.length > 0 || !whole || !trusted)
      throw new Error(JSON.stringify([verdict.outcome, verdict.findings]))
    const after = await bare(log, certificate)
    rounds.push({ rate: log.entries.length / signatures, reference: (before + after) / 2 })
    before = after
  }
  const ratios = rounds.map(({ rate, reference }) => rate / reference)
  const [rate, reference] = [rounds.map((it) => it.rate), rounds.map((it) => it.reference)].map(median)
  return {
    ratio: median(ratios),
    ratios: ratios.map((it) => it.toFixed(2)).join(', '),
    text: `${Math.round(rate ?? 0)}/s, reference ${Math.round(reference ?? 0)}/s`,
  }
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

  const sessions = await beside(await makeLog({ count: plan.sessions }), null)
  say(
    `session signatures: ${sessions.text} (bare Ed25519 on ${cores} cores), median ratio ${sessions.ratio.toFixed(2)} (at least 0.7) of ${sessions.ratios}`,
  )
  const people = await beside(
    await makeLog({ count: plan.openpgp, operator, every: 1 }),
    operator.certificate.write() as Uint8Array,
  )
  say(
    `OpenPGP signatures: ${people.text} (bare verification of that kind on ${cores} cores), median ratio ${people.ratio.toFixed(2)} (at least 0.7) of ${people.ratios}`,
  )
  const missed = [
    plan.entries / tree < 200_000 ? 'tree' : [],
    sessions.ratio < 0.7 ? 'session signatures' : [],
    people.ratio < 0.7 ? 'OpenPGP signatures' : [],
  ].flat()
  say(missed.length === 0 ? 'goals reached' : `goals missed: ${missed.join(', ')}`)
  if (missed.length > 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
