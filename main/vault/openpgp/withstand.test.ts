import { createHash, randomBytes } from 'node:crypto'
import { deflateRawSync, deflateSync } from 'node:zlib'
import { enums, revokeKey } from 'openpgp'
import { describe, expect, test } from 'vitest'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import { type Identity, identity, judgementOf, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { counted, inVersion1, inVersion2, literalOf, opensWith } from '#tests/fixtures/openpgp/messages.ts'
import { Argon2Budget } from './argon2-cost.ts'
import { decryptMessage, readSigned, type Sink, type Source } from './decrypt.ts'
import { encryptMessage } from './encrypt.ts'
import { packetOf } from './framing.ts'
import type { OpeningAccess } from './key-access.ts'
import { plainMessage, signDetached, signedMessage } from './sign.ts'
import { finishSignature, newSignature, prepareSignature } from './sign-packet.ts'
import { verifyDetached } from './verify.ts'

/** Messages made to cost: each is refused with a code, and what was read, made and tried is counted. */

const [six, four] = await Promise.all([identity(v6Kinds['v6 curve25519']), identity(v4Kinds['v4 curve25519Legacy'])])
const judgement = judgementOf([six, four])
const discarding = () => {
  const seen = { bytes: 0, most: 0 }
  const sink: Sink = {
    write(part) {
      seen.bytes += part.byteLength
      seen.most = Math.max(seen.most, part.byteLength)
    },
  }
  return { sink, seen }
}
const open = (message: Uint8Array | Source, sink: Sink = memory(), openers: object = {}) =>
  decryptMessage(message instanceof Uint8Array ? sourceOf(message) : message, sink, {
    sessionKeys: opensWith(256),
    plainToo: true,
    ...openers,
    judgement,
  })
const refused = (doing: Promise<unknown>, code: string) => expect(doing).rejects.toMatchObject({ code })

const compressed = (algorithm: number, body: Uint8Array): Uint8Array =>
  packetOf(8, Buffer.concat([Uint8Array.of(algorithm), body]))
const zip = (inner: Uint8Array): Uint8Array => compressed(enums.compression.zip, deflateRawSync(inner))

describe('compression', () => {
  const zeros = literalOf(Buffer.alloc(80 * 2 ** 20))
  test.each([
    ['zip', enums.compression.zip, deflateRawSync],
    ['zlib', enums.compression.zlib, deflateSync],
  ] as const)('a bomb of %s is stopped soon after 64 MiB', async (_, algorithm, deflate) => {
    const bomb = compressed(algorithm, deflate(zeros))
    expect(bomb.byteLength).toBeLessThan(100_000)
    const { sink, seen } = discarding()
    await refused(open(bomb, sink), 'openpgp.too-large')
    expect(seen.bytes).toBeLessThan(2 ** 26 + 2 ** 20)
    // What is in memory at once does not depend on the bomb.
    expect(seen.most).toBeLessThanOrEqual(2 ** 18)
    for (const seal of [inVersion1, inVersion2]) await refused(open(await seal(bomb)), 'openpgp.too-large')
  })

  test('layers in layers end at four', async () => {
    const layered = (depth: number): Uint8Array => (depth === 0 ? literalOf(Buffer.from('x')) : zip(layered(depth - 1)))
    const sink = memory()
    await open(layered(4), sink)
    expect(sink.bytes.toString()).toBe('x')
    await refused(open(layered(5)), 'openpgp.too-deep')
    await refused(open(await inVersion2(layered(4))), 'openpgp.too-deep')
    await refused(open(await inVersion2(await inVersion2(layered(0)))), 'openpgp.too-deep')
    await refused(open(await inVersion1(await inVersion2(layered(0)))), 'openpgp.too-deep')
  })

  test('bzip2, unknown algorithms and damaged streams have their codes', async () => {
    await refused(open(compressed(3, randomBytes(20))), 'openpgp.unsupported-bzip2')
    await refused(open(compressed(99, randomBytes(20))), 'openpgp.unsupported')
    await refused(open(compressed(1, randomBytes(20))), 'openpgp.malformed')
    await refused(open(compressed(2, deflateSync(zeros.subarray(0, 1000)).subarray(0, 10))), 'openpgp.malformed')
  })

  test('padding after a compressed stream is no data, as sq 0.27 makes it', async () => {
    const inner = deflateRawSync(literalOf(Buffer.from('x')))
    const sink = memory()
    await open(compressed(1, Buffer.concat([inner, Buffer.alloc(500)])), sink)
    expect(sink.bytes.toString()).toBe('x')
  })
})

describe('lengths', () => {
  const huge = (tag: number): Uint8Array => Buffer.from([0xc0 | tag, 255, 255, 255, 255, 255, 1, 2, 3])
  test.each([1, 2, 3, 4, 8, 11, 18])('packet %i that claims 4 GiB is read as far as it goes', async (tag) => {
    const { source, seen } = counted(huge(tag))
    await expect(open(source)).rejects.toMatchObject({
      code: expect.stringMatching(/^openpgp\.(truncated|malformed)$/),
    })
    expect(seen).toMatchObject({ opened: 1, closed: 1, read: 9 })
  })

  test('packets that are held in memory have a size', async () => {
    const { source, seen } = counted(packetOf(2, Buffer.alloc(8 * 2 ** 20)))
    await refused(open(source), 'openpgp.too-large')
    expect(seen.read).toBeLessThan(2 * 2 ** 20)
    expect(seen.closed).toBe(1)
    await refused(open(packetOf(1, Buffer.alloc(17 * 1024))), 'openpgp.too-large')
    await refused(open(packetOf(4, Buffer.alloc(2 * 1024))), 'openpgp.too-large')
  })

  test('partial lengths of one byte make no difference, an endless row of them ends with the data', async () => {
    const body = literalOf(Buffer.from('partial')).subarray(2)
    const bits = [...body].flatMap((byte, i) => (i === body.byteLength - 1 ? [1, byte] : [224, byte]))
    const sink = memory()
    await open(Buffer.from([0xc0 | 11, ...bits]), sink)
    expect(sink.bytes.toString()).toBe('partial')
    await refused(open(Buffer.from([0xc0 | 11, ...bits.slice(0, -2)])), 'openpgp.truncated')
  })

  test('chunks of more than 4 MiB are refused', async () => {
    const message = await inVersion2(literalOf(Buffer.from('x')))
    const larger = Uint8Array.from(message)
    larger[5] = 17
    await refused(open(larger), 'openpgp.malformed')
  })
})

describe('numbers of packets', () => {
  const document = literalOf(Buffer.from('x'))

  test('one-pass packets and signatures end at 64', async () => {
    const message = await all(signedMessage(sourceOf(Buffer.from('x')), { signers: [six.signer] }))
    const onePass = message.subarray(0, 2 + (message[1] ?? 0))
    const signature = await signDetached([Buffer.from('x')], { signers: [six.signer] })
    await refused(open(Buffer.concat(Array.from({ length: 65 }, () => onePass))), 'openpgp.too-large')
    const many = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => signature))
    await refused(verifyDetached([Buffer.from('x')], [many(65)], judgement), 'openpgp.too-large')
    expect(await verifyDetached([Buffer.from('x')], [many(64)], judgement)).toHaveLength(64)
    await refused(open(Buffer.concat([onePass, onePass, document, signature])), 'openpgp.truncated')
    await refused(open(Buffer.concat([onePass, document, signature, signature])), 'openpgp.malformed')
  })

  test('markers, padding and unknown packets end at 64; unknown critical ones at once', async () => {
    const idle = (count: number): Buffer =>
      Buffer.concat(Array.from({ length: count }, () => packetOf(21, new Uint8Array(3))))
    await open(Buffer.concat([idle(64), document]))
    await refused(open(Buffer.concat([idle(65), document])), 'openpgp.malformed')
    await open(Buffer.concat([packetOf(40, new Uint8Array(3)), document]))
    await open(Buffer.concat([packetOf(63, new Uint8Array(3)), document]))
    for (const tag of [0, 12, 15, 19, 22, 39])
      await refused(open(Buffer.concat([packetOf(tag, new Uint8Array(3)), document])), 'openpgp.unsupported')
    await refused(open(packetOf(20, randomBytes(80))), 'openpgp.unsupported-libre')
    await refused(open(packetOf(9, randomBytes(80))), 'openpgp.unprotected')
  })

  test('session keys end at 1024, tries with one key at 32 and with passwords at 8', async () => {
    const made = await all(encryptMessage(sourceOf(Buffer.from('x')), { recipients: [four.certificate] }))
    const length = 2 + (made[1] ?? 0)
    const wildcard = Uint8Array.from(made.subarray(0, length))
    wildcard.fill(0, 3, 11)
    const message = (count: number): Buffer =>
      Buffer.concat([...Array.from({ length: count }, () => wildcard), made.subarray(length)])
    await refused(open(message(1025), memory(), { sessionKeys: [] }), 'openpgp.too-large')
    let tries = 0
    const never: OpeningAccess = {
      ...four.opener,
      async openSessionKey() {
        tries++
        return { algorithm: enums.symmetric.aes256, data: new Uint8Array(32) }
      },
    }
    await refused(open(message(1000), memory(), { sessionKeys: [], keys: [never] }), 'openpgp.too-large')
    expect(tries).toBeLessThanOrEqual(33)
    const locked = await all(
      encryptMessage(sourceOf(Buffer.from('x')), { recipients: [], passwords: ['p'], forGnupg: true }),
    )
    const part = locked.subarray(0, 2 + (locked[1] ?? 0))
    const passwords = Buffer.concat([...Array.from({ length: 900 }, () => part), locked.subarray(part.byteLength)])
    await refused(open(passwords, memory(), { sessionKeys: [], passwords: ['q'] }), 'openpgp.password-wrong')
  })
})

