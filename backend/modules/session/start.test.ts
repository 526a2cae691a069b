import { describe, expect, it, vi } from 'vitest'
import { LibralError } from '#protocol/errors.ts'
import {
  changeOperator,
  codeKey,
  codeLimits,
  codes,
  openSession,
  operators,
  recordRefusals,
  registerOperator,
  type SessionRow,
  sessionLimits,
  sessions,
} from '#protocol/session.ts'
import { createWorld, type World } from '#tests/fakes/module-world.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { codeDigest } from './codes.ts'
import { toEnd } from './directory.ts'
import { createSession, type SessionDeps } from './index.ts'
import { refusalsCommand } from './refusals.ts'

const made = (deps: Partial<SessionDeps> = {}) =>
  createSession({ kernel: new Promise(() => {}), launchSecret: null, ...deps })
const start = async (world: World, deps: Partial<SessionDeps>) =>
  (await made(deps).definition.start(world.context('session'))).stop()
const newWorld = () => createWorld([made().definition])

const openByToken = (world: World, operator: string, token: string | null) => {
  const { keyId, publicKey } = generateSigner()
  const method = token ? ('token' as const) : ('launch' as const)
  const expiresAt = world.now + sessionLimits.lifeMs
  const params = { key: keyId, publicKey: toBase64url(publicKey), operator, client: 'x', method, token, expiresAt }
  world.submit(openSession, params, { operator: 'service:session' })
  return keyId
}

describe('the first start', () => {
  it('registers whom the launch secret stands for, once', async () => {
    const world = newWorld()
    await start(world, { launchSecret: 'x'.repeat(16) })
    await start(world, { launchSecret: 'y'.repeat(16) })
    expect(world.row(operators, 'local')).toMatchObject({
      name: 'この端末の運用者',
      roles: ['administrator', 'operator'],
    })
    expect(world.events).toHaveLength(1)
  })

  it('of a backend that stands alone shows one code, and another when that has expired', async () => {
    const world = newWorld()
    const shown: string[] = []
    const firstCode = { recovery: false, print: ({ code }: { code: string }): void => void shown.push(code) }
    await start(world, { firstCode })
    await start(world, { firstCode })
    expect(shown).toHaveLength(1)
    expect(shown[0]).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(JSON.stringify(world.events)).not.toContain(shown[0])
    world.now += codeLimits.lifeMs
    await start(world, { firstCode })
    expect(shown).toHaveLength(2)
    expect(world.row(codes, codeKey)?.digest).toBe(codeDigest(shown[1] ?? ''))
  })

  it('shows none where somebody is in charge, unless asked to, and says so in the log', async () => {
    const world = newWorld()
    world.submit(registerOperator, { operator: 'local', name: 'l', roles: ['administrator'] })
    const shown: string[] = []
    const print = ({ code }: { code: string }): void => void shown.push(code)
    await start(world, { firstCode: { recovery: false, print } })
    // The embedded desktop's own operator can't come in here.
    expect(shown).toHaveLength(1)
    world.submit(registerOperator, { operator: 'abe', name: 'a', roles: ['administrator'] })
    world.now += codeLimits.lifeMs
    await start(world, { firstCode: { recovery: false, print } })
    expect(shown).toHaveLength(1)
    await start(world, { firstCode: { recovery: true, print } })
    expect(world.row(codes, codeKey)).toMatchObject({ reason: 'recovery', redeemedBy: null })
  })
})

describe('tidying', () => {
  it('ends the sessions of a disabled operator as soon as that is known', async () => {
    const world = newWorld()
    world.submit(registerOperator, { operator: 'abe', name: 'a', roles: ['administrator'] })
    world.submit(registerOperator, { operator: 'sato', name: 's', roles: ['operator'] })
    const key = openByToken(world, 'sato', null)
    const running = await made().definition.start(world.context('session'))
    world.submit(changeOperator, { operator: 'sato', name: 's', roles: ['operator'], disabled: true })
    await vi.waitFor(() => expect(world.row(sessions, key)?.endedAt).toBe(world.now), 60_000)
    await running.stop()
  })

  it('ends the oldest beyond what one operator may have', () => {
    const row = (nth: number) =>
      ({
        key: String(nth),
        operator: 'a',
        token: null,
        certificate: null,
        openedAt: nth,
        endedAt: null,
        expiresAt: 100,
      }) as SessionRow
    const directory = {
      operators: new Map([['a', { disabled: false } as never]]),
      sessions: new Map([3, 1, 2].map((nth) => [String(nth), row(nth)])),
      tokens: new Map(),
      codes: new Map(),
      certificates: new Map(),
    }
    expect(toEnd(directory, 50, 2)).toEqual(['1'])
    expect(toEnd(directory, 100, 2)).toEqual([])
  })
})

describe('refusals', () => {
  it('are summed, most frequent first, with the rest counted together', () => {
    expect(refusalsCommand([])).toBeNull()
    const many = Array.from({ length: 150 }, (_, nth) => ({ actor: `a${nth}`, reason: 'r', count: 200 - nth }))
    const { params } = refusalsCommand([...many, { actor: 'a0', reason: 'r', count: 5 }]) ?? {
      params: { refusals: [] },
    }
    expect(params.refusals).toHaveLength(100)
    expect(params.refusals[0]).toEqual({ actor: 'a0', reason: 'r', count: 205 })
    expect(params.refusals.at(-1)).toMatchObject({ actor: '*', reason: '*' })
    const total = params.refusals.reduce((sum, { count }) => sum + count, 0)
    expect(total).toBe(many.reduce((sum, { count }) => sum + count, 5))
    expect(recordRefusals.params.safeParse(params).success).toBe(true)
  })

  it('that could not be written are counted into the next entry', async () => {
    const world = newWorld()
    const drained = [[{ actor: 'x', reason: 'r', count: 2 }], [{ actor: 'x', reason: 'r', count: 3 }]]
    const kernel = { drainRefusals: () => drained.shift() ?? [] } as unknown as Kernel
    vi.useFakeTimers()
    const running = await made({ kernel: Promise.resolve(kernel) }).definition.start(world.context('session'))
    world.broken = new LibralError('storage.full')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(world.events).toHaveLength(0)
    world.broken = undefined
    await vi.advanceTimersByTimeAsync(60_000)
    vi.useRealTimers()
    expect(world.events).toEqual([{ type: 'session.requestsRefused@1', data: { actor: 'x', reason: 'r', count: 5 } }])
    await running.stop()
  })
})
