import { beforeEach, describe, expect, it } from 'vitest'
import type { DeploymentId, OperatorId } from '#protocol/ids.ts'
import {
  changeOperator,
  endSession,
  issueCode,
  issueToken,
  operators,
  registerOperator,
  revokeToken,
  sessionLimits,
} from '#protocol/session.ts'
import { createWorld, type World } from '#tests/fakes/module-world.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner, type Signer } from '#trust/ed25519.ts'
import { sessionProofBytes } from '#trust/session-proof.ts'
import { createAttempts } from './attempts.ts'
import { codeDigest } from './codes.ts'
import { openDirectory } from './directory.ts'
import { createGate, type Gate } from './gate.ts'
import { createSession } from './index.ts'
import { tokenDigest } from './sign-in.ts'

const deployment = 'libral:00000000-0000-4000-8000-000000000000' as DeploymentId
const launchSecret = 'launch-secret-of-this-run'
const token = 'a-token-of-enough-length'
const peer = { nonce: 'N'.repeat(43), address: 'pipe' }

let world: World
let gate: Gate
let refused: string[]

const proofOf = (signer: Signer, nonce = peer.nonce): string =>
  toBase64url(signer.sign(sessionProofBytes(deployment, nonce)))
const request = (signer: Signer, over: object = {}) => ({
  method: 'launch' as const,
  secret: launchSecret,
  publicKey: toBase64url(signer.publicKey),
  client: 'desk',
  proof: proofOf(signer),
  ...over,
})
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown) => thrown.code,
  )

beforeEach(async () => {
  world = createWorld([createSession({ kernel: new Promise(() => {}), launchSecret: null }).definition])
  world.submit(registerOperator, { operator: 'local', name: 'この端末', roles: ['administrator'] })
  world.submit(registerOperator, { operator: 'tanaka', name: '田中', roles: ['operator'] })
  const params = { digest: tokenDigest(token), operator: 'tanaka', label: '机', expiresAt: world.now + 3_600_000 }
  world.submit(issueToken, params)
  const context = world.context('session')
  const { directory } = await openDirectory(context)
  refused = []
  gate = createGate({
    deployment: () => deployment,
    now: () => world.now,
    launchSecret,
    directory: () => directory,
    submit: (command) => context.submit(command),
    admit: async () => undefined,
    permissionsOf: () => ['hub.read'],
    attempts: createAttempts({ failures: 3, seconds: 60 }),
    refused: (actor, reason) => refused.push(`${actor} ${reason}`),
  })
})

describe('sign-in', () => {
  it('by the launch secret opens a session of the local operator', async () => {
    const signer = generateSigner()
    const signedIn = await gate.signIn(request(signer), peer)
    expect(signedIn).toMatchObject({ operator: 'local', key: signer.keyId, permissions: ['hub.read'] })
    expect(signedIn.expiresAt).toBe(world.now + sessionLimits.lifeMs)
    expect(world.events.at(-1)?.type).toBe('session.opened@2')
  })

  it('by token lasts no longer than the token', async () => {
    const signedIn = await gate.signIn(request(generateSigner(), { method: 'token', secret: token }), peer)
    expect(signedIn).toMatchObject({ operator: 'tanaka', expiresAt: world.now + 3_600_000 })
  })

  it('refuses a wrong secret and a wrong, expired or revoked token, and tells of it', async () => {
    const signer = generateSigner()
    expect(await codeOf(gate.signIn(request(signer, { secret: 'x'.repeat(25) }), peer))).toBe('session.secret-wrong')
    expect(refused).toEqual(['anonymous session.secret-wrong'])
    const byToken = (secret: string) =>
      codeOf(gate.signIn(request(signer, { method: 'token', secret }), { ...peer, address: secret + world.now }))
    expect(await byToken('another-token-altogether')).toBe('session.token-wrong')
    world.now += 3_600_000
    expect(await byToken(token)).toBe('session.token-wrong')
    world.now -= 3_600_000
    world.submit(revokeToken, { digest: tokenDigest(token) })
    expect(await byToken(token)).toBe('session.token-wrong')
  })

  it('refuses a token of a disabled operator', async () => {
    world.submit(changeOperator, { operator: 'tanaka', name: '田中', roles: [], disabled: true })
    const byToken = request(generateSigner(), { method: 'token', secret: token })
    expect(await codeOf(gate.signIn(byToken, peer))).toBe('session.token-wrong')
  })

  it('refuses a proof of another connection, even with the right secret', async () => {
    const replayed = request(generateSigner())
    expect(await codeOf(gate.signIn(replayed, { ...peer, nonce: 'M'.repeat(43) }))).toBe('session.proof-wrong')
    const stolen = request(generateSigner(), { proof: proofOf(generateSigner()) })
    expect(await codeOf(gate.signIn(stolen, peer))).toBe('session.proof-wrong')
    expect(world.events.some(({ type }) => type === 'session.opened@2')).toBe(false)
  })

  it('makes an address wait after too many failures, and nobody else', async () => {
    const wrong = request(generateSigner(), { secret: 'x'.repeat(25) })
    for (let nth = 0; nth < 3; nth += 1) expect(await codeOf(gate.signIn(wrong, peer))).toBe('session.secret-wrong')
    const right = request(generateSigner())
    expect(await codeOf(gate.signIn(right, peer))).toBe('session.too-many-attempts')
    expect(await codeOf(gate.signIn(right, { ...peer, address: '192.0.2.7' }))).toBe('none')
  })
})