describe('Argon2', () => {
  const skesk = (passes: number, lanes: number, exponent: number): Uint8Array =>
    packetOf(
      3,
      Buffer.concat([Buffer.from([4, 9, 4]), randomBytes(16), Buffer.from([passes, lanes, exponent]), randomBytes(33)]),
    )
  test.each([
    [1, 4, 21],
    [1, 4, 31],
    [255, 4, 20],
    [5, 4, 20],
    [1, 4, 200],
  ])('%i passes, %i lanes, 2^%i KiB: refused before any of it is computed', async (...parameters) => {
    const message = Buffer.concat([skesk(...parameters), await inVersion1(literalOf(Buffer.from('x')))])
    await refused(open(message, memory(), { sessionKeys: [], passwords: ['p'] }), 'openpgp.argon2-too-costly')
  })

  test('many cheap ones add up', () => {
    const budget = new Argon2Budget(false)
    const cheap = { type: 'argon2', t: 16, encodedM: 16 }
    for (let nth = 0; nth < 4; nth++) budget.spend(cheap)
    expect(() => budget.spend(cheap)).toThrow(expect.objectContaining({ code: 'openpgp.argon2-too-costly' }))
    for (const other of [null, undefined, { type: 'iterated' }]) expect(budget.spend(other)).toBeUndefined()
  })
})

