import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answer, startChild } from './child.ts'

/**
 * 1,000 webhooks a second into the inbox, each answered once it is on disk, beside bare inserts: the same bytes, one row a
 * transaction, by the same engine without server, bounds or deduplication. The sender keeps its pace whatever the answers
 * do, so that a pause counts for everything that came in it. The first second, in which both programs are still being
 * compiled, is told apart.
 */
const plan = { perSecond: 1_000, seconds: 11, sockets: 64, goalMs: 100 }

const agent = new Agent({ keepAlive: true, maxSockets: plan.sockets })
const bodyOf = (nth: number): Buffer =>
  Buffer.from(JSON.stringify({ id: `WH-${nth}`, event_type: 'PAYMENT.CAPTURE.COMPLETED', note: 'x'.repeat(1_200) }))

const send = (port: number, nth: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const body = bodyOf(nth)
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const asked = request(
      { port, host: '127.0.0.1', method: 'POST', path: '/webhooks/shop', agent, headers },
      (got) => {
        got.resume().on('end', () => resolve(got.statusCode ?? 0))
      },
    )
    asked.on('error', reject).end(body)
  })

interface Run {
  /** Milliseconds from when each was due to its answer, rising. */
  readonly times: readonly number[]
  readonly first: readonly number[]
  readonly refused: number
}
const rising = (times: readonly number[]): readonly number[] => times.toSorted((one, other) => one - other)

const run = async (port: number): Promise<Run> => {
  const [times, first]: [number[], number[]] = [[], []]
  let refused = 0
  const sent: Promise<void>[] = []
  const begun = performance.now()
  for (let nth = 0; nth < plan.perSecond * plan.seconds; nth++) {
    const due = begun + (nth * 1_000) / plan.perSecond
    const wait = due - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    sent.push(
      send(port, nth).then((status) => {
        if (status === 200) (nth < plan.perSecond ? first : times).push(performance.now() - due)
        else refused++
      }),
    )
  }
  await Promise.all(sent)
  return { times: rising(times), first: rising(first), refused }
}

const at = (times: readonly number[], part: number): string =>
  (times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0).toFixed(1)

const folder = mkdtempSync(join(tmpdir(), 'libral-bench-'))
const child = startChild(join(import.meta.dirname, 'webhooks', 'server.ts'))
try {
  child.send({ folder, body: bodyOf(0) })
  const { port, bare } = await answer<{ port: number; bare: number }>(child)
  const { times, first, refused } = await run(port)
  child.send('count')
  const kept = await answer<number>(child)
  console.log(
    `webhooks.inbox: ${plan.perSecond}/s for ${plan.seconds - 1} s, p50 ${at(times, 0.5)} ms, p95 ${at(times, 0.95)} ms, ` +
      `p99 ${at(times, 0.99)} ms (goal ${plan.goalMs}), first second p99 ${at(first, 0.99)} ms; refused ${refused}, kept ${kept}; ` +
      `reference: ${bare} bare inserts/s, ratio ${(bare / plan.perSecond).toFixed(2)}`,
  )
  const whole = refused === 0 && kept === plan.perSecond * plan.seconds
  const reached = whole && Number(at(times, 0.99)) < plan.goalMs
  console.log(reached ? '  goal reached' : '  goal MISSED')
  if (!reached) process.exitCode = 1
} finally {
  agent.destroy()
  child.kill()
  await once(child, 'exit')
  rmSync(folder, { recursive: true, force: true })
}
