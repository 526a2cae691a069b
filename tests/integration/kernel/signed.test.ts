import fc from 'fast-check'
import { enums, generateKey, type SecretKeyPacket, type Subkey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modern } from '#main/vault/openpgp/config.ts'
import { softwareAccess } from '#main/vault/openpgp/software-key.ts'
import { certificates, enrolCertificate, registerCertificate, revokeCertificate } from '#protocol/certificates.ts'
import type { Json, OpenpgpSignature, SignedCommand } from '#protocol/command.ts'
import type { CommandId } from '#protocol/ids.ts'
import { changeOperator, operators } from '#protocol/session.ts'
import { factsOf, signByKey, type ToLock } from '#tests/fixtures/client/certified.ts'
import { enrolmentOf, keyOf } from '#tests/fixtures/client/own-key.ts'
import { type Identity, identity, identityOf, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { toBase64url } from '#trust/bytes.ts'
import { type Deployment, newDeployment, note, type Opened, type Person } from './harness.ts'

/** What an attacker may do with commands that an OpenPGP key signed, against a real kernel: each fails closed, with its code. */
const minute = 60_000
const hour = 60 * minute
let deployment: Deployment
let opened: Opened
let suzuki: Person
let mine: Identity
let theirs: Identity
let spare: Identity

const renamed = (name: string) => ({ operator: 'tanaka', name, roles: ['operator'], disabled: false }) as const
const locked = (by: Identity, over: Partial<ToLock> = {}): Promise<SignedCommand> =>
  signByKey(by, {
    ...{
      context: opened.kernel.deployment.id,
      command: changeOperator.name,
      params: renamed('田中'),
      operator: 'suzuki',
    },
    ...{ issuedAt: opened.kernel.now(), ...over },
  })
const codeOf = (command: unknown): Promise<string> =>
  opened.kernel.submit(command as SignedCommand).then(
    () => 'accepted',
    (thrown: { readonly code?: string }) => thrown.code ?? String(thrown),
  )
const sizeNow = async (): Promise<number> => (await opened.kernel.log.head()).size
const nameNow = async (): Promise<string> => {
  const { rows } = await opened.kernel.history(operators.name, null, 100)
  return (rows as { operator: string; name: string }[]).find(({ operator }) => operator === 'tanaka')?.name ?? ''
}
const registered = async (of: Identity, operator: string): Promise<void> => {
  const params = { ...(await factsOf(of)), operator, proof: null } as unknown as Readonly<Record<string, Json>>
  expect(await codeOf(await locked(mine, { command: registerCertificate.name, params }))).toBe('accepted')
}
const withSignature = (command: SignedCommand, over: Partial<OpenpgpSignature>): SignedCommand => ({
  ...command,
  signatures: [{ ...(command.signatures[0] as OpenpgpSignature), ...over }],
})
const newId = (): CommandId => note(suzuki, 'x').statement.id

beforeAll(async () => {
  deployment = newDeployment()
  opened = await deployment.open()
  suzuki = await opened.signIn('suzuki', 'administrator')
  await opened.signIn('abe', 'administrator')
  await opened.signIn('tanaka', 'operator')
  mine = await keyOf('suzuki')
  theirs = await keyOf('abe')
  spare = await identity(v6Kinds['v6 curve25519'], { date: new Date(Date.now() - 10 * hour) })
  await opened.kernel.submit(suzuki.sign(enrolCertificate, await enrolmentOf(mine, opened.keys.deployment, 'suzuki')))
  await registered(theirs, 'abe')
  await registered(spare, 'suzuki')
})
afterAll(async () => {
  await opened.kernel.drain()
  deployment.remove()
})

describe('a command of medium risk', () => {
  it('passes by the operator’s own key, once, and its entry proves who signed', async () => {
    const command = await locked(mine, { params: renamed('一度だけ') })
    const first = await opened.kernel.submit(command)
    expect(await opened.kernel.submit(command)).toEqual(first)
    expect(await sizeNow()).toBe(first.size)
    expect(await nameNow()).toBe('一度だけ')
    const leaves = await opened.kernel.log.entries(first.index, first.size)
    expect(Buffer.from(leaves[0] ?? []).toString()).toContain((command.signatures[0] as OpenpgpSignature).value)
  })

  it('is answered with its stored outcome when it is replayed after its end', async () => {
    const command = await locked(mine, { params: renamed('再送') })
    const first = await opened.kernel.submit(command)
    const real = deployment.clock.now
    deployment.clock.now = () => Date.now() + 2 * hour
    const again = await opened.kernel.submit(command).finally(() => {
      deployment.clock.now = real
    })
    expect(again).toEqual(first)
  })

  it.each<[string, string, () => Promise<unknown>]>([
    ['a session key', 'command.not-risk-allowed', async () => suzuki.sign(changeOperator, renamed('x'))],
    [
      'a new id over an old signature',
      'context-lock.signature-wrong',
      async () => {
        const command = await locked(mine)
        return { ...command, statement: { ...command.statement, id: newId() } }
      },
    ],
    [
      'an id used twice with other content',
      'command.id-reused',
      async () => {
        const command = await locked(mine, { params: renamed('先') })
        await opened.kernel.submit(command)
        const other = await locked(mine, { params: renamed('後') })
        return { ...other, statement: { ...other.statement, id: command.statement.id } }
      },
    ],
    [
      'signatures of two statements, swapped',
      'context-lock.signature-wrong',
      async () => {
        const [one, other] = [await locked(mine, { params: renamed('前') }), await locked(mine)]
        return { ...one, signatures: other.signatures }
      },
    ],
    [
      'another deployment’s statement',
      'command.wrong-context',
      () => locked(mine, { context: 'libral:00000000-0000-4000-8000-000000000000' as ToLock['context'] }),
    ],
    [
      'another deployment’s statement, with this one’s name written over it',
      'context-lock.signature-wrong',
      async () => {
        const command = await locked(mine, {
          context: 'libral:00000000-0000-4000-8000-000000000000' as ToLock['context'],
        })
        return { ...command, statement: { ...command.statement, context: opened.keys.deployment } }
      },
    ],
    [
      'an edited parameter',
      'command.digest-mismatch',
      async () => ({ ...(await locked(mine)), params: { ...renamed('田中'), roles: ['administrator'] } }),
    ],
    ['an edited salt', 'command.digest-mismatch', async () => ({ ...(await locked(mine)), salt: 'A'.repeat(22) })],
    [
      'a key that nobody registered',
      'command.key-unknown',
      async () => locked(await identity(v6Kinds['v6 curve25519'])),
    ],
    ['another operator’s key', 'command.key-not-allowed', () => locked(theirs)],
    [
      'another operator’s key under the name of one’s own',
      'context-lock.certificate-unknown',
      async () => withSignature(await locked(theirs), { key: mine.certificate.getFingerprint() }),
    ],
    [
      'a statement of somebody else’s under one’s own key',
      'command.key-not-allowed',
      () => locked(mine, { operator: 'abe' }),
    ],
    [
      'two signatures',
      'command.key-not-allowed',
      async () => {
        const command = await locked(mine)
        return { ...command, signatures: [...command.signatures, ...(await locked(theirs)).signatures] }
      },
    ],
    ['no signature', 'input.invalid', async () => ({ ...(await locked(mine)), signatures: [] })],
    ['a huge packet', 'input.invalid', async () => withSignature(await locked(mine), { value: 'A'.repeat(8_000) })],
    ['a packet that is none', 'context-lock.packet', async () => withSignature(await locked(mine), { value: 'AAAA' })],
    [
      'a packet with another behind it',
      'context-lock.packet',
      async () => {
        const command = await locked(mine)
        const { value } = command.signatures[0] as OpenpgpSignature
        const twice = Buffer.concat([Buffer.from(value, 'base64url'), Buffer.from(value, 'base64url')])
        return withSignature(command, { value: toBase64url(twice) })
      },
    ],
    [
      'one that was held back past its end',
      'command.expired',
      () => locked(spare, { issuedAt: Date.now() - 11 * minute }),
    ],
    ['a life that is longer than its risk', 'command.lives-too-long', () => locked(mine, { lastsMs: 61 * minute })],
    [
      'a life of high risk that is longer than its own',
      'command.lives-too-long',
      () =>
        locked(mine, {
          ...{ command: revokeCertificate.name, lastsMs: 11 * minute },
          params: { fingerprint: spare.certificate.getFingerprint(), reason: 'retired' },
        }),
    ],
    ['a role that may not', 'command.not-permitted', async () => deniedTo(await identity(v6Kinds['v6 curve25519']))],
  ])('by %s is refused as %s, and nothing is kept', async (_name, code, make) => {
    const command = await make()
    const before = await sizeNow()
    expect(await codeOf(command)).toBe(code)
    expect(await sizeNow()).toBe(before)
  })

  const deniedTo = async (key: Identity): Promise<SignedCommand> => {
    await registered(key, 'tanaka')
    return locked(key, { operator: 'tanaka' })
  }

  it.each([
    ['ahead', 2 * hour, 'command.expired'],
    ['behind', -2 * hour, 'command.from-future'],
  ])(
    'under a clock two hours %s is refused, and passes once it is stamped with the offset',
    async (_way, offset, code) => {
      const naive = await locked(mine, { params: renamed('時計') })
      const real = deployment.clock.now
      deployment.clock.now = () => Date.now() + offset
      try {
        expect(await codeOf(naive)).toBe(code)
        // Behind, the certificate has to be older than the signature is by that clock.
        const stamped = await locked(spare, { issuedAt: opened.kernel.now(), params: renamed('補正') })
        expect(await codeOf(stamped)).toBe('accepted')
      } finally {
        deployment.clock.now = real
      }
    },
  )

  /** What review makes of the two reasons: sign-in-by-key.test.ts and context-lock.test.ts. */
  it('is refused from the revocation of its key on, whatever the reason', async () => {
    for (const reason of ['retired', 'compromised'] as const) {
      const key = await identity(v6Kinds['v6 curve25519'])
      await registered(key, 'suzuki')
      expect(await codeOf(await locked(key, { params: renamed(`${reason}の前`) }))).toBe('accepted')
      const kept = await locked(key, { params: renamed('失効後') })
      const params = { fingerprint: key.certificate.getFingerprint(), reason }
      const revocation = await locked(mine, { command: revokeCertificate.name, params, lastsMs: 5 * minute })
      expect(await codeOf(revocation)).toBe('accepted')
      expect(await codeOf(kept)).toBe('session.certificate-revoked')
    }
  })

  it('is judged by the certificate as it is registered now, in the same second', async () => {
    const made = await generateKey({
      ...{ type: 'curve25519', userIDs: { name: '副鍵' }, subkeys: [{ sign: true }], format: 'object' },
      ...{ date: new Date(Date.now() - minute), config: modern },
    })
    const key = identityOf(made.privateKey)
    const [first] = key.secret.subkeys
    const bySubkey = {
      ...key,
      signer: softwareAccess(key.secret).find((it) => it.key.getFingerprint() === first?.getFingerprint()),
    } as Identity
    await registered(key, 'suzuki')
    const issuedAt = opened.kernel.now()
    expect(await codeOf(await locked(bySubkey, { issuedAt, params: renamed('副鍵で') }))).toBe('accepted')
    const kept = await locked(bySubkey, { issuedAt, params: renamed('もう一度') })
    // Its owner takes the subkey back, from before it signed.
    const reason = { flag: enums.reasonForRevocation.keyRetired }
    const before = new Date(issuedAt - minute / 2)
    const revoked = await first?.revoke(key.secret.keyPacket as SecretKeyPacket, reason, before)
    key.secret.subkeys[0] = revoked as Subkey
    const newer = { ...key, certificate: key.secret.toPublic() }
    const renewed = await enrolmentOf(newer, opened.keys.deployment, 'suzuki')
    expect(await codeOf(suzuki.sign(enrolCertificate, renewed))).toBe('accepted')
    expect(await codeOf(kept)).toBe('context-lock.key-invalid')
    expect(await codeOf(await locked(key, { issuedAt, params: renamed('主鍵で') }))).toBe('accepted')
  })

  it('with any character changed is never accepted', async () => {
    const command = await locked(mine, { params: renamed('一字違い') })
    const text = JSON.stringify(command)
    const before = await sizeNow()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 1),
        fc.constantFrom('0', '1', 'a', 'A', 'Z', '-', '_', '改'),
        async (at, by) => {
          const changed = text.slice(0, at) + by + text.slice(at + 1)
          if (changed === text) return
          let parsed: unknown
          try {
            parsed = JSON.parse(changed)
          } catch {
            return
          }
          expect(await codeOf(parsed)).not.toBe('accepted')
        },
      ),
      { numRuns: 150 },
    )
    expect(await sizeNow()).toBe(before)
    expect(await codeOf(command)).toBe('accepted')
  })
})

