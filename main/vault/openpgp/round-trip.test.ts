import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorCodes, LibralError } from '#protocol/errors.ts'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import { type Identity, identity, judgementOf, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { aeads, type Bits, inVersion1, inVersion2, literalOf, opensWith } from '#tests/fixtures/openpgp/messages.ts'
import { armored, dearmored } from './armor.ts'
import { readCleartext, signCleartext } from './cleartext.ts'
import { decryptMessage, readSigned } from './decrypt.ts'
import { encryptMessage } from './encrypt.ts'
import { signDetached, signedMessage } from './sign.ts'
import { verifyDetached } from './verify.ts'

/** What holds for any document, and for any input at all. */

const seed = Number(process.env['LIBRAL_SEED'] ?? Date.now() % 2 ** 31)
const kinds = { ...v6Kinds, ...v4Kinds }
type Name = keyof typeof kinds
const names = Object.keys(kinds) as Name[]
const identities = await Promise.all(names.map((name) => identity(kinds[name])))
const called = (some: readonly Name[]): readonly Identity[] =>
  some.map((name) => identities[names.indexOf(name)] as Identity)
const judgement = judgementOf(identities)
const keys = identities.map(({ opener }) => opener)

const document = fc.uint8Array({ maxLength: 3000 })
const somebody = fc.constantFrom(...names)
/** Lengths in which the bytes arrive. */
const pieces = fc.integer({ min: 1, max: 4000 })
const mixable = (recipients: readonly Identity[], signers: readonly Identity[]): boolean =>
  signers.every(({ certificate }) => certificate.keyPacket.version !== 6) ||
  recipients.every(({ certificate }) => certificate.keyPacket.version === 6)

test('any document, to and by anybody, comes back with its signatures', async () => {
  const people = fc.uniqueArray(somebody, { minLength: 1, maxLength: 3 })
  const case_ = fc.record({
    document,
    recipients: people,
    signers: fc.uniqueArray(somebody, { maxLength: 2 }),
    filename: fc.string({ unit: 'grapheme', maxLength: 20 }),
    piece: pieces,
    armor: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(case_, async ({ document: bytes, recipients: to, signers: by, filename, piece, armor }) => {
      const [recipients, signers] = [called(to), called(by)]
      fc.pre(mixable(recipients, signers))
      const message = encryptMessage(sourceOf(bytes, piece), {
        recipients: recipients.map(({ certificate }) => certificate),
        signers: signers.map(({ signer }) => signer),
        filename,
      })
      const sent = await all(armor ? armored('message', message, true) : message)
      const whole = await all(dearmored(sourceOf(sent, piece).open()))
      for (const { opener } of recipients) {
        const sink = memory()
        const read = await decryptMessage(sourceOf(whole, piece), sink, { keys: [opener], judgement })
        expect(sink.bytes.equals(bytes)).toBe(true)
        expect(read.head.filename).toBe(filename)
        expect(read.signatures.map((it) => it.signer?.certificate)).toEqual(signers.map((it) => it.fingerprint))
        expect(read.signatures.every(({ verified }) => verified)).toBe(true)
      }
    }),
    { numRuns: 40, seed },
  )
}, 300_000)

test('any document under any cipher, mode and size of chunks', async () => {
  const case_ = fc.record({
    document,
    bits: fc.constantFrom<Bits>(128, 192, 256),
    aead: fc.constantFrom(null, ...Object.values(aeads)),
    chunkSizeByte: fc.integer({ min: 0, max: 6 }),
    piece: pieces,
  })
  await fc.assert(
    fc.asyncProperty(case_, async ({ document: bytes, bits, aead, chunkSizeByte, piece }) => {
      const inner = literalOf(bytes)
      const message = await (aead === null ? inVersion1(inner, bits) : inVersion2(inner, { aead, bits, chunkSizeByte }))
      const sink = memory()
      await decryptMessage(sourceOf(message, piece), sink, { sessionKeys: opensWith(bits), judgement })
      expect(sink.bytes.equals(bytes)).toBe(true)
    }),
    { numRuns: 200, seed },
  )
}, 300_000)

test('any document signed inline and detached, any text in the clear', async () => {
  const case_ = fc.record({
    document,
    text: fc.string({
      unit: fc.constantFrom('-', ' ', '\n', '\t', 'From ', '承', 'a', '\r\n', '=', '- '),
      maxLength: 60,
    }),
    signers: fc.uniqueArray(somebody, { minLength: 1, maxLength: 3 }),
    piece: pieces,
  })
  await fc.assert(
    fc.asyncProperty(case_, async ({ document: bytes, text, signers: those, piece }) => {
      const people = called(those)
      const signers = people.map(({ signer }) => signer)
      const by = people.map(({ fingerprint }) => ({ verified: true, signer: { certificate: fingerprint } }))
      const sink = memory()
      const inline = sourceOf(await all(signedMessage(sourceOf(bytes, piece), { signers })), piece)
      expect((await readSigned(inline, sink, judgement)).signatures).toMatchObject(by)
      expect(sink.bytes.equals(bytes)).toBe(true)
      const detached = await signDetached(sourceOf(bytes, piece).open(), { signers })
      expect(await verifyDetached(sourceOf(bytes, 7).open(), [detached], judgement)).toMatchObject(by)
      const clear = await readCleartext(Buffer.from(await signCleartext(text, { signers })), judgement)
      expect(clear.signatures).toMatchObject(by)
      const kept = text.replace(/\r?\n$/, '').split(/\r?\n/)
      expect(clear.text.split('\n')).toEqual(kept.map((line) => line.replace(/[ \t\r]+$/, '')))
    }),
    { numRuns: 40, seed },
  )
}, 300_000)

/** Nothing but a LibralError with a code of the catalogue may come out. */
async function onlyCodes(doing: () => Promise<unknown>): Promise<void> {
  try {
    await doing()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(LibralError)
    expect(errorCodes).toContain((thrown as LibralError).code)
  }
}

async function everyReader(bytes: Uint8Array, piece: number): Promise<void> {
  const options = { keys, passwords: ['p'], sessionKeys: opensWith(256), plainToo: true, judgement }
  await onlyCodes(() => decryptMessage(sourceOf(bytes, piece), memory(), options))
  await onlyCodes(() => readSigned(sourceOf(bytes, piece), memory(), judgement))
  await onlyCodes(() => verifyDetached([bytes], sourceOf(bytes, piece).open(), judgement))
  await onlyCodes(() => readCleartext(bytes, judgement))
  await onlyCodes(() => all(dearmored(sourceOf(bytes, piece).open())))
}

test('random bytes end in a code, whatever reads them', async () => {
  // Bytes as they come, and rows of packets with plausible heads.
  const packet = fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 70 }))
    .map(([tag, body, length]) => Buffer.from([0xc0 | tag, length, ...body]))
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(packet, { maxLength: 6 }).map((packets) => Buffer.concat(packets)),
    fc
      .string({
        unit: fc.constantFrom('-----BEGIN PGP MESSAGE-----', '\n', 'A', '=', '-----END', ':', '-'),
        maxLength: 40,
      })
      .map((text) => Buffer.from(text)),
  )
  await fc.assert(fc.asyncProperty(bytes, pieces, everyReader), { numRuns: 400, seed })
}, 300_000)

