import { agentKey, cardKeys } from '#main/vault/hardware/agent-key.ts'
import { withAgent } from '#main/vault/hardware/agent-socket.ts'
import type { AskSecret } from '#main/vault/hardware/ask.ts'
import { generateOnCard } from '#main/vault/hardware/card-generate.ts'
import { cardPlaceLacks, openCardPlace } from '#tests/fakes/card/place.ts'

/**
 * A signature by the virtual card (Ed25519, PIN asked each time) through pcscd, scdaemon and gpg-agent, from the request
 * to the numbers, beside `gpg --card-status` with the same card in the same run. Goal: under 300 ms.
 */
const goalMs = 300
const rounds = 20

const ask: AskSecret = async ({ kind }) => Buffer.from(kind === 'pin' ? '123456' : '12345678')

const timed = async (work: () => Promise<unknown>): Promise<number[]> => {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now()
    await work()
    times.push(performance.now() - began)
  }
  return times.sort((one, other) => one - other)
}

const line = (name: string, times: readonly number[]): string => {
  const at = (part: number): string => (times[Math.floor((times.length - 1) * part)] ?? 0).toFixed(0).padStart(5)
  return `${name.padEnd(28)} best ${at(0)} ms, median ${at(0.5)} ms, p95 ${at(0.95)} ms`
}

const run = async (): Promise<boolean> => {
  const place = await openCardPlace()
  try {
    const home = { home: place.gnupg.path, ask }
    const createdAt = await withAgent(home, (agent) => generateOnCard(agent, ask, 1, '25519'))
    const found = (await cardKeys(home)).get(1)
    if (found === undefined) throw new Error('no key on the card')
    const key = await agentKey(home, found, createdAt)
    const digest = new Uint8Array(32).fill(1)
    const ours = await timed(async () => key.sign?.(8, digest))
    const theirs = await timed(() => place.gnupg.gpg(['--card-status']))
    console.log(line('sign by the virtual card', ours))
    console.log(line('gpg --card-status beside it', theirs))
    const median = ours[Math.floor(rounds / 2)] ?? Number.POSITIVE_INFINITY
    console.log(`goal: under ${goalMs} ms → ${median < goalMs ? 'reached' : 'missed'} (median ${median.toFixed(0)} ms)`)
    return median < goalMs
  } finally {
    await place.stop()
  }
}

const missing = cardPlaceLacks()
if (missing !== null) console.log(`skipped: ${missing} is not installed`)
else if (!(await run())) process.exitCode = 1
