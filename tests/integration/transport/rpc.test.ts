import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { procedures } from '#backend/transport/access.ts'
import { backendContract } from '#protocol/backend.ts'
import type { CommandId, KeyId } from '#protocol/ids.ts'
import { protocolVersions } from '#protocol/session.ts'
import { connectRpc, failureOfCall, type RpcClient } from '#tests/fixtures/client/rpc-client.ts'
import { newCommandId, proofFor, resumeAs, signInAs } from '#tests/fixtures/client/session.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { type Double, granted, secrets, startDouble } from './double.ts'

let double: Double
const clients: RpcClient[] = []
const keep = async <T extends RpcClient>(client: Promise<T>): Promise<T> => {
  clients.push(await client)
  return client
}
const signIn = (role: keyof typeof secrets) =>
  keep(signInAs(double.address, { method: 'launch', secret: secrets[role] }))

beforeEach(async () => {
  double = await startDouble()
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await double.stop()
})

const command = { name: 'hub.startModule' }
const params = { instance: 'a', module: 'alerts' }

describe('a signed-in operator', () => {
  test('goes round every procedure of the contract', async () => {
    const session = await signIn('administrator')
    const signed = session.sign(command, params)
    const outcome = await session.api.command.submit(signed)
    expect(outcome).toMatchObject({ id: signed.statement.id, index: 0, size: 1 })
    expect(await session.api.command.outcome({ id: signed.statement.id })).toEqual(outcome)
    expect(await session.api.command.outcome({ id: newCommandId() })).toBeNull()
    expect(await session.api.feed.ticket({})).toEqual({ ticket: expect.stringMatching(/^[\w-]{64}$/) })
    expect(await session.api.session.roles({})).toContainEqual({
      role: 'operator',
      permissions: [...granted.operator],
    })
    expect(await session.api.history.rows({ collection: 'events', before: null, limit: 10 })).toEqual({
      rows: [{ a: 1 }],
      next: null,
    })
    expect(await session.api.telemetry.range({ metrics: ['a'], from: 0, to: 1 })).toMatchObject({ resolution: 1 })
    expect(await session.api.log.head({})).toMatchObject({ size: 0 })
    expect(await session.api.log.inclusion({ index: 0, size: 1 })).toEqual({ proof: [expect.any(String)] })
    expect(await session.api.log.consistency({ from: 0, to: 0 })).toEqual({ proof: [] })
    expect(double.connected()).toEqual([
      { operator: 'administrator', client: 'test client', address: 'pipe', since: expect.any(Number) },
    ])
  })

  test('is metered per procedure with duration and code', async () => {
    const session = await signIn('operator')
    await failureOfCall(session.api.log.head({}))
    expect(double.calls.map(({ procedure, code }) => `${procedure} ${code}`)).toEqual([
      'session.hello null',
      'session.signIn null',
      'log.head command.not-permitted',
    ])
    expect(double.calls.every(({ ms }) => ms >= 0 && ms < 5_000)).toBe(true)
  })

  test('may not read what the role does not grant, and the refusal is counted', async () => {
    const session = await signIn('operator')
    const refused = [
      session.api.log.head({}),
      session.api.log.entry({ index: 0 }),
      session.api.telemetry.range({ metrics: ['a'], from: 0, to: 1 }),
    ]
    for (const call of refused) expect(await failureOfCall(call)).toMatchObject({ code: 'command.not-permitted' })
    const history = session.api.history.rows({ collection: 'session.tokens', before: null, limit: 1 })
    expect(await failureOfCall(history)).toMatchObject({ code: 'collection.not-permitted' })
    expect(await session.api.history.rows({ collection: 'events', before: null, limit: 1 })).toBeTruthy()
    expect(double.refusals).toEqual([
      'operator log.read',
      'operator log.read',
      'operator telemetry.read',
      'operator session.administer',
    ])
  })

  test('takes the session up on a new connection, until it ends', async () => {
    const first = await signIn('operator')
    await first.close()
    const second = await keep(resumeAs(double.address, first.signer))
    expect(second.signedIn.operator).toBe('operator')
    double.endSessions()
    expect(await failureOfCall(second.api.feed.ticket({}))).toMatchObject({ code: 'session.ended' })
    expect(await failureOfCall(second.api.feed.ticket({}))).toMatchObject({ code: 'session.required' })
  })
})

