import { expect, test } from 'vitest'
import type { SentRecord } from '#main/replica/messages.ts'
import type { Outcome } from '#protocol/command.ts'
import { type ErrorCode, LibralError } from '#protocol/errors.ts'
import { leaveHandover } from '#protocol/events.ts'
import { generateSigner, type Signer } from '#trust/ed25519.ts'
import { createCommands } from './commands.ts'
import type { LinkView } from './link.ts'
import { settledOutcome } from './outcome.ts'
import type { BackendClient } from './wire.ts'

const context = 'libral:01990000-0000-7000-8000-000000000000'
const viewOf = (signer: Signer): LinkView =>
  ({
    ...{ hello: { deployment: context }, skewMs: 0 },
    session: { signer, signedIn: { operator: 'local', key: signer.keyId } },
  }) as unknown as LinkView
const outcome = (id: string): Outcome => ({ id, index: 4, size: 5, at: 1 }) as Outcome
const params = { shift: '日勤', text: '引き継ぎ' }
/** Until everything that can go on has gone on. */
const settled = () => new Promise(setImmediate)

/** A desktop with a backend that answers as told; what it does in which order is written down. */
const desktop = (stored: readonly SentRecord[] = []) => {
  const did: string[] = []
  const world = {
    did,
    signer: generateSigner(),
    connected: true,
    written: Promise.resolve() as Promise<void>,
    answer: async (id: string): Promise<Outcome> => outcome(id),
    outcome: async (_id: string): Promise<Outcome | null> => null,
  }
  const client = {
    command: {
      submit: ({ statement: { id } }: SentRecord['signed']) => {
        did.push('sent')
        return world.answer(id)
      },
      outcome: ({ id }: { id: string }) => world.outcome(id),
    },
  } as unknown as BackendClient
  const commands = createCommands({
    stored,
    store: async (records) => {
      await world.written
      did.push(...records.map(({ state }) => `stored ${state}`))
    },
    view: () => viewOf(world.signer),
    client: () => (world.connected ? client : null),
    settleClock: async () => undefined,
  })
  return Object.assign(world, { commands })
}
const refuseWith = (code: ErrorCode) => async (): Promise<never> => {
  throw new LibralError(code)
}

test('what is being written is not sent before it stands on disk, though the link comes up meanwhile', async () => {
  for (const connected of [true, false]) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const desk = Object.assign(desktop(), { written: promise, connected })
    const posted = desk.commands.submit(leaveHandover.name, params)
    await settled()
    desk.connected = true
    desk.commands.flush()
    await settled()
    expect(desk.did).toEqual([])
    resolve()
    expect(await posted).toMatchObject({ state: 'accepted' })
    expect(desk.did.slice(0, -1).at(-1)).toBe('stored sent')
    expect(desk.did.at(-1)).toBe('sent')
    desk.commands.close()
  }
})

test('what could not be written is told as failed, and never sent', async () => {
  const desk = desktop()
  desk.written = Promise.reject(new LibralError('replica.unavailable'))
  await expect(desk.commands.submit(leaveHandover.name, params)).rejects.toMatchObject({ code: 'replica.unavailable' })
  desk.written = Promise.resolve()
  desk.commands.flush()
  await settled()
  expect(desk.did).not.toContain('sent')
  expect(desk.commands.sent()).toMatchObject([{ state: 'expired', failure: { code: 'replica.unavailable' } }])
  desk.commands.close()
})

test('what waited for the link and can not be marked as sent waits on, marked as it was', async () => {
  const desk = Object.assign(desktop(), { connected: false })
  expect(await desk.commands.submit(leaveHandover.name, params)).toMatchObject({ state: 'queued' })
  Object.assign(desk, { connected: true, written: Promise.reject(new LibralError('replica.unavailable')) })
  desk.commands.flush()
  await settled()
  expect(desk.did).toEqual(['stored queued'])
  desk.written = Promise.resolve()
  desk.commands.flush()
  await settled()
  expect(desk.did.slice(-2)).toEqual(['stored sent', 'sent'])
  expect(desk.commands.sent()).toMatchObject([{ state: 'accepted' }])
  desk.commands.close()
})

test.each([
  'link.offline',
  'link.overloaded',
  'link.rate-limited',
  'storage.unavailable',
  'storage.full',
  'session.ended',
] as const)('%s decides nothing: the same command is sent again', async (code) => {
  const desk = desktop()
  desk.answer = refuseWith(code)
  expect(await desk.commands.submit(leaveHandover.name, params)).toMatchObject({ state: 'sent', failure: null })
  desk.answer = async (id) => outcome(id)
  desk.commands.flush()
  await settled()
  expect(desk.commands.sent()).toMatchObject([{ state: 'accepted' }])
  desk.commands.close()
})

test('who needs the outcome gets it, or nothing of what could not be sent is done later', async () => {
  const desk = desktop()
  const settle = async () => settledOutcome(desk.commands, await desk.commands.submit(leaveHandover.name, params))
  expect(await settle()).toMatchObject({ index: 4 })
  desk.answer = refuseWith('command.not-permitted')
  await expect(settle()).rejects.toMatchObject({ code: 'command.not-permitted' })
  desk.answer = refuseWith('link.time-out')
  await expect(settle()).rejects.toMatchObject({ code: 'command.outcome-unknown' })
  desk.connected = false
  await expect(settle()).rejects.toMatchObject({ code: 'link.offline' })
  expect(desk.commands.sent().at(-1)).toMatchObject({ state: 'expired', failure: { params: { withdrawn: true } } })
  desk.commands.close()
})

test('a command whose session is over is asked after under the next one, and settled either way', async () => {
  for (const [found, state] of [
    [outcome, 'accepted'],
    [() => null, 'refused'],
  ] as const) {
    const desk = desktop()
    desk.answer = refuseWith('session.ended')
    await desk.commands.submit(leaveHandover.name, params)
    Object.assign(desk, { signer: generateSigner(), outcome: refuseWith('link.time-out') })
    desk.commands.flush()
    await settled()
    expect(desk.commands.sent()).toMatchObject([{ state: 'sent' }])
    desk.outcome = async (id: string) => found(id)
    desk.commands.flush()
    await settled()
    expect(desk.commands.sent()).toMatchObject([{ state }])
    desk.commands.close()
  }
})
