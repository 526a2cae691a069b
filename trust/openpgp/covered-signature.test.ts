import fc from 'fast-check'
import { createMessage, type enums, readSignature, type SignaturePacket, sign } from 'openpgp'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Identity, identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { utf8 } from '../bytes.ts'
import { isRightOverCovered } from './covered-signature.ts'
import { type Covered, digestOver } from './digest.ts'
import { internalsOf } from './internals.ts'
import { signerOf } from './judge.ts'

const text = '承認'

const signed = async ({ secret }: Identity): Promise<Uint8Array> => {
  const message = await createMessage({ binary: utf8(text) })
  const config = { rejectCurves: new Set<enums.curve>() }
  return (await sign({ message, signingKeys: secret, detached: true, format: 'binary', config })) as Uint8Array
}
const read = async (bytes: Uint8Array): Promise<SignaturePacket> =>
  (await readSignature({ binarySignature: bytes })).packets[0] as SignaturePacket
const over = (packet: SignaturePacket, document: string): Covered => {
  const covered = digestOver(utf8(document), packet)
  if (covered === null) throw new Error('no such digest')
  return covered
}

const { 'v4 P-256': p256, 'v4 P-384': p384, 'v4 P-521': p521, 'v4 RSA-2048': rsa } = v4Kinds
describe.each(Object.entries({ ...{ p256, p384, p521, rsa }, 'P-256 of version 6': v6Kinds['v6 P-256'] }))(
  '%s',
  (_name, kind) => {
    let by: Identity
    let bytes: Uint8Array
    beforeAll(async () => {
      by = await identity(kind)
      // A digest that begins with zero is the library's.
      do bytes = await signed(by)
      while (over(await read(bytes), text).digest[0] === 0)
    })
    const asked = async (packet: SignaturePacket, { digest, covered }: Covered, of = by): Promise<boolean | null> =>
      isRightOverCovered(packet, digest, covered, of.certificate.keyPacket as never)

    it('is right over what was signed, and over nothing else', async () => {
      const packet = await read(bytes)
      expect(await asked(packet, over(packet, text))).toBe(true)
      const other = over(packet, `${text} `)
      expect((await signerOf(packet, other.digest, [by.certificate], other.covered))?.right).toBe(false)
      // Nor where its first octets happen to be the same.
      packet.signedHashValue = other.digest.slice(0, 2)
      expect(other.digest[0] === 0 ? false : await asked(packet, other)).toBe(false)
    })

    it('is wrong by another key of its kind', async () => {
      const other = await identity(kind)
      const packet = await read(bytes)
      expect(await asked(packet, over(packet, text), other)).toBe(false)
      packet.issuerKeyID = other.certificate.getKeyID()
      expect(await asked(packet, over(packet, text), other)).toBe(false)
      expect(await asked(packet, over(packet, text))).toBe(false)
    })

    it('says what the library says, whatever is changed in its numbers', async () => {
      const bits = fc.array(fc.nat(), { maxLength: 2 })
      await fc.assert(
        fc.asyncProperty(bits, fc.boolean(), async (places, cut) => {
          const packet = await read(bytes)
          const inner = internalsOf(packet)
          for (const [name, number] of Object.entries(inner.params as Record<string, Uint8Array>)) {
            const changed = number.slice(cut && places.length > 0 ? 1 : 0)
            for (const place of places) changed[(place >>> 3) % changed.byteLength] = place & 0xff
            inner.params = { ...inner.params, [name]: changed } as typeof inner.params
          }
          const { digest, covered } = over(packet, text)
          const library = await signerOf(packet, digest, [by.certificate])
          const native = await signerOf(packet, digest, [by.certificate], covered)
          expect(native?.right).toBe(library?.right)
        }),
        { numRuns: 12, examples: [[[], false]] },
      )
    })
  },
)

it('leaves every other kind to what is asked before and after', async () => {
  const by = await identity(v6Kinds['v6 curve448'])
  const packet = await read(await signed(by))
  const { digest, covered } = over(packet, text)
  expect(isRightOverCovered(packet, digest, covered, by.certificate.keyPacket as never)).toBeNull()
  expect((await signerOf(packet, digest, [by.certificate], covered))?.right).toBe(true)
})
