import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBackend } from '#backend/host.ts'
import { createSeenStore } from '#main/audit/seen-store.ts'
import { type AskHead, createWitness, witnessSigner } from '#main/audit/witness.ts'
import { leaveHandover } from '#protocol/events.ts'
import { type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { noteKeyTypes } from '#trust/tlog/note.ts'

/**
 * What looking at the log adds to a sync: asking for the signed head with its proof, verifying both, signing what was seen
 * and having it on disk. Beside it, over the same connection: a call that answers no more than a number and a hash. The log
 * grows by some entries between looks, so that each has something to prove.
 */
const entries = 20_000
const looks = 300
const grownBy = 7
const goalMs = 5
const atOnce = 512

const folder = mkdtempSync(join(tmpdir(), 'libral-witness-'))
const secret = 'a launch secret of this benchmark'
const backend = await startBackend({
  directory: join(folder, 'data'),
  storageKey: randomBytes(32),
  mode: 'embedded',
  listen: [{ kind: 'pipe', path: join(folder, 's') }],
  launchSecret: secret,
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
})
const session = await signInAs(backend.addresses[0] ?? '', { method: 'launch', secret })

const grow = async ({ api, sign }: Session, count: number): Promise<void> => {
  const made = Array.from({ length: count }, (_, nth) =>
    sign(leaveHandover, { shift: '夜勤', text: `申し送り ${nth}` }),
  )
  await Promise.all(made.map((command) => api.command.submit(command)))
}
for (let left = entries; left > 0; left -= atOnce) await grow(session, Math.min(left, atOnce))

const { deployment, logKey } = session.hello
const log = { name: deployment, type: noteKeyTypes.signature, publicKey: fromBase64url(logKey) }
const ask: AskHead = async (seen) => {
  const { note, proof } = await session.api.log.checkpoint({ seen })
  return { note, proof: proof.map(fromBase64url) }
}
const witness = createWitness(createSeenStore(join(folder, 'checkpoints')), witnessSigner(randomBytes(32)))
await witness.check(log, ask)

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}
const looked: number[] = []
const called: number[] = []
for (let nth = 0; nth < looks; nth++) {
  await grow(session, grownBy)
  // In turns, so that neither has the machine for itself.
  called.push(await timed(() => session.api.log.head({})))
  looked.push(await timed(() => witness.check(log, ask)))
}
const at = (times: number[], share: number): number =>
  times.sort((one, other) => one - other)[Math.floor(times.length * share)] ?? 0
const line = (name: string, times: number[]): string =>
  `${name}  p50 ${at(times, 0.5).toFixed(2)} ms  p95 ${at(times, 0.95).toFixed(2)} ms`

console.log(`log of ${witness.seen()?.checkpoint.size} entries, ${looks} looks, ${grownBy} new entries each`)
console.log(line('a call for the head alone (reference)', called))
console.log(line('a look: proof, signature, on disk     ', looked))
console.log(
  `added at sync, p50: ${at(looked, 0.5).toFixed(2)} ms = ${(at(looked, 0.5) / at(called, 0.5)).toFixed(1)} × the call`,
)
const met = at(looked, 0.5) < goalMs
console.log(`goal: under ${goalMs} ms  ${met ? 'met' : 'NOT MET'}`)

await session.close()
await backend.stop()
rmSync(folder, { recursive: true, force: true })
process.exitCode = met ? 0 : 1