describe('a stranger', () => {
  test('of another protocol is told which versions are spoken', async () => {
    const { api } = await keep(connectRpc(double.address))
    for (const range of [
      { min: protocolVersions.max + 1, max: 9 },
      { min: 0, max: 0 },
    ]) {
      const failure = await failureOfCall(api.session.hello(range))
      expect(failure).toMatchObject({ code: 'protocol.unsupported', params: protocolVersions })
    }
    expect((await api.session.hello({ min: 0, max: 9 })).protocol).toEqual(protocolVersions)
  })

  test('is asked to sign in by everything else', async () => {
    const { api } = await keep(connectRpc(double.address))
    const id = newCommandId()
    const calls = [
      api.feed.ticket({}),
      api.command.outcome({ id }),
      api.history.rows({ collection: 'events', before: null, limit: 1 }),
      api.telemetry.inventory({}),
      api.log.head({}),
    ]
    for (const call of calls) expect(await failureOfCall(call)).toMatchObject({ code: 'session.required' })
  })

  test('can use a proof once, and only on the connection that asked for it', async () => {
    const one = await keep(connectRpc(double.address))
    const other = await keep(connectRpc(double.address))
    const signer = generateSigner()
    const hello = await one.api.session.hello({ min: 1, max: 1 })
    const request = {
      method: 'launch',
      secret: secrets.operator,
      publicKey: toBase64url(signer.publicKey),
      client: 'x',
      proof: proofFor(signer, hello),
    } as const
    expect(await failureOfCall(other.api.session.signIn(request))).toMatchObject({ code: 'input.invalid' })
    await other.api.session.hello({ min: 1, max: 1 })
    expect(await failureOfCall(other.api.session.signIn(request))).toMatchObject({ code: 'session.proof-wrong' })
    expect((await one.api.session.signIn(request)).operator).toBe('operator')
    expect(await failureOfCall(one.api.session.signIn(request))).toMatchObject({ code: 'input.invalid' })
    const resume = one.api.session.resume({ key: signer.keyId, proof: request.proof })
    expect(await failureOfCall(resume)).toMatchObject({ code: 'input.invalid' })
  })
})

describe('failures', () => {
  test('that nobody foresaw keep their message inside and name a correlation id', async () => {
    const session = await signIn('administrator')
    const failure = await failureOfCall(session.api.telemetry.inventory({}))
    expect(failure).toMatchObject({ code: 'internal.unexpected', params: { correlation: expect.any(String) } })
    expect(JSON.stringify(failure)).not.toContain('hunter2')
    const line = double.lines.find(({ event }) => event === 'rpc.unexpected')
    expect(line?.fields).toMatchObject({ procedure: 'telemetry.inventory', name: 'TypeError' })
    expect(JSON.stringify(double.lines)).not.toContain('hunter2')
  })

  test('of the schema name the field and nothing more', async () => {
    const session = await signIn('administrator')
    const call = session.api.command.outcome({ id: 'not-a-uuid' as CommandId })
    expect(await failureOfCall(call)).toMatchObject({ code: 'input.invalid', params: { field: 'id' } })
    const resume = session.api.session.resume({ key: 'x' as KeyId, proof: 'y' })
    expect(await failureOfCall(resume)).toMatchObject({ code: 'input.invalid' })
  })

  test('of an unknown collection or entry have their codes', async () => {
    const session = await signIn('administrator')
    const history = session.api.history.rows({ collection: 'nothing', before: null, limit: 1 })
    expect(await failureOfCall(history)).toMatchObject({ code: 'collection.unknown' })
    expect(await failureOfCall(session.api.log.entry({ index: 5 }))).toMatchObject({ code: 'log.out-of-range' })
  })
})

test('every procedure of the contract has a line in the access table', () => {
  const named = Object.entries(backendContract).flatMap(([group, names]) =>
    Object.keys(names).map((name) => `${group}.${name}`),
  )
  expect([...procedures].sort()).toEqual(named.sort())
})

describe('too many calls', () => {
  test('at once are refused and the rest succeed', async () => {
    await double.stop()
    double = await startDouble({ inFlight: 4 })
    const session = await signIn('operator')
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const decide = double.decide
    double.decide = async (signed) => {
      await gate
      return decide(signed)
    }
    const calls = Array.from({ length: 10 }, () => session.api.command.submit(session.sign(command, params)))
    let turnedAway = 0
    for (const call of calls) call.catch(() => (turnedAway += 1))
    const settled = Promise.allSettled(calls)
    await vi.waitFor(() => expect(turnedAway).toBe(6), 60_000)
    release()
    const results = await settled
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(refused.every((reason) => reason.code === 'link.overloaded')).toBe(true)
  })

  test('in a second say when to come back', async () => {
    await double.stop()
    double = await startDouble({ callsPerSecond: 5 })
    const session = await signIn('operator')
    const calls = Array.from({ length: 8 }, () => session.api.feed.ticket({}))
    const results = await Promise.allSettled(calls)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    const refused = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult
    expect(refused.reason).toMatchObject({ code: 'link.rate-limited', data: { retryAfterSeconds: 1 } })
  })
})