test('version 1 data with a wrong digest gives nothing out, and is read once', async () => {
  const message = await inVersion1(literalOf(randomBytes(3 * 2 ** 20)))
  message[message.byteLength - 1] = (message[message.byteLength - 1] ?? 0) ^ 1
  const { source, seen } = counted(message, 2 ** 16)
  const out = discarding()
  await refused(open(source, out.sink), 'openpgp.tampered')
  expect(seen).toMatchObject({ opened: 1, closed: 1 })
  expect(out.seen.bytes).toBe(0)
})

test('version 2 data gives out authenticated chunks alone, each at most once', async () => {
  const document = randomBytes(2 ** 20)
  const message = await inVersion2(literalOf(document), { chunkSizeByte: 12 })
  message[message.byteLength >>> 1] = (message[message.byteLength >>> 1] ?? 0) ^ 1
  const sink = memory()
  await refused(open(message, sink), 'openpgp.tampered')
  expect(sink.bytes.byteLength).toBeGreaterThan(0)
  expect(document.subarray(0, sink.bytes.byteLength).equals(sink.bytes)).toBe(true)
})

test('a source is let go wherever reading stops', async () => {
  const whole = await all(encryptMessage(sourceOf(randomBytes(10_000)), { recipients: [six.certificate] }))
  for (const bytes of [whole, whole.subarray(0, 5000), Buffer.concat([whole, whole]), randomBytes(5000)]) {
    const { source, seen } = counted(bytes, 100)
    await open(source, memory(), { keys: [six.opener], sessionKeys: [] }).catch(() => {})
    expect(seen.closed).toBe(seen.opened)
  }
  const { source, seen } = counted(whole, 100)
  const full: Sink = {
    write() {
      throw new Error('disk full')
    },
  }
  await expect(open(source, full, { keys: [six.opener], sessionKeys: [] })).rejects.toThrow('disk full')
  expect(seen.closed).toBe(seen.opened)
})

