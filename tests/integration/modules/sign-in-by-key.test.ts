import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signLocked } from '#main/vault/openpgp/context-lock.ts'
import { certificates, registerCertificate, revokeCertificate } from '#protocol/certificates.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { leaveHandover } from '#protocol/events.ts'
import type { DeploymentId, OperatorId } from '#protocol/ids.ts'
import { changeOperator, endSession, registerOperator, sessionLimits, sessions } from '#protocol/session.ts'
import { type Certification, certified, factsOf, signByKey } from '#tests/fixtures/client/certified.ts'
import { identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { fromBase64url, toBase64url } from '#trust/bytes.ts'
import { possessionOf } from '#trust/certificate-possession.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { leafHash } from '#trust/merkle.ts'
import { reviewLog } from '#trust/review/review-log.ts'
import { signCommand } from '#trust/statement.ts'
import { type Core, type Desk, newPlace, type Place, peer, proofOf } from './core.ts'

const tanakas = await identity(v6Kinds['v6 curve25519'], { date: new Date(Date.now() - 36_000_000) })
const satos = await identity(v4Kinds['v4 curve25519Legacy'])
const short = await identity(v6Kinds['v6 curve25519'], { keyExpirationTime: 3_600 })

let place: Place
let core: Core
let administrator: Desk
let ahead: number
const here = (): DeploymentId => core.kernel.deployment.id
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown) => thrown.code,
  )
const register = async (of: typeof tanakas, operator: string): Promise<void> =>
  administrator.submit(registerCertificate, { ...(await factsOf(of)), operator, proof: null } as never)
const revoke = (of: typeof tanakas, reason: 'retired' | 'compromised'): Promise<void> =>
  administrator.submit(revokeCertificate, { fingerprint: of.certificate.getFingerprint(), reason })
const enter = ({ signer, command }: Certification, over: object = {}) =>
  core.services.signIn(
    {
      ...{ method: 'certificate' as const, command, publicKey: toBase64url(signer.publicKey), client: 'test client' },
      ...{ proof: proofOf(core.kernel, signer), ...over },
    },
    peer,
  )
const handover = (by: Certification, operator = 'tanaka') => {
  const issuedAt = core.kernel.now()
  return signCommand({
    ...{ context: here(), command: leaveHandover.name, params: { shift: '日勤', text: '引き継ぎ' } },
    ...{ id: newId(), operator: operator as OperatorId, issuedAt, expiresAt: issuedAt + 60_000 },
    ...{ kind: 'session', signer: by.signer },
  })
}
let nth = 0
const newId = () => `0191e7a0-0000-7000-8000-${String(++nth).padStart(12, '0')}` as never

beforeEach(async () => {
  ahead = 0
  place = newPlace()
  core = await place.open({ now: () => Date.now() + ahead })
  administrator = await core.signIn()
  await administrator.submit(registerOperator, { operator: 'tanaka', name: '田中', roles: ['operator'] })
  await administrator.submit(registerOperator, { operator: 'sato', name: '佐藤', roles: ['operator'] })
  await register(tanakas, 'tanaka')
})
afterEach(async () => {
  await core.kernel.drain()
  place.remove()
})

