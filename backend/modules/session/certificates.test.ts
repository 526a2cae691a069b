import { beforeEach, describe, expect, it } from 'vitest'
import { certificateRefusal, certificates, registerCertificate, revokeCertificate } from '#protocol/certificates.ts'
import { changeOperator, registerOperator } from '#protocol/session.ts'
import { createWorld, type World } from '#tests/fakes/module-world.ts'
import { createSession } from './index.ts'

const fingerprint = 'ab12'.repeat(16)
const facts = {
  fingerprint,
  version: 6 as const,
  userIds: ['田中 <tanaka@example.org>'],
  createdAt: 1,
  expiresAt: null,
  encrypts: true,
  certificate: 'xioGZw',
  proof: null,
}
const by = { operator: 'local', roles: ['administrator'] } as const
const registering = (operator: string, over: object = {}) =>
  world.submit(registerCertificate, { ...facts, operator, ...over }, by)
const revoking = (reason: 'retired' | 'compromised') => world.submit(revokeCertificate, { fingerprint, reason }, by)
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (thrown) {
    return (thrown as { code: string }).code
  }
}

let world: World
beforeEach(() => {
  world = createWorld([createSession({ kernel: new Promise(() => {}), launchSecret: null }).definition])
  for (const operator of ['tanaka', 'sato']) {
    world.submit(registerOperator, { operator, name: operator, roles: ['operator'] })
  }
})

describe('certificates', () => {
  it('belong to the one that they were registered for, by whom and when', () => {
    registering('tanaka')
    expect(world.row(certificates, fingerprint)).toMatchObject({
      operator: 'tanaka',
      state: 'valid',
      registeredAt: world.now,
      registeredBy: 'local',
      revokedAt: null,
    })
    expect(codeOf(() => registering('sato'))).toBe('session.certificate-exists')
  })

  it('are not registered for whom nobody knows, or who was shut out', () => {
    expect(codeOf(() => registering('nobody'))).toBe('session.operator-unknown')
    world.submit(changeOperator, { operator: 'tanaka', name: 'x', roles: [], disabled: true })
    expect(codeOf(() => registering('tanaka'))).toBe('session.operator-unknown')
  })

  it('are renewed in their place', () => {
    registering('tanaka')
    const { registeredAt } = world.row(certificates, fingerprint) ?? {}
    world.now += 1_000
    registering('tanaka', { expiresAt: 99, certificate: 'xioGZx' })
    expect(world.row(certificates, fingerprint)).toMatchObject({ expiresAt: 99, certificate: 'xioGZx', registeredAt })
  })

  it('are revoked for good; a retired one can still become compromised', () => {
    expect(codeOf(() => revoking('retired'))).toBe('session.certificate-unknown')
    registering('tanaka')
    revoking('retired')
    expect(world.row(certificates, fingerprint)).toMatchObject({ state: 'retired', revokedBy: 'local' })
    expect(codeOf(() => registering('tanaka'))).toBe('session.certificate-revoked')
    expect(codeOf(() => revoking('retired'))).toBe('session.certificate-revoked')
    revoking('compromised')
    expect(world.row(certificates, fingerprint)?.state).toBe('compromised')
    expect(codeOf(() => revoking('compromised'))).toBe('session.certificate-revoked')
    expect(codeOf(() => revoking('retired'))).toBe('session.certificate-revoked')
  })

  it('count as long as they are valid and not expired', () => {
    expect(certificateRefusal(undefined, 1)).toBe('session.certificate-unknown')
    expect(certificateRefusal({ state: 'retired', expiresAt: null }, 1)).toBe('session.certificate-revoked')
    expect(certificateRefusal({ state: 'valid', expiresAt: 5 }, 5)).toBe('session.certificate-expired')
    expect(certificateRefusal({ state: 'valid', expiresAt: 5 }, 4)).toBeNull()
  })
})
