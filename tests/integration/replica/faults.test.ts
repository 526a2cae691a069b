import { afterEach, describe, expect, it } from 'vitest'
import type { HandoverRow } from '#protocol/events.ts'
import { type KillableBackend, killableBackend } from './backend.ts'
import { allRows, freshDirectory, live, picture, reached, type TestDesk, testDesk, until } from './desks.ts'
import { chance, pause } from './random.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const world = async (): Promise<{
  readonly backend: KillableBackend
  readonly desk: TestDesk
  readonly directory: string
}> => {
  const directory = freshDirectory()
  const backend = killableBackend(directory)
  const desk = await testDesk(`${directory}/desk`)
  cleanups.push(backend.kill, desk.close)
  return { backend, desk, directory }
}

const handOver = (desk: TestDesk, text: string) => desk.commands.submit('events.handOver', { shift: '夜勤', text })

const texts = async (desk: TestDesk): Promise<string[]> =>
  (await allRows(desk, 'events.handovers')).map((row) => (row as unknown as HandoverRow).text)

/** Everything submitted was accepted, and the desk shows it. */
const settled = async (desk: TestDesk): Promise<void> => {
  await until(desk, (state) => live(state) && state.pendingCommands === 0)
  const states = desk.commands.sent().map(({ state, failure }) => failure?.code ?? state)
  expect([...new Set(states)]).toEqual(['accepted'])
  await reached(desk, Math.max(...desk.commands.sent().map(({ outcome }) => outcome?.size ?? 0)))
}

describe('a desk among faults', () => {
  it('has each command in the log once, however often the backend is killed', async ({ annotate }) => {
    const { backend, desk, directory } = await world()
    const { seed, next } = chance()
    await annotate(`LIBRAL_SEED=${seed}`)
    let endpoint = await backend.start()
    desk.connect(endpoint)
    await until(desk, live)
    const wanted: string[] = []
    const running: Promise<unknown>[] = []
    const submit = (text: string): void => {
      wanted.push(text)
      running.push(handOver(desk, text))
    }
    for (let round = 0; round < 4; round++) {
      for (let nth = 0; nth < 20; nth++) {
        submit(`引き継ぎ ${round}-${nth}`)
        if (next() < 0.3) await pause(next() * 20)
      }
      await pause(next() * 60)
      await backend.kill()
      submit(`切断中 ${round}`)
      endpoint = await backend.start()
      desk.connect(endpoint)
      await until(desk, live)
    }
    await Promise.all(running)
    await settled(desk)
    expect((await texts(desk)).sort()).toEqual([...wanted].sort())

    const other = await testDesk(`${directory}/other`)
    cleanups.push(other.close)
    other.connect(endpoint)
    await until(other, live)
    await handOver(desk, '最後')
    await settled(desk)
    await until(other, (state) => state.replica.collections['events.handovers']?.rows === wanted.length + 1)
    expect(await picture(desk)).toEqual(await picture(other))
  })

  it('shows what the backend has, however often its worker dies', async ({ annotate }) => {
    const { backend, desk, directory } = await world()
    const { seed, next } = chance()
    await annotate(`LIBRAL_SEED=${seed}`)
    const endpoint = await backend.start()
    desk.connect(endpoint)
    await until(desk, live)
    const running: Promise<unknown>[] = []
    for (let round = 0; round < 6; round++) {
      for (let nth = 0; nth < 15; nth++) running.push(handOver(desk, `引き継ぎ ${round}-${nth}`))
      await pause(next() * 80)
      await desk.killReplica()
    }
    await Promise.all(running)
    await settled(desk)
    expect(new Set(await texts(desk)).size).toBe(90)
    expect(await texts(desk)).toHaveLength(90)
    const other = await testDesk(`${directory}/other`)
    cleanups.push(other.close)
    other.connect(endpoint)
    await until(other, live)
    const size = desk.state().replica.collections['events.handovers']?.offset ?? 0
    await reached(other, size)
    expect(await texts(other)).toEqual(await texts(desk))
  })

  it('keeps what was not sent over a restart of the app, and takes back what was not', async () => {
    const { backend, desk, directory } = await world()
    desk.connect(await backend.start())
    await until(desk, live)
    await backend.kill()
    await until(desk, (state) => state.link.state === 'waiting')
    const kept = await handOver(desk, '残る')
    const taken = await handOver(desk, '取り消す')
    expect([kept.state, taken.state]).toEqual(['queued', 'queued'])
    await desk.commands.withdraw(taken.id)
    await desk.close()
    expect(desk.listeners()).toBe(0)

    const again = await testDesk(`${directory}/desk`)
    cleanups.push(again.close)
    expect(again.commands.sent().map(({ state }) => state)).toEqual(['queued', 'expired'])
    expect(again.state().deployment.id).toMatch(/^libral:/)
    again.connect(await backend.start())
    await until(again, (state) => live(state) && state.pendingCommands === 0)
    await until(again, (state) => state.replica.collections['events.handovers']?.rows === 1)
    expect(await texts(again)).toEqual(['残る'])
  })

  it('reads on when locked, and signs nothing until it is asked to connect again', async () => {
    const { backend, desk } = await world()
    const endpoint = await backend.start()
    desk.connect(endpoint)
    await until(desk, live)
    desk.lock()
    await expect(handOver(desk, '施錠中')).rejects.toMatchObject({ code: 'session.locked' })
    expect(desk.state().link.state).toBe('live')
    desk.connect(endpoint)
    await until(desk, (state) => live(state))
    expect((await handOver(desk, '解錠後')).state).toBe('accepted')
  })

  it('stops for a wrong secret, until it is given another one', async () => {
    const { backend, desk } = await world()
    const endpoint = await backend.start()
    desk.connect({ ...endpoint, credential: { method: 'launch', secret: 'not-this-secret-0000' } })
    const state = await until(desk, ({ link }) => link.state === 'stopped')
    expect(state.link.failure?.code).toBe('session.secret-wrong')
    desk.connect(endpoint)
    await until(desk, live)
  })
})
