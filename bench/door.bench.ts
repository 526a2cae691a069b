import { enrolCertificate } from '#protocol/certificates.ts'
import type { Json, OpenpgpSignature, SignedCommand } from '#protocol/command.ts'
import { leaveHandover } from '#protocol/events.ts'
import { signByKey } from '#tests/fixtures/client/certified.ts'
import { enrolmentOf } from '#tests/fixtures/client/own-key.ts'
import { identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { newDeployment } from '#tests/integration/kernel/harness.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import { verifyContextLock } from '#trust/context-lock.ts'
import { generateSigner, verify } from '#trust/ed25519.ts'

/**
 * Commands that an operator's OpenPGP key signed (handover notes: whatever the risk, the door's way is the same), through
 * the door of a kernel in this process: an offered load of 1,000 a second for ten seconds, each at its own time whatever
 * became of the others, and saturation. Signatures are made beforehand; what offers the load runs in the same process, on
 * the same two cores. Beside it the bare verification of the same signatures, and of Ed25519 by session keys, 256 at once.
 *
 * The goal is 1,000 a second with p95 under 100 ms; what is asked for here leaves room for a machine that is not alone.
 * Of the first second, in which nothing is compiled yet, p95 is told apart.
 */
const perSecond = 1_000
const seconds = Number(process.env['BENCH_SECONDS'] ?? 10)
const count = perSecond * (1 + seconds)
const goal = { p95Ms: 60, saturated: 1_300 } as const

const kinds = {
  'v6 curve25519': v6Kinds['v6 curve25519'],
  'v4 curve25519Legacy': v4Kinds['v4 curve25519Legacy'],
} as const

const quantile = (sorted: readonly number[], at: number): number => sorted[Math.floor((sorted.length - 1) * at)] ?? 0

const rateOf = async (work: readonly (() => Promise<unknown>)[]): Promise<number> => {
  const began = performance.now()
  const left = work[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (const one of left) await one()
  }
  await Promise.all(Array.from({ length: 256 }, worker))
  return work.length / ((performance.now() - began) / 1_000)
}

for (const [kind, of] of Object.entries(kinds)) {
  const deployment = newDeployment()
  try {
    const opened = await deployment.open()
    const { kernel } = opened
    const operator = 'suzuki'
    const person = await opened.signIn(operator, 'administrator')
    const key = await identity(of)
    const context = kernel.deployment.id
    const enrolment = await enrolmentOf(key, context, operator)
    await kernel.submit(person.sign(enrolCertificate, enrolment))
    const made = (amount: number): Promise<SignedCommand[]> =>
      Promise.all(
        Array.from({ length: amount }, (_, name) =>
          signByKey(key, {
            ...{ context, command: leaveHandover.name, operator },
            params: { shift: '日勤', text: `引き継ぎ ${name}` },
          }),
        ),
      )
    const offered = await made(count)
    const latencies: number[] = []
    const cpu = process.cpuUsage()
    const began = performance.now()
    const submitted = offered.map(async (command, nth) => {
      const due = began + (nth * 1_000) / perSecond
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
      await kernel.submit(command)
      latencies[nth] = performance.now() - due
    })
    await Promise.all(submitted)
    const took = (performance.now() - began) / 1_000
    const { user, system } = process.cpuUsage(cpu)
    const [first, rest] = [latencies.slice(0, perSecond), latencies.slice(perSecond)].map((part) =>
      part.sort((one, other) => one - other),
    ) as [number[], number[]]
    const saturated = await made(4_000)
    const rate = await rateOf(saturated.map((command) => () => kernel.submit(command)))
    const certificates = [{ key: key.certificate, operator, ended: null }]
    const bare = await rateOf(
      saturated.map((command) => () => {
        const { value } = command.signatures[0] as OpenpgpSignature
        const statement = canonicalBytes(command.statement as unknown as Json)
        const expected = { context, purpose: 'command', at: Date.now(), certificates }
        return verifyContextLock({ statement, signature: fromBase64url(value), bound: command }, expected)
      }),
    )
    const session = generateSigner()
    const bytes = canonicalBytes(saturated[0]?.statement as unknown as Json)
    const signature = session.sign(bytes)
    const ed25519 = await rateOf(saturated.map(() => () => verify(session.publicKey, bytes, signature)))
    const p95 = quantile(rest, 0.95)
    const reached = p95 < goal.p95Ms && rate >= goal.saturated
    if (!reached) process.exitCode = 1
    const ms = (at: number): string => `p${at * 100} ${quantile(rest, at).toFixed(0)} ms`
    console.log(
      `door.openpgp ${kind}: offered ${perSecond}/s for ${took.toFixed(1)} s, ${ms(0.5)}, ${ms(0.95)} (goal ${goal.p95Ms}), ${ms(0.99)}, first second p95 ${quantile(first, 0.95).toFixed(0)} ms; ` +
        `${Math.round((user + system) / count)} us of CPU each, threads and load included\n` +
        `  saturated ${Math.round(rate)}/s (goal ${goal.saturated}), reference bare Context-Lock ${Math.round(bare)}/s, ratio ${(bare / rate).toFixed(2)}; ` +
        `bare Ed25519 ${Math.round(ed25519)}/s\n` +
        `  goal ${reached ? 'reached' : 'MISSED'}`,
    )
    await kernel.drain()
  } finally {
    deployment.remove()
  }
}
