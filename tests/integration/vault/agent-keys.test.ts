import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agentKey } from '#main/vault/hardware/agent-key.ts'
import { listAgentKeys } from '#main/vault/hardware/agent-keys.ts'
import { withAgent } from '#main/vault/hardware/agent-socket.ts'
import type { AskSecret } from '#main/vault/hardware/ask.ts'
import { buildCertificate } from '#main/vault/hardware/build-certificate.ts'
import { type GnupgHome, openGnupgHome } from '#tests/fakes/gnupg-home.ts'
import { lacking } from '#tests/fakes/programs.ts'
import { checkOpening, checkSignature } from './external-checks.ts'

const missing = lacking('gpg', 'gpgconf', 'gpg-agent', 'sq')[0] ?? null
const passphrase = '% + 秘密の\r\n句'
const createdAt = new Date('2026-01-02T03:04:05Z')

describe.skipIf(missing !== null)(`keys in gpg-agent${missing ? ` (no ${missing})` : ''}`, () => {
  let gnupg: GnupgHome
  beforeAll(async () => {
    gnupg = await openGnupgHome()
  })
  afterAll(() => gnupg.stop())

  const known = () => withAgent({ home: gnupg.path }, listAgentKeys)
  /** Made through the agent itself: gpg would strip the passphrase's line end. */
  const made = async (algorithm: string): Promise<string> => {
    const before = new Set((await known()).map((it) => it.keygrip))
    await withAgent({ home: gnupg.path }, async (agent) => {
      await agent.command('OPTION pinentry-mode=loopback')
      const parameters = Buffer.from(`(6:genkey${algorithm})`)
      const inquire = (keyword: string) => (keyword === 'KEYPARAM' ? parameters : Buffer.from(passphrase))
      await agent.command('GENKEY', { inquire })
      await agent.command('RESET')
    })
    const fresh = (await known()).find((it) => !before.has(it.keygrip))
    return fresh?.keygrip ?? ''
  }
  const ask: AskSecret = async ({ kind }) => Buffer.from(kind === 'passphrase' ? passphrase : '')
  const key = (keygrip: string, answer = ask) =>
    agentKey({ home: gnupg.path, ask: answer }, { keygrip, serial: null, reference: null }, createdAt)

  const kinds = {
    '25519': ['(3:ecc(5:curve7:Ed25519)(5:flags5:eddsa))', '(3:ecc(5:curve10:Curve25519)(5:flags9:djb-tweak))'],
    nistp256: ['(3:ecc(5:curve10:NIST P-256))', '(3:ecc(5:curve10:NIST P-256))'],
    rsa2048: ['(3:rsa(5:nbits4:2048))', '(3:rsa(5:nbits4:2048))'],
  } as const

  describe.each(Object.entries(kinds))('%s', (_name, [signing, opening]) => {
    it('makes certificates of both versions, with a signing subkey that signs back', async () => {
      const grips = [await made(signing), await made(opening), await made(signing)]
      const [primary, encrypting, subkey] = await Promise.all(grips.map((it) => key(it)))
      if (primary === undefined || encrypting === undefined || subkey === undefined) throw new Error('no keys')
      for (const version of [4, 6] as const) {
        const subkeys = [
          { key: encrypting, use: 'encrypt' as const },
          { key: subkey, use: 'sign' as const },
        ]
        const plan = { version, name: '試験', email: 'test@example.org', primary, subkeys, expiresIn: 400 * 86_400 }
        const { certificate, access } = await buildCertificate(plan)
        expect((await certificate.getSigningKey()).getFingerprint()).toBe(access[2]?.key.getFingerprint())
        for (const at of [0, 2]) if (access[at] !== undefined) await checkSignature(certificate, access[at])
        if (access[1] !== undefined) await checkOpening(certificate, access[1])
      }
    })
  })

  it('names a wrong passphrase, a declined one and a key that is gone', async () => {
    const keygrip = await made(kinds.nistp256[0])
    const code = async (answer: AskSecret, grip = keygrip) =>
      (await key(grip, answer)).sign?.(8, new Uint8Array(32)).catch((failure) => failure.code)
    // The agent remembers the passphrase with which the key was made until it is told to read its settings again.
    await withAgent({ home: gnupg.path }, (agent) => agent.command('RELOADAGENT'))
    expect(await code(async () => Buffer.from('wrong'))).toBe('hardware.passphrase-wrong')
    expect(await code(async () => null)).toBe('hardware.cancelled')
    await expect(code(ask, '0'.repeat(40))).rejects.toMatchObject({ code: 'hardware.key-missing' })
  })

  it('says that no agent is there', async () => {
    const nowhere = withAgent({ home: '/nonexistent', launch: false }, listAgentKeys)
    await expect(nowhere).rejects.toMatchObject({ code: 'hardware.no-daemon' })
  })
})