test('real messages with parts cut, repeated, moved and overwritten end in a code or are read', async () => {
  const signers = identities.slice(0, 1).map(({ signer }) => signer)
  const source = sourceOf(Buffer.from('承認'))
  const real = await Promise.all([
    all(encryptMessage(source, { recipients: identities.slice(0, 2).map((it) => it.certificate), signers })),
    all(encryptMessage(source, { recipients: identities.slice(-2).map((it) => it.certificate) })),
    all(signedMessage(source, { signers })),
    signDetached([Buffer.from('承認')], { signers }),
    signCleartext('承認', { signers }).then((text) => Buffer.from(text)),
  ])
  const change = fc.record({
    real: fc.constantFrom(...real),
    edits: fc.array(
      fc.record({
        what: fc.constantFrom('cut', 'repeat', 'move', 'overwrite'),
        at: fc.nat(2000),
        length: fc.nat(60),
        to: fc.nat(2000),
        bytes: fc.uint8Array({ maxLength: 8 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    piece: pieces,
  })
  await fc.assert(
    fc.asyncProperty(change, async ({ real: message, edits, piece }) => {
      let bytes: Uint8Array = message
      for (const { what, at: where, length, to, bytes: other } of edits) {
        const at = where % (bytes.byteLength + 1)
        const [before, part, after] = [
          bytes.subarray(0, at),
          bytes.subarray(at, at + length),
          bytes.subarray(at + length),
        ]
        const rest = Buffer.concat([before, after])
        const target = to % (rest.byteLength + 1)
        if (what === 'cut') bytes = rest
        else if (what === 'repeat') bytes = Buffer.concat([before, part, part, after])
        else if (what === 'overwrite') bytes = Buffer.concat([before, other, after])
        else bytes = Buffer.concat([rest.subarray(0, target), part, rest.subarray(target)])
      }
      await everyReader(bytes, piece)
    }),
    { numRuns: 300, seed },
  )
}, 300_000)