describe('signing in with one’s key', () => {
  it('opens a session of twelve hours that names the certificate, and is an entry with the signature in it', async () => {
    const certification = await certified(tanakas, here(), 'tanaka')
    const signedIn = await enter(certification)
    expect(signedIn).toMatchObject({ operator: 'tanaka', name: '田中', key: certification.signer.keyId })
    const [row] = (await core.rows(sessions)).filter(({ operator }) => operator === 'tanaka')
    expect(row).toMatchObject({
      ...{ method: 'certificate', certificate: tanakas.certificate.getFingerprint(), token: null },
      expiresAt: (certification.command.params as { expiresAt: number }).expiresAt,
    })
    await core.kernel.submit(handover(certification))
    const outcome = await core.kernel.outcome(certification.command.statement.id)
    const [bytes] = await core.kernel.log.entries(outcome?.index ?? -1, (outcome?.index ?? -1) + 1)
    expect(Buffer.from(bytes ?? []).toString()).toContain(certification.command.signatures[0]?.value)
  })

  it('is answered alike when the answer was lost, and opens nothing again once it has ended', async () => {
    const certification = await certified(tanakas, here(), 'tanaka')
    const first = await enter(certification)
    expect(await enter(certification)).toEqual(first)
    await administrator.submit(endSession, { key: certification.signer.keyId })
    expect(await codeOf(enter(certification))).toBe('session.ended')
  })

  it('is of no use to whoever copies it: the session key has to answer the challenge', async () => {
    const certification = await certified(tanakas, here(), 'tanaka')
    const thief = generateSigner()
    expect(await codeOf(enter(certification, { proof: proofOf(core.kernel, thief) }))).toBe('session.proof-wrong')
    const own = { publicKey: toBase64url(thief.publicKey), proof: proofOf(core.kernel, thief) }
    expect(await codeOf(enter(certification, own))).toBe('session.proof-wrong')
    expect(await codeOf(enter(certification, { client: 'another machine' }))).toBe('session.proof-wrong')
    expect(core.kernel.principal(certification.signer.keyId)).toBeUndefined()
  })

  it('fails closed for every other statement and signature', async () => {
    const attempt = async (made: Promise<Certification>) => codeOf(enter(await made))
    expect(await attempt(certified(satos, here(), 'tanaka'))).toBe('command.key-unknown')
    expect(await attempt(certified(tanakas, here(), 'sato'))).toBe('command.key-not-allowed')
    expect(await attempt(certified(tanakas, here(), 'local'))).toBe('command.key-not-allowed')
    const elsewhere = 'libral:0191e7a0-0000-7000-8000-000000000009' as DeploymentId
    expect(await attempt(certified(tanakas, elsewhere, 'tanaka'))).toBe('command.wrong-context')
    const long = { params: { expiresAt: Date.now() + sessionLimits.lifeMs + 120_000 } }
    expect(await attempt(certified(tanakas, here(), 'tanaka', long))).toBe('input.invalid')
    const now = core.kernel.now()
    expect(await attempt(certified(tanakas, here(), 'tanaka', { issuedAt: now - 7_200_000 }))).toBe('command.expired')
    const other = await signByKey(tanakas, {
      context: here(),
      command: leaveHandover.name,
      params: { text: 'x' },
      operator: 'tanaka',
    })
    expect(await codeOf(enter({ signer: generateSigner(), command: other }))).toBe('input.invalid')
  })

  it('refuses a certification whose signature was made over something else, and counts it', async () => {
    const one = await certified(tanakas, here(), 'tanaka')
    const two = await certified(tanakas, here(), 'tanaka')
    const swapped: SignedCommand = { ...one.command, signatures: two.command.signatures }
    expect(await codeOf(enter({ signer: one.signer, command: swapped }))).toBe('context-lock.signature-wrong')
    const params = { ...one.command.params, expiresAt: 1 }
    expect(await codeOf(enter({ signer: one.signer, command: { ...one.command, params } }))).toBe(
      'command.digest-mismatch',
    )
    expect(core.kernel.drainRefusals().map(({ reason }) => reason)).toContain('context-lock.signature-wrong')
  })

  it('makes an address wait after too many forgeries', async () => {
    const forged = await certified(satos, here(), 'tanaka')
    for (let tried = 0; tried < 10; tried++) expect(await codeOf(enter(forged))).toBe('command.key-unknown')
    expect(await codeOf(enter(forged))).toBe('session.too-many-attempts')
  })

  it('by a session key alone certifies no other: only an OpenPGP key may', async () => {
    const certification = await certified(tanakas, here(), 'tanaka')
    await enter(certification)
    const next = generateSigner()
    const issuedAt = core.kernel.now()
    const params = { key: next.keyId, publicKey: toBase64url(next.publicKey), client: 'x', expiresAt: issuedAt + 1_000 }
    const forged = signCommand({
      ...{ context: here(), command: 'session.certifyKey', params, id: newId(), operator: 'tanaka' as OperatorId },
      ...{ issuedAt, expiresAt: issuedAt + 60_000, kind: 'session', signer: certification.signer },
    })
    expect(await codeOf(core.kernel.submit(forged))).toBe('command.key-not-allowed')
  })
})

