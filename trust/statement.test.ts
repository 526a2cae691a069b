import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '#protocol/command.ts'
import { signedCommandSchema } from '#protocol/command.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import { fromBase64url, toBase64url } from './bytes.ts'
import { canonicalText } from './canonical.ts'
import { generateSigner, keyIdOf, signerFromSecret, verify, verifySync } from './ed25519.ts'
import { entryBytes, entryBytesFrom, parseEntry } from './entry.ts'
import { checkParamsDigest, signCommand, signedBytes } from './statement.ts'

const context = 'libral:0191e7a0-0000-7000-8000-000000000001' as DeploymentId
const id = '0191e7a0-0000-7000-8000-0000000000aa' as CommandId
const sign = (params: Readonly<Record<string, Json>> = { module: 'alerts' }, signer = generateSigner()) =>
  signCommand({
    context,
    command: 'hub.stopModule',
    params,
    id,
    operator: 'local' as OperatorId,
    issuedAt: 1_000,
    expiresAt: 2_000,
    kind: 'session',
    signer,
  })

describe('ed25519', () => {
  it('agrees with RFC 8032 §7.1', () => {
    const signer = signerFromSecret(
      Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'),
    )
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
    expect(hex(signer.publicKey)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    expect(hex(signer.sign(new Uint8Array()))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
  })

  it('verifies on the thread pool as it does at once, and answers false for nonsense', async () => {
    const signer = generateSigner()
    const data = Buffer.from('data')
    const signature = signer.sign(data)
    expect(signerFromSecret(signer.secret).keyId).toBe(keyIdOf(signer.publicKey))
    for (const check of [verifySync, verify]) {
      expect(await check(signer.publicKey, data, signature)).toBe(true)
      expect(await check(signer.publicKey, Buffer.from('other'), signature)).toBe(false)
      expect(await check(signer.publicKey, data, signature.slice(1))).toBe(false)
      expect(await check(new Uint8Array(31), data, signature)).toBe(false)
    }
  })
})

describe('canonical', () => {
  it('orders keys by UTF-16 units and escapes as RFC 8785 says', () => {
    expect(
      canonicalText({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }),
    ).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}')
    expect(canonicalText('\u20ac$\u000f\nA\'B"\\/')).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\/"')
  })

  it.each([[0.5], [2 ** 53], [Number.NaN], [Number.POSITIVE_INFINITY]])('refuses the number %d', (number) => {
    expect(() => canonicalText([number])).toThrow('input.unsafe-number')
  })
  it('refuses lone surrogates', () => expect(() => canonicalText('\ud800')).toThrow('input.not-utf8'))
})

describe('statement', () => {
  it('signs what it says, parameters included', () => {
    const signer = generateSigner()
    const command = sign({ module: 'alerts' }, signer)
    expect(signedCommandSchema.safeParse(command).success).toBe(true)
    const signature = fromBase64url(command.signatures[0]?.value ?? '')
    expect(verifySync(signer.publicKey, signedBytes(command.statement), signature)).toBe(true)
    expect(checkParamsDigest(command)).toBe(true)
    expect(checkParamsDigest({ ...command, params: { module: 'hub' } })).toBe(false)
    expect(checkParamsDigest({ ...command, salt: toBase64url(new Uint8Array(16)) })).toBe(false)
  })

  it('changes with every field', () => {
    const command = sign()
    const changed = { ...command.statement, expiresAt: 2_001 }
    expect(Buffer.from(signedBytes(changed)).equals(signedBytes(command.statement))).toBe(false)
  })
})

describe('entry', () => {
  const entry = (params: Readonly<Record<string, Json>>) => ({
    v: 1 as const,
    index: 7,
    at: 1_500,
    command: sign(params),
    policy: toBase64url(new Uint8Array(32)),
    events: [{ type: 'hub.moduleRequested@1', data: { module: 'alerts' } }],
  })

  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), (params) => {
        fc.pre(!Object.hasOwn(params, '__proto__'))
        const made = entry(params)
        expect(parseEntry(entryBytes(made))).toEqual(made)
      }),
      { numRuns: 50 },
    )
  })

  it('is the same when put together from canonical texts', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (params) => {
        const { command, ...rest } = entry(params)
        const [statement, text] = [canonicalText(command.statement), canonicalText(params)]
        expect(entryBytesFrom({ command, statement, params: text }, rest)).toEqual(entryBytes({ command, ...rest }))
      }),
      { numRuns: 50 },
    )
  })

  it('is at most 32 KiB, and canonical or nothing', () => {
    expect(() => entryBytes(entry({ text: 'あ'.repeat(11_000) }))).toThrow('command.too-large')
    const bytes = entryBytes(entry({}))
    const spaced = Buffer.from(` ${Buffer.from(bytes).toString()}`)
    expect(() => parseEntry(spaced)).toThrow('log.broken')
  })
})
