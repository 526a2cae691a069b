import { enums } from 'openpgp'
import { expect, test } from 'vitest'
import { errorCodes, LibralError } from '#protocol/errors.ts'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import { type Identity, identity, judgementOf, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { aeads, inVersion1, inVersion2, keyOf, literalOf, opensWith } from '#tests/fixtures/openpgp/messages.ts'
import type { SignatureVerdict } from '#trust/openpgp/verdict.ts'
import { armored, dearmored } from './armor.ts'
import { readCleartext, signCleartext } from './cleartext.ts'
import { type DecryptOptions, decryptMessage, readSigned } from './decrypt.ts'
import { packetOf } from './framing.ts'
import { sealSeipd2 } from './seipd2.ts'
import { signDetached, signedMessage } from './sign.ts'
import { verifyDetached } from './verify.ts'

/** Each byte of small messages changed, and each cut of them: a code, or exactly what was sent. */

const document = Buffer.from('¥5,000,000 → 田中商店')
const [six, four] = await Promise.all([identity(v6Kinds['v6 curve25519']), identity(v4Kinds['v4 curve25519Legacy'])])

interface Read {
  readonly document: Buffer
  readonly signatures: readonly SignatureVerdict[]
}
type Reading = (bytes: Uint8Array) => Promise<Read>

/** What came of it: null where it was refused, as it must be, with a code. */
async function attempt(read: Reading, bytes: Uint8Array, place: string): Promise<Read | null> {
  try {
    return await read(bytes)
  } catch (thrown) {
    expect(thrown, place).toBeInstanceOf(LibralError)
    expect(errorCodes, place).toContain((thrown as LibralError).code)
    return null
  }
}

/** Every byte with three of its bits, and all of it, changed. */
function* changed(bytes: Uint8Array): Generator<readonly [number, Uint8Array]> {
  for (let at = 0; at < bytes.byteLength; at++)
    for (const mask of [1, 0x10, 0x80, 0xff]) {
      const other = Uint8Array.from(bytes)
      other[at] = (other[at] ?? 0) ^ mask
      yield [at, other]
    }
}

async function cutsAreRefused(read: Reading, bytes: Uint8Array): Promise<void> {
  for (let length = 0; length < bytes.byteLength; length++)
    expect(await attempt(read, bytes.subarray(0, length), `cut at ${length}`), `cut at ${length}`).toBeNull()
}

const reading =
  (options: Omit<DecryptOptions, 'judgement'>): Reading =>
  async (bytes) => {
    const sink = memory()
    const { signatures } = await decryptMessage(sourceOf(bytes), sink, { ...options, judgement: judgementOf([six]) })
    return { document: sink.bytes, signatures }
  }

const bodies = Object.entries({
  'version 1': inVersion1,
  ...Object.fromEntries(
    Object.entries(aeads).map(([name, aead]) => [
      `version 2, ${name}`,
      (inner: Uint8Array) => inVersion2(inner, { aead }),
    ]),
  ),
})

test.each(bodies)('%s: no byte of encrypted data can be changed, none left out', async (_, seal) => {
  // Three chunks of 64 bytes in version 2.
  const inner = literalOf(Buffer.concat([document, Buffer.alloc(120, 7)]))
  const message = await seal(inner)
  const read = reading({ sessionKeys: opensWith(256) })
  expect((await read(message)).document.subarray(0, document.byteLength).equals(document)).toBe(true)
  const start = 2
  for (const [at, other] of changed(message)) {
    const got = await attempt(read, other, `byte ${at}`)
    if (at >= start) expect(got, `byte ${at}`).toBeNull()
  }
  await cutsAreRefused(read, message)
})

test.each(Object.entries(aeads))('%s: chunks can be neither swapped nor repeated nor dropped', async (_, aead) => {
  const options = { aead, cipher: enums.symmetric.aes256, chunkSizeByte: 0 }
  const body = await all(sealSeipd2([literalOf(Buffer.alloc(300, 7))], keyOf(256), options))
  const read = reading({ sessionKeys: opensWith(256) })
  const [first, second] = [body.subarray(36, 116), body.subarray(116, 196)]
  const [head, rest] = [body.subarray(0, 36), body.subarray(196)]
  const of = (...parts: readonly Uint8Array[]): Uint8Array => packetOf(18, Buffer.concat([head, ...parts]))
  expect((await read(of(first, second, rest))).document.byteLength).toBe(300)
  for (const other of [of(second, first, rest), of(first, first, second, rest), of(first, rest), of(first, second)])
    expect(await attempt(read, other, 'chunks')).toBeNull()
})

const signed: readonly (readonly [string, Identity])[] = [
  ['version 6', six],
  ['version 4', four],
]

test.each(signed)('%s: a signed message that was changed never verifies as another', async (_, me) => {
  const judgement = judgementOf([me])
  const read: Reading = async (bytes) => {
    const sink = memory()
    const { signatures } = await readSigned(sourceOf(bytes), sink, judgement)
    return { document: sink.bytes, signatures }
  }
  const message = await all(signedMessage(sourceOf(document), { signers: [me.signer] }))
  expect((await read(message)).signatures).toMatchObject([{ verified: true }])
  await neverAnother(read, message)
  await cutsAreRefused(read, message)
})

async function neverAnother(read: Reading, message: Uint8Array): Promise<void> {
  for (const [at, other] of changed(message)) {
    const got = await attempt(read, other, `byte ${at}`)
    if (got?.signatures.some(({ verified }) => verified)) {
      expect(got.document.equals(document), `byte ${at}`).toBe(true)
      expect(got.signatures, `byte ${at}`).toHaveLength(1)
    }
  }
}

test.each(signed)('%s: neither a changed detached signature nor a changed document verifies', async (_, me) => {
  const judgement = judgementOf([me])
  const signature = await signDetached([document], { signers: [me.signer] })
  const verified = async (data: Uint8Array, by: Uint8Array): Promise<boolean> =>
    (await verifyDetached([data], [by], judgement)).some((it) => it.verified)
  expect(await verified(document, signature)).toBe(true)
  for (const [at, other] of changed(document)) expect(await verified(other, signature), `byte ${at}`).toBe(false)
  const detached: Reading = async (bytes) => ({
    document,
    signatures: await verifyDetached([document], [bytes], judgement),
  })
  for (const [at, other] of changed(signature)) await attempt(detached, other, `byte ${at}`)
  await cutsAreRefused(detached, signature)
})

test.each(signed)('%s: cleartext that was changed never verifies as another', async (_, me) => {
  const text = '- 承認：田中商店へ ¥5,000,000\nFrom: 経理\n'
  const message = Buffer.from(await signCleartext(text, { signers: [me.signer] }))
  const read = async (bytes: Uint8Array) => {
    const { text: shown, signatures } = await readCleartext(bytes, judgementOf([me]))
    return { document: Buffer.from(shown), signatures }
  }
  const sent = await read(message)
  expect(sent.signatures).toMatchObject([{ verified: true }])
  for (const [at, other] of changed(message)) {
    const got = await attempt(read, other, `byte ${at}`)
    if (got?.signatures.some(({ verified }) => verified)) expect(got.document, `byte ${at}`).toEqual(sent.document)
  }
  for (let length = 0; length < message.byteLength - 1; length++) {
    const got = await attempt(read, message.subarray(0, length), `cut at ${length}`)
    expect(got, `cut at ${length}`).toBeNull()
  }
})

test('armor that was changed gives the same bytes, other bytes to be judged, or a code', async () => {
  const message = await inVersion2(literalOf(document))
  const text = Buffer.from(await all(armored('message', [message], true)))
  const read: Reading = async (bytes) => reading({ sessionKeys: opensWith(256) })(await all(dearmored([bytes])))
  expect((await read(text)).document.equals(document)).toBe(true)
  for (const [at, other] of changed(text)) {
    const got = await attempt(read, other, `byte ${at}`)
    if (got !== null) expect(got.document.equals(document), `byte ${at}`).toBe(true)
  }
  await cutsAreRefused(read, text.subarray(0, text.byteLength - 1))
})