describe('an open session', () => {
  const signer = generateSigner()
  const resume = (of = signer, nonce = peer.nonce) =>
    codeOf(gate.resume({ key: of.keyId, proof: proofOf(of, nonce) }, peer))

  beforeEach(() => gate.signIn(request(signer, { method: 'token', secret: token }), peer))

  it('is taken up by its key alone', async () => {
    expect(await gate.resume({ key: signer.keyId, proof: proofOf(signer) }, peer)).toMatchObject({
      operator: 'tanaka',
      client: 'desk',
    })
    expect(await resume(signer, 'M'.repeat(43))).toBe('session.proof-wrong')
    expect(await resume(generateSigner())).toBe('session.required')
  })

  it('is taken up from an address of which others failed too often; who fails there is told to wait', async () => {
    for (let nth = 0; nth < 3; nth += 1) await resume(generateSigner())
    expect(await resume(generateSigner())).toBe('session.too-many-attempts')
    expect(await resume(signer, 'M'.repeat(43))).toBe('session.too-many-attempts')
    expect(await resume()).toBe('none')
  })

  it('stands until it ends, expires, or its operator or token falls', async () => {
    const principal = {
      operator: 'tanaka' as OperatorId,
      name: '',
      roles: [],
      key: signer.keyId,
      expiresAt: 0,
    }
    expect(await gate.current(principal)).toMatchObject({ name: '田中', roles: ['operator'] })
    world.now += 3_600_000
    expect(await resume()).toBe('session.expired')
    world.now -= 3_600_000
    world.submit(revokeToken, { digest: tokenDigest(token) })
    expect(await codeOf(gate.current(principal))).toBe('session.ended')
  })

  it('is refused once ended', async () => {
    world.submit(endSession, { key: signer.keyId }, { operator: 'tanaka' })
    expect(await resume()).toBe('session.ended')
  })
})

describe('a code', () => {
  const code = 'ABCD-EFGH-0123-4567-89JK'
  const claim = (signer: Signer, over: object = {}) => ({
    ...request(signer),
    ...{ method: 'code' as const, secret: code, operator: 'suzuki' as OperatorId, name: '鈴木', label: '机' },
    token: tokenDigest('a-token-that-the-desktop-made'),
    ...over,
  })
  const issued = (reason: 'first' | 'recovery' = 'recovery') =>
    world.submit(issueCode, { digest: codeDigest(code), reason, expiresAt: world.now + 1_000 })

  it('registers an administrator with the token that the desktop made, in one entry', async () => {
    issued()
    const before = world.events.length
    const signer = generateSigner()
    expect(await gate.signIn(claim(signer), peer)).toMatchObject({ operator: 'suzuki', key: signer.keyId })
    expect(world.events.slice(before).map(({ type }) => type)).toEqual([
      'session.codeRedeemed@1',
      'session.operatorRegistered@1',
      'session.tokenIssued@1',
      'session.opened@2',
    ])
    expect(world.row(operators, 'suzuki')?.roles).toEqual(['administrator', 'operator'])
    const byToken = request(generateSigner(), { method: 'token', secret: 'a-token-that-the-desktop-made' })
    expect(await gate.signIn(byToken, peer)).toMatchObject({ operator: 'suzuki' })
  })

  it('works once, in time, however it was typed, and wrong ones count as attempts', async () => {
    expect(await codeOf(gate.signIn(claim(generateSigner()), peer))).toBe('session.code-wrong')
    issued()
    await gate.signIn(claim(generateSigner(), { secret: 'abcd efgh o123 4567 89jk' }), peer)
    const again = claim(generateSigner(), { operator: 'sato', token: tokenDigest('another') })
    expect(await codeOf(gate.signIn(again, peer))).toBe('session.code-wrong')
    issued()
    world.now += 1_000
    expect(await codeOf(gate.signIn(again, peer))).toBe('session.code-expired')
    await codeOf(gate.signIn(claim(generateSigner(), { secret: 'WRONG-WRONG-WRONG' }), peer))
    expect(await codeOf(gate.signIn(again, peer))).toBe('session.too-many-attempts')
    expect(refused).toContain('anonymous session.code-wrong')
  })

  it('takes over nobody: neither an operator nor, while it is the first, an administrator', async () => {
    issued()
    expect(await codeOf(gate.signIn(claim(generateSigner(), { operator: 'tanaka' }), peer))).toBe(
      'session.operator-exists',
    )
    expect(await codeOf(gate.signIn(claim(generateSigner(), { operator: 'local' }), peer))).toBe('input.invalid')
  })

  it('is out once: a second first code is refused while one stands or somebody is in charge', async () => {
    issued('first')
    expect(() => issued('first')).toThrow('session.code-standing')
    await gate.signIn(claim(generateSigner()), peer)
    expect(() => issued('first')).toThrow('session.code-standing')
  })
})
