import { expect, test } from 'vitest'
import type { Outcome, SignedCommand } from '#protocol/command.ts'
import { leaveHandover } from '#protocol/events.ts'
import { failureOfCall } from '#tests/fixtures/client/rpc-client.ts'
import { redeemAs, resumeInTime, type Session, signInAs } from '#tests/fixtures/client/session.ts'
import { makePlace, type StandaloneProcess, startStandalone } from './standalone-process.ts'

/** Replay one run with SEED=… */
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const rounds = 3
const clients = 20

/** mulberry32: a stream of numbers in [0, 1) from a seed. */
const randomFrom = (start: number) => {
  let state = start
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Ledger {
  /** Everything that was ever sent, by id. */
  readonly sent: Map<string, { readonly session: Session; readonly signed: SignedCommand }>
  readonly acknowledged: Map<string, Outcome>
}

/** Sends until the connection breaks, a few at a time; what was acknowledged goes into the ledger. */
const flow = async (session: Session, ledger: Ledger, random: () => number): Promise<void> => {
  while (session.socket.readyState === session.socket.OPEN) {
    const batch = Array.from({ length: 1 + Math.floor(random() * 8) }, () =>
      session.sign(leaveHandover, { shift: '夜勤', text: `${random()}` }),
    )
    await Promise.all(
      batch.map(async (signed) => {
        ledger.sent.set(signed.statement.id, { session, signed })
        const outcome = await session.api.command.submit(signed).catch(() => undefined)
        if (outcome) ledger.acknowledged.set(outcome.id, outcome)
      }),
    )
  }
}

const grown = async (map: ReadonlyMap<string, unknown>, by: number): Promise<void> => {
  const wanted = map.size + by
  while (map.size < wanted) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Every entry's command id with its place, read from the log itself. */
const placesInLog = async (session: Session): Promise<Map<string, number[]>> => {
  const { size } = await session.api.log.head({})
  const places = new Map<string, number[]>()
  for (let from = 0; from < size; from += 200) {
    const indexes = Array.from({ length: Math.min(200, size - from) }, (_, i) => from + i)
    const entries = await Promise.all(indexes.map((index) => session.api.log.entry({ index })))
    for (const { index, command } of entries) {
      places.set(command.statement.id, [...(places.get(command.statement.id) ?? []), index])
    }
  }
  return places
}

test(`kill -9 while ${clients} clients send loses nothing that was acknowledged (SEED=${seed})`, async () => {
  const random = randomFrom(seed)
  const place = await makePlace()
  let backend: StandaloneProcess | undefined = await startStandalone(place.directory)
  const { session: administrator, token: secret } = await redeemAs(backend.address, backend.code)
  await administrator.close()
  const ledger: Ledger = { sent: new Map(), acknowledged: new Map() }
  try {
    let sessions = await signInAll(backend.address, secret)
    for (let round = 0; round < rounds; round++) {
      const flows = sessions.map((session) => flow(session, ledger, random))
      // Counted in answers rather than milliseconds, so that a slow machine tests the same.
      await grown(ledger.acknowledged, Math.ceil(random() * 400))
      backend.process.kill('SIGKILL')
      await backend.exited
      await Promise.all(flows)
      backend = await startStandalone(place.directory)
      const { address } = backend
      sessions = await Promise.all(sessions.map(({ signer }) => resumeInTime(address, signer)))
    }
    const [first] = sessions
    if (!first) throw new Error('no session')
    const places = await placesInLog(first)
    for (const [id, { index }] of ledger.acknowledged) expect(places.get(id)).toEqual([index])
    for (const [id, at] of places) expect(at, id).toHaveLength(1)
    await resubmitAll(sessions, ledger, places)
    await Promise.all(sessions.map((session) => session.close()))
  } finally {
    backend.process.kill('SIGKILL')
    await backend.exited
    await place.remove()
  }
})

const signInAll = (address: string, secret: string): Promise<Session[]> =>
  Promise.all(Array.from({ length: clients }, (_, i) => signInAs(address, { method: 'token', secret }, `client ${i}`)))

/** The same ids again: what is in the log keeps its outcome, what is not is taken now, once. */
const resubmitAll = async (sessions: readonly Session[], ledger: Ledger, before: Map<string, number[]>) => {
  const [session] = sessions
  if (!session) throw new Error('no session')
  const outcomes = new Map<string, Outcome>()
  const all = [...ledger.sent.values()]
  for (let i = 0; i < all.length; i += 100) {
    const some = await Promise.all(all.slice(i, i + 100).map(({ signed }) => session.api.command.submit(signed)))
    for (const outcome of some) outcomes.set(outcome.id, outcome)
  }
  for (const [id, outcome] of ledger.acknowledged) expect(outcomes.get(id)).toEqual(outcome)
  for (const [id, outcome] of outcomes) expect(outcome.index).toBe(before.get(id)?.[0] ?? outcome.index)
  const after = await placesInLog(session)
  for (const [id, { index }] of outcomes) expect(after.get(id)).toEqual([index])
  const unknown = session.api.log.entry({ index: after.size + 1_000 })
  expect(await failureOfCall(unknown)).toMatchObject({ code: 'log.out-of-range' })
}