describe('nothing counts by default', () => {
  const document = Buffer.from('承認')

  test('neither an unsigned message nor one whose signatures nobody knows', async () => {
    const nobody = { certificates: [], trusted: new Set<string>(), now: Date.now() }
    const plain = await decryptMessage(sourceOf(await all(plainMessage(sourceOf(document), ''))), memory(), {
      plainToo: true,
      judgement: nobody,
    })
    expect(plain).toMatchObject({ signatures: [], sessionKey: null })
    await refused(readSigned(sourceOf(literalOf(document)), memory(), judgement), 'openpgp.not-signed')
    await refused(decryptMessage(sourceOf(literalOf(document)), memory(), { judgement }), 'openpgp.malformed')
    const message = await all(signedMessage(sourceOf(document), { signers: [six.signer, four.signer] }))
    const { signatures } = await readSigned(sourceOf(message), memory(), nobody)
    expect(signatures.map(({ verified, valid }) => [verified, valid])).toEqual([
      [false, false],
      [false, false],
    ])
  })

  /** A signature with subpackets of one's choice, over the document. */
  async function signedWith(me: Identity, unknown: { readonly critical: boolean }): Promise<Uint8Array> {
    const packet = newSignature(enums.signature.binary, enums.hash.sha512)
    packet.unknownSubpackets = []
    prepareSignature(packet, me.signer.key, new Date())
    const own = packet.signatureData ?? new Uint8Array(0)
    const hashed = Buffer.concat([
      own.subarray(own.byteLength - hashedLength(own)),
      Buffer.from([2, 77 | (unknown.critical ? 0x80 : 0), 1]),
    ])
    const size = Buffer.alloc(me.signer.key.version === 6 ? 4 : 2)
    size.writeUIntBE(hashed.byteLength, 0, size.byteLength)
    packet.signatureData = new Uint8Array(Buffer.concat([own.subarray(0, 4), size, hashed]))
    const salt = me.signer.key.version === 6 ? (packet as unknown as { salt: Uint8Array }).salt : new Uint8Array(0)
    const trailer = Buffer.from([me.signer.key.version, 0xff, 0, 0, 0, 0])
    trailer.writeUInt32BE(packet.signatureData.byteLength, 2)
    const digest = createHash('sha512')
      .update(salt)
      .update(document)
      .update(packet.signatureData)
      .update(trailer)
      .digest()
    return packetOf(2, (await finishSignature(packet, me.signer, new Uint8Array(digest))).write())
  }
  const hashedLength = (own: Uint8Array): number =>
    own[0] === 6 ? Buffer.from(own).readUInt32BE(4) : Buffer.from(own).readUInt16BE(4)

  test.each([six, four])('nor one with a critical subpacket that is not known here', async (me) => {
    const judged = async (critical: boolean) =>
      (await verifyDetached([document], [await signedWith(me, { critical })], judgementOf([me])))[0]
    expect(await judged(false)).toMatchObject({ verified: true, reason: null })
    expect(await judged(true)).toMatchObject({ verified: false, valid: false, reason: 'notation-unknown' })
  })
})

describe('keys past their time', () => {
  const hour = 3_600_000
  const ago = (hours: number): Date => new Date(Date.now() - hours * hour)
  const kinds = [v6Kinds['v6 curve25519'], v4Kinds['v4 curve25519Legacy']]

  test.each(kinds)('expired, revoked and future certificates get no message', async (kind) => {
    const expired = await identity(kind, { date: ago(10), keyExpirationTime: 3600 })
    const future = await identity(kind, { date: ago(-10) })
    const retired = await identity(kind, { date: ago(10) })
    const flag = enums.reasonForRevocation.keyRetired
    const { publicKey } = await revokeKey({ key: retired.secret, reasonForRevocation: { flag }, format: 'object' })
    for (const certificate of [expired.certificate, future.certificate, publicKey]) {
      const made = all(encryptMessage(sourceOf(Buffer.from('x')), { recipients: [certificate] }))
      await expect(made).rejects.toMatchObject({
        code: 'openpgp.recipient-unusable',
        params: { fingerprint: certificate.getFingerprint().toUpperCase() },
      })
    }
    for (const { signer } of [expired, future])
      await refused(signDetached([Buffer.from('x')], { signers: [signer] }), 'openpgp.signer-unusable')
  })

  test('short RSA keys neither get a message nor count as signers', async () => {
    const weak = await identity({
      type: 'rsa',
      rsaBits: 1024,
      config: { ...v4Kinds['v4 RSA-2048'].config, minRSABits: 1024 },
    })
    const made = all(encryptMessage(sourceOf(Buffer.from('x')), { recipients: [weak.certificate] }))
    await refused(made, 'openpgp.recipient-unusable')
    await refused(signDetached([Buffer.from('x')], { signers: [weak.signer] }), 'openpgp.signer-unusable')
  })

  test('who has GnuPG gets no signature by a version 6 key', async () => {
    const message = (recipients: readonly Identity[], signers: readonly Identity[], forGnupg = false) =>
      all(
        encryptMessage(sourceOf(Buffer.from('x')), {
          recipients: recipients.map(({ certificate }) => certificate),
          passwords: recipients.length === 0 ? ['p'] : [],
          signers: signers.map(({ signer }) => signer),
          forGnupg,
        }),
      )
    await expect(message([six, four], [four, six])).rejects.toMatchObject({
      code: 'openpgp.peer-reads-no-v6',
      params: { fingerprint: four.fingerprint },
    })
    await refused(message([], [six], true), 'openpgp.peer-reads-no-v6')
    await message([six, four], [four])
    await message([six], [six, four])
  })
})