describe('the first certificate', () => {
  it('is the only one that a session key registers: with its proof, for oneself', async () => {
    const fresh = newDeployment()
    const core = await fresh.open()
    const refusal = (command: SignedCommand): Promise<string> =>
      core.kernel.submit(command).then(
        () => 'accepted',
        (thrown: { readonly code?: string }) => thrown.code ?? String(thrown),
      )
    const administrator = await core.signIn('suzuki', 'administrator')
    const second = await core.signIn('abe', 'administrator')
    const operator = await core.signIn('tanaka', 'operator')
    const of = (by: Identity, name: string) => enrolmentOf(by, core.keys.deployment, name)
    const stolen = { ...(await of(theirs, 'abe')), ...(await factsOf(mine)) } as never
    expect(await refusal(administrator.sign(enrolCertificate, stolen))).toMatch(/^context-lock\./)
    expect(await refusal(administrator.sign(enrolCertificate, await of(mine, 'abe')))).toMatch(/^context-lock\./)
    expect(await refusal(operator.sign(enrolCertificate, await of(mine, 'tanaka')))).toBe('command.not-permitted')
    expect(await refusal(administrator.sign(enrolCertificate, await of(mine, 'suzuki')))).toBe('accepted')
    // From here on a session key makes nobody an OpenPGP key, oneself included.
    expect(await refusal(second.sign(enrolCertificate, await of(theirs, 'abe')))).toBe('session.enrolment-closed')
    expect(await refusal(administrator.sign(enrolCertificate, await of(spare, 'suzuki')))).toBe(
      'session.enrolment-closed',
    )
    expect(await refusal(second.sign(enrolCertificate, await of(mine, 'abe')))).toBe('session.certificate-exists')
    // A newer form of one's own is vouched for by the key itself.
    expect(await refusal(administrator.sign(enrolCertificate, await of(mine, 'suzuki')))).toBe('accepted')
    const { rows } = await core.kernel.history(certificates.name, null, 10)
    expect(rows).toMatchObject([{ operator: 'suzuki', proven: true, registeredBy: 'suzuki' }])
    await core.kernel.drain()
    fresh.remove()
  })
})
