import { describe, expect, it } from 'vitest'
import type { KeyId } from '#protocol/ids.ts'
import type { Role } from '#protocol/permission.ts'
import {
  administrators,
  administratorsKey,
  changeOperator,
  endSession,
  issueToken,
  openSession,
  operators,
  recordRefusals,
  registerOperator,
  revokeToken,
  sessionLimits,
  sessions,
  tokens,
} from '#protocol/session.ts'
import { createWorld, refusalOf } from '#tests/fakes/module-world.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { createSession } from './index.ts'
import { tokenDigest } from './sign-in.ts'

const service = { operator: 'service:session' }
const newWorld = () => createWorld([createSession({ kernel: new Promise(() => {}), launchSecret: null }).definition])
type TestWorld = ReturnType<typeof newWorld>

const register = (world: TestWorld, operator: string, roles: Role[]) =>
  world.submit(registerOperator, { operator, name: operator, roles })
const newKey = () => {
  const signer = generateSigner()
  return { key: signer.keyId, publicKey: toBase64url(signer.publicKey) }
}
const opening = (world: TestWorld, operator: string, of = newKey(), token: string | null = null) => ({
  ...of,
  operator,
  client: 'test',
  method: token ? ('token' as const) : ('launch' as const),
  token,
  expiresAt: world.now + sessionLimits.lifeMs,
})

describe('operators', () => {
  it('keeps who is in charge in one row', () => {
    const world = newWorld()
    register(world, 'tanaka', ['administrator'])
    register(world, 'sato', ['operator'])
    register(world, 'abe', ['administrator'])
    expect(world.row(administrators, administratorsKey)?.operators).toEqual(['abe', 'tanaka'])
    expect(refusalOf(() => register(world, 'sato', []))).toBe('session.operator-exists')
    expect(refusalOf(() => register(world, 'service:hub', []))).toBe('input.invalid')
  })

  it('never lets the last administrator go, by role or by disabling', () => {
    const world = newWorld()
    register(world, 'tanaka', ['administrator', 'operator'])
    register(world, 'abe', ['administrator'])
    const change = (operator: string, roles: Role[], disabled = false) =>
      refusalOf(() => world.submit(changeOperator, { operator, name: operator, roles, disabled }))
    expect(change('abe', [])).toBe('none')
    expect(change('tanaka', ['operator'])).toBe('session.last-administrator')
    expect(change('tanaka', ['administrator'], true)).toBe('session.last-administrator')
    expect(change('abe', ['administrator'])).toBe('none')
    expect(change('tanaka', ['administrator'], true)).toBe('none')
    expect(world.row(administrators, administratorsKey)?.operators).toEqual(['abe'])
    expect(change('nobody', [])).toBe('session.operator-unknown')
  })

  it('keeps since when a person is known', () => {
    const world = newWorld()
    register(world, 'tanaka', ['administrator'])
    const since = world.now
    world.now += 1_000
    world.submit(changeOperator, { operator: 'tanaka', name: '田中', roles: ['administrator'], disabled: false })
    expect(world.row(operators, 'tanaka')).toMatchObject({ name: '田中', since })
  })
})

describe('tokens', () => {
  it('are issued once, to someone who may sign in, and revoked once', () => {
    const world = newWorld()
    register(world, 'tanaka', ['operator'])
    const params = {
      digest: tokenDigest('x'.repeat(32)),
      operator: 'tanaka',
      label: '端末 1',
      expiresAt: world.now + 1,
    }
    expect(refusalOf(() => world.submit(issueToken, { ...params, operator: 'abe' }))).toBe('session.operator-unknown')
    expect(refusalOf(() => world.submit(issueToken, { ...params, expiresAt: world.now }))).toBe('input.invalid')
    expect(world.submit(issueToken, params)).toEqual(['session.tokenIssued@1'])
    expect(refusalOf(() => world.submit(issueToken, params))).toBe('session.token-exists')
    expect(world.submit(revokeToken, { digest: params.digest })).toEqual(['session.tokenRevoked@1'])
    expect(world.row(tokens, params.digest)?.revokedAt).toBe(world.now)
    expect(refusalOf(() => world.submit(revokeToken, { digest: params.digest }))).toBe('session.token-unknown')
  })
})

describe('sessions', () => {
  it('certify a key for someone who may come in, and for no longer than allowed', () => {
    const world = newWorld()
    register(world, 'tanaka', ['operator'])
    const open = (params: ReturnType<typeof opening>) => refusalOf(() => world.submit(openSession, params, service))
    expect(open(opening(world, 'abe'))).toBe('session.operator-unknown')
    expect(open({ ...opening(world, 'tanaka'), key: newKey().key })).toBe('input.invalid')
    const forEver = { ...opening(world, 'tanaka'), expiresAt: world.now + 2 * sessionLimits.lifeMs }
    expect(open(forEver)).toBe('input.invalid')
    expect(open(opening(world, 'tanaka'))).toBe('none')
  })

  it('need a token that stands and is theirs', () => {
    const world = newWorld()
    register(world, 'tanaka', ['operator'])
    register(world, 'abe', ['operator'])
    const digest = tokenDigest('y'.repeat(32))
    world.submit(issueToken, { digest, operator: 'tanaka', label: 'x', expiresAt: world.now + 1_000 })
    const open = (operator: string) =>
      refusalOf(() => world.submit(openSession, opening(world, operator, newKey(), digest), service))
    expect(open('abe')).toBe('session.token-wrong')
    expect(open('tanaka')).toBe('none')
    world.now += 1_000
    expect(open('tanaka')).toBe('session.token-wrong')
  })

  it('end by their own operator or an administrator, once, and their key never returns', () => {
    const world = newWorld()
    register(world, 'tanaka', ['operator'])
    const of = newKey()
    world.submit(openSession, opening(world, 'tanaka', of), service)
    const end = (by: { operator: string; roles?: Role[] }, key: KeyId = of.key) =>
      refusalOf(() => world.submit(endSession, { key }, by))
    expect(end({ operator: 'abe', roles: ['operator'] })).toBe('command.not-permitted')
    expect(end({ operator: 'abe' }, newKey().key)).toBe('command.not-permitted')
    expect(end({ operator: 'tanaka' })).toBe('none')
    expect(world.row(sessions, of.key)?.endedAt).toBe(world.now)
    expect(end({ operator: 'abe', roles: ['administrator'] })).toBe('session.ended')
    expect(refusalOf(() => world.submit(openSession, opening(world, 'tanaka', of), service))).toBe('session.ended')
  })

  it('write one event for each kind of refusal', () => {
    const refusals = [
      { actor: 'anonymous', reason: 'session.secret-wrong', count: 3 },
      { actor: 'sato', reason: 'command.not-permitted', count: 1 },
    ]
    expect(newWorld().submit(recordRefusals, { refusals }, service)).toHaveLength(2)
  })
})
