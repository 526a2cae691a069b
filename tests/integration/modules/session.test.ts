import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tokenDigest } from '#backend/modules/session/sign-in.ts'
import { certificates, registerCertificate } from '#protocol/certificates.ts'
import type { OperatorId } from '#protocol/ids.ts'
import { changeOperator, endSession, issueToken, operators, registerOperator, sessions } from '#protocol/session.ts'
import { identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { generateSigner, type Signer } from '#trust/ed25519.ts'
import { readCertificate } from '#trust/openpgp/certificate.ts'
import { type Core, newPlace, type Place, peer, proofOf, signInRequest } from './core.ts'

let place: Place
let open: Core[]
beforeEach(() => {
  place = newPlace()
  open = []
})
afterEach(async () => {
  for (const core of open) await core.kernel.drain()
  place.remove()
})
const launch = async (options = {}): Promise<Core> => {
  const core = await place.open(options)
  open.push(core)
  return core
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown) => thrown.code,
  )

describe('signing in', () => {
  it('by launch secret gives the local operator what administrators and operators may do', async () => {
    const core = await launch()
    const { signedIn } = await core.signIn()
    expect(signedIn.operator).toBe('local')
    expect(signedIn.permissions).toEqual(expect.arrayContaining(['hub.operate', 'session.administer']))
    expect(core.services.hello(peer.nonce)).toMatchObject({ deployment: core.kernel.deployment.id, nonce: peer.nonce })
  })

  it('fails with a wrong secret, a replayed proof, and a token nobody issued', async () => {
    const core = await launch()
    const signer = generateSigner()
    const request = signInRequest(core.kernel, signer)
    const attempt = (over: object, of = peer) => codeOf(core.services.signIn({ ...request, ...over }, of))
    expect(await attempt({ secret: 'a-wrong-secret-of-this-launch' })).toBe('session.secret-wrong')
    expect(await attempt({}, { ...peer, nonce: 'M'.repeat(43) })).toBe('session.proof-wrong')
    expect(await attempt({ method: 'token' })).toBe('session.token-wrong')
    expect(core.kernel.principal(signer.keyId)).toBeUndefined()
    expect(core.kernel.drainRefusals().map(({ reason }) => reason)).toContain('session.secret-wrong')
  })

  it('by token ends with the token', async () => {
    let ahead = 0
    const core = await launch({ now: () => Date.now() + ahead })
    const desk = await core.signIn()
    await desk.submit(registerOperator, { operator: 'tanaka', name: '田中', roles: ['operator'] })
    const token = 'a-token-of-enough-length'
    const expiresAt = core.kernel.now() + 60_000
    await desk.submit(issueToken, { digest: tokenDigest(token), operator: 'tanaka', label: '机', expiresAt })
    const signer = generateSigner()
    const byToken = (of: Signer) => ({ ...signInRequest(core.kernel, of), method: 'token' as const, secret: token })
    expect(await core.services.signIn(byToken(signer), peer)).toMatchObject({ operator: 'tanaka', expiresAt })
    ahead = 61_000
    expect(await codeOf(core.services.signIn(byToken(generateSigner()), peer))).toBe('session.token-wrong')
    const resume = { key: signer.keyId, proof: proofOf(core.kernel, signer) }
    expect(await codeOf(core.services.resume(resume, peer))).toBe('session.expired')
  })

  it('of a disabled operator ends at once, in the gate and at the door', async () => {
    const core = await launch()
    const desk = await core.signIn()
    await desk.submit(registerOperator, { operator: 'abe', name: '阿部', roles: ['administrator'] })
    const local = { operator: 'local', name: 'x', roles: ['operator'], disabled: true }
    await desk.submit(changeOperator, local)
    expect(await codeOf(desk.submit(endSession, { key: desk.signer.keyId }))).not.toBe('none')
    const resume = { key: desk.signer.keyId, proof: proofOf(core.kernel, desk.signer) }
    expect(await codeOf(core.services.resume(resume, peer))).toBe('session.ended')
  })

  it('survives a restart by the session key alone', async () => {
    const first = await launch()
    const { signer } = await first.signIn()
    await first.kernel.drain()
    open = []
    const second = await launch()
    const resumed = await second.services.resume({ key: signer.keyId, proof: proofOf(second.kernel, signer) }, peer)
    expect(resumed).toMatchObject({ operator: 'local', client: 'test' })
    expect(await second.rows(operators)).toHaveLength(1)
    expect(await second.rows(sessions)).toHaveLength(1)
  })
})

describe('certificates', () => {
  it('are read again by the backend, which refuses what they do not hold', async () => {
    const core = await launch()
    const desk = await core.signIn()
    const { certificate } = await identity(v6Kinds['v6 curve25519'])
    const facts = await readCertificate(certificate.write(), Date.now())
    const claim = (over: object) =>
      codeOf(desk.submit(registerCertificate, { ...facts, operator: 'local', proof: null, ...over }))
    expect(await claim({ expiresAt: 1 })).toBe('session.certificate-invalid')
    expect(await claim({ certificate: 'xioGZw' })).toBe('session.certificate-invalid')
    // Beside the administrator's own, which signs.
    const claimed = async () =>
      (await core.rows(certificates)).filter(({ fingerprint }) => fingerprint === facts.fingerprint)
    expect(await claimed()).toEqual([])
    expect(await claim({})).toBe('none')
    expect(await claimed()).toMatchObject([{ ...facts, operator: 'local', registeredBy: 'local' }])
  })
})

describe('a backend that stands alone', () => {
  it('lets the first administrator in by the code that it shows', async () => {
    const core = await launch({ standalone: true })
    const secret = core.firstCode ?? ''
    const who = { operator: 'suzuki' as OperatorId, name: '鈴木', token: 'A'.repeat(43), label: '机' }
    const request = { ...signInRequest(core.kernel, generateSigner()), ...who, method: 'code' as const, secret }
    expect(await core.services.signIn(request, peer)).toMatchObject({ operator: 'suzuki' })
    expect(await codeOf(core.services.signIn(signInRequest(core.kernel, generateSigner()), peer))).toBe(
      'session.secret-wrong',
    )
    await core.kernel.drain()
    open = []
    expect((await launch({ standalone: true })).firstCode).toBeUndefined()
  })
})