describe('a certificate that no longer stands', () => {
  it.each(['retired', 'compromised'] as const)(
    '%s: open sessions end at once, and nothing opens again',
    async (reason) => {
      const certification = await certified(tanakas, here(), 'tanaka')
      const signedIn = await enter(certification)
      const principal = { ...signedIn }
      expect(await core.services.current(principal)).toMatchObject({ operator: 'tanaka' })
      let told = 0
      const stop = core.kernel.onPrincipals(() => told++)
      await revoke(tanakas, reason)
      stop()
      expect(told).toBeGreaterThan(0)
      expect(core.kernel.principal(certification.signer.keyId)).toBeUndefined()
      expect(await codeOf(core.services.current(principal))).toBe('session.ended')
      expect(await codeOf(core.kernel.submit(handover(certification)))).toBe('session.ended')
      const resume = { key: certification.signer.keyId, proof: proofOf(core.kernel, certification.signer) }
      expect(await codeOf(core.services.resume(resume, peer))).toBe('session.ended')
      expect(await codeOf(enter(await certified(tanakas, here(), 'tanaka')))).toBe('session.certificate-revoked')
      expect(await codeOf(enter(certification))).toBe('session.certificate-revoked')
      await expect
        .poll(async () => (await core.rows(sessions)).find(({ operator }) => operator === 'tanaka')?.endedAt)
        .not.toBeNull()
    },
  )

  it('expired: its sessions end with it', async () => {
    await register(short, 'tanaka')
    const end = (await core.rows(certificates)).find(
      ({ fingerprint }) => fingerprint === short.certificate.getFingerprint(),
    )?.expiresAt
    expect(await codeOf(enter(await certified(short, here(), 'tanaka')))).toBe('input.invalid')
    const certification = await certified(short, here(), 'tanaka', { params: { expiresAt: end } })
    const signedIn = await enter(certification)
    expect(signedIn.expiresAt).toBe(end)
    ahead = (end ?? 0) - Date.now() + 1_000
    expect(core.kernel.principal(certification.signer.keyId)).toBeUndefined()
    expect(await codeOf(core.services.current(signedIn))).toBe('session.expired')
    const late = certified(short, here(), 'tanaka', { issuedAt: core.kernel.now() })
    expect(await codeOf(late.then(enter))).toMatch(/signer-unusable|session.certificate-expired/)
  })

  it('of a disabled operator opens nothing', async () => {
    await administrator.submit(changeOperator, { operator: 'tanaka', name: 'x', roles: ['operator'], disabled: true })
    expect(await codeOf(enter(await certified(tanakas, here(), 'tanaka')))).toBe('command.not-permitted')
  })
})

describe('possession', () => {
  const claim = async (
    of: typeof tanakas,
    proven: { operator?: string; context?: DeploymentId; by?: typeof tanakas },
  ) => {
    const facts = await factsOf(of)
    const times = { issuedAt: Date.now(), expiresAt: Date.now() + 60_000 }
    const operator = (proven.operator ?? 'sato') as OperatorId
    const statement = possessionOf(proven.context ?? here(), facts.fingerprint, operator, times)
    const value = toBase64url(await signLocked(statement, (proven.by ?? of).signer))
    return codeOf(
      administrator.submit(registerCertificate, { ...facts, operator: 'sato', proof: { ...times, value } } as never),
    )
  }

  it('is proven by the certificate’s own key, for this operator, here', async () => {
    const elsewhere = 'libral:0191e7a0-0000-7000-8000-000000000009' as DeploymentId
    expect(await claim(satos, { by: tanakas })).toBe('context-lock.certificate-unknown')
    expect(await claim(satos, { operator: 'tanaka' })).toBe('context-lock.signature-wrong')
    expect(await claim(satos, { context: elsewhere })).toBe('context-lock.signature-wrong')
    expect(await claim(satos, {})).toBe('none')
    const row = (await core.rows(certificates)).find(({ operator }) => operator === 'sato')
    expect(row).toMatchObject({ proven: true, registeredBy: 'local' })
  })
})

describe('a review of the log', () => {
  const review = async () => {
    const { size, root } = await core.kernel.log.head()
    const bytes = await core.kernel.log.entries(0, size)
    const stored = bytes.map((one) => ({ bytes: one, leaf: leafHash(one) }))
    const entries = async (from: number, to: number) => stored.slice(from, to)
    return reviewLog({ size, root: fromBase64url(root), entries }, [])
  }

  it('verifies sessions opened by OpenPGP keys of both versions, and what was signed in them', async () => {
    await register(satos, 'sato')
    const [one, other] = [await certified(tanakas, here(), 'tanaka'), await certified(satos, here(), 'sato')]
    await enter(one)
    await enter(other)
    await core.kernel.submit(handover(one))
    await core.kernel.submit(handover(other, 'sato'))
    await revoke(tanakas, 'retired')
    const report = await review()
    expect(report.findings).toEqual([])
    expect(report.signatures.verified).toBe(report.size)
  })
})
