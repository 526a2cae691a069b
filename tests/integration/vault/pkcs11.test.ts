import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AskSecret } from '#main/vault/hardware/ask.ts'
import { buildCertificate } from '#main/vault/hardware/build-certificate.ts'
import { Pkcs11Client } from '#main/vault/hardware/pkcs11-client.ts'
import { listTokens, TokenKeys } from '#main/vault/hardware/pkcs11-keys.ts'
import type { TokenAlgorithm } from '#protocol/hardware-algorithms.ts'
import { lacking } from '#tests/fakes/programs.ts'
import { openSoftHsm, type SoftHsm, softHsmLacks, softHsmPins } from '#tests/fakes/soft-hsm.ts'
import { checkOpening, checkSignature } from './external-checks.ts'

const missing = softHsmLacks() ?? lacking('gpg', 'sq')[0] ?? null
const createdAt = new Date('2026-02-03T04:05:06Z')

describe.skipIf(missing !== null)(`an HSM through PKCS#11${missing ? ` (no ${missing})` : ''}`, () => {
  let hsm: SoftHsm
  let client: Pkcs11Client
  let asked = 0
  const ask: AskSecret = async () => {
    asked += 1
    return Buffer.from(softHsmPins.user)
  }
  const keysOf = async (of = client, answer = ask): Promise<TokenKeys> => {
    const token = (await listTokens(of)).find((it) => it.label === hsm.label)
    if (token === undefined) throw new Error('no token')
    return new TokenKeys(of, token, answer)
  }
  const open = (timeoutMs?: number): Pkcs11Client =>
    new Pkcs11Client({ module: hsm.module, env: hsm.env, ...(timeoutMs !== undefined && { timeoutMs }) })
  beforeAll(async () => {
    hsm = await openSoftHsm()
    client = open()
  })
  afterAll(async () => {
    await client.stop()
    hsm.remove()
  })

  it('lists its tokens without a PIN', async () => {
    const tokens = await listTokens(client)
    expect(tokens.find((it) => it.initialized)).toMatchObject({
      label: '試験トークン',
      loginRequired: true,
      pin: 'good',
    })
    expect(asked).toBe(0)
  })

  const pairs: readonly (readonly [TokenAlgorithm, TokenAlgorithm])[] = [
    ['nistp256', 'nistp256'],
    ['rsa2048', 'rsa2048'],
    ['ed25519', 'rsa3072'],
  ]
  it.each(pairs)('makes %s and %s keys and certificates of both versions over them', async (signing, opening) => {
    const keys = await keysOf()
    const primary = keys.external(await keys.generate(signing, 'sign', '署名'), createdAt)
    const subkey = keys.external(await keys.generate(opening, 'encrypt', '暗号'), createdAt)
    for (const version of [4, 6] as const) {
      const subkeys = [{ key: subkey, use: 'encrypt' as const }]
      const plan = { version, name: 'HSM', email: 'hsm@example.org', primary, subkeys }
      const { certificate, access } = await buildCertificate(plan)
      const [first, second] = access
      if (first === undefined || second === undefined) throw new Error('no access')
      await checkSignature(certificate, first)
      await checkOpening(certificate, second)
    }
    const made = (await keys.list()).filter(({ label }) => label === '署名')
    expect(new Set(made.flatMap(({ uses }) => uses))).toEqual(new Set(['sign']))
  })

  it('gives the same certificate over the same key and creation time', async () => {
    const keys = await keysOf()
    const key = (await keys.list()).find(({ uses }) => uses.includes('sign'))
    if (key === undefined) throw new Error('no key')
    const build = async () => {
      const primary = keys.external(key, createdAt)
      return buildCertificate({ version: 6, name: 'x', email: 'x@example.org', primary, subkeys: [] })
    }
    const [one, two] = [await build(), await build()]
    expect(one.certificate.getFingerprint()).toBe(two.certificate.getFingerprint())
  })

  it('names a wrong PIN, a token that is not there and a file that is no module', async () => {
    const other = open()
    const code = (work: Promise<unknown>) => work.catch((failure) => failure.code)
    expect(await code((await keysOf(other, async () => Buffer.from('0000'))).list())).toBe('hardware.pin-wrong')
    expect(await code((await keysOf(other, async () => null)).list())).toBe('hardware.cancelled')
    const absent = new TokenKeys(other, { serial: 'x', label: 'x' }, ask)
    expect(await code(absent.list())).toBe('hardware.token-missing')
    await other.stop()
    const wrong = new Pkcs11Client({ module: '/etc/passwd' })
    expect(await code(listTokens(wrong))).toBe('hardware.module-missing')
    await wrong.stop()
  })

  it('outlives a library that crashes, and asks for the PIN again', async () => {
    const keys = await keysOf()
    await keys.list()
    const before = asked
    const working = client.request({ op: 'tokens' }).then(() => client.request({ op: 'tokens' }))
    process.kill(client.pid ?? 0, 'SIGSEGV')
    await expect(working).rejects.toMatchObject({ code: 'hardware.module-crashed' })
    expect((await keys.list()).length).toBeGreaterThan(0)
    expect(asked).toBe(before + 1)
  })

  it('ends a library that hangs', async () => {
    const hanging = open(5_000)
    await listTokens(hanging)
    process.kill(hanging.pid ?? 0, 'SIGSTOP')
    await expect(listTokens(hanging)).rejects.toMatchObject({ code: 'hardware.module-hung' })
    expect((await listTokens(hanging)).length).toBeGreaterThan(0)
    await hanging.stop()
  })
})
