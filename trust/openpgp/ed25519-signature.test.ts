import { createMessage, enums, type PublicKeyPacket, readSignature, type SignaturePacket, sign } from 'openpgp'
import { describe, expect, it } from 'vitest'
import { type Identity, identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { utf8 } from '../bytes.ts'
import { digestFor } from './digest.ts'
import { isRightByEd25519 } from './ed25519-signature.ts'
import { internalsOf } from './internals.ts'
import { signerOf } from './judge.ts'

const text = '承認'

const signed = async ({ secret }: Identity): Promise<SignaturePacket> => {
  const message = await createMessage({ binary: utf8(text) })
  const config = { rejectCurves: new Set<enums.curve>() }
  const signature = await sign({ message, signingKeys: secret, detached: true, format: 'object', config })
  const [packet] = (await readSignature({ binarySignature: signature.write() as Uint8Array })).packets
  return packet as SignaturePacket
}
const digestOf = async (packet: SignaturePacket, text: string): Promise<Uint8Array> => {
  const digest = digestFor(packet)
  if (digest === null) throw new Error('no such digest')
  digest.update(utf8(text))
  return digest.end(packet)
}
const signing = ({ certificate }: Identity, packet: SignaturePacket): PublicKeyPacket => {
  const found = certificate.getKeys().find((key) => key.getKeyID().equals(packet.issuerKeyID))
  return found?.keyPacket as PublicKeyPacket
}
describe.each([v6Kinds['v6 curve25519'], v4Kinds['v4 curve25519Legacy']])('%o', (kind) => {
  it('is right over what was signed, and over nothing else', async () => {
    const by = await identity(kind)
    const packet = await signed(by)
    const digest = await digestOf(packet, text)
    const key = signing(by, packet)
    expect(await isRightByEd25519(packet, digest, key)).toBe(true)
    expect(await isRightByEd25519(packet, await digestOf(packet, `${text} `), key)).toBe(false)
    expect(await isRightByEd25519(packet, digest.subarray(0, 31), key)).toBe(false)
    expect((await signerOf(packet, digest, [by.certificate]))?.right).toBe(true)
  })

  it('is wrong with any bit of the signature changed', async () => {
    const by = await identity(kind)
    const packet = await signed(by)
    const digest = await digestOf(packet, text)
    for (const part of Object.values(internalsOf(packet).params) as Uint8Array[]) {
      for (let bit = 0; bit < part.byteLength * 8; bit += 1) {
        const at = bit >>> 3
        part[at] = (part[at] ?? 0) ^ (1 << (bit & 7))
        expect(await isRightByEd25519(packet, digest, signing(by, packet))).toBe(false)
        part[at] = (part[at] ?? 0) ^ (1 << (bit & 7))
      }
    }
  })

  it('is wrong by another key, and when it names another', async () => {
    const [by, other] = await Promise.all([identity(kind), identity(kind)])
    const packet = await signed(by)
    const digest = await digestOf(packet, text)
    const [theirs] = other.certificate.getKeys()
    expect(await isRightByEd25519(packet, digest, theirs?.keyPacket as PublicKeyPacket)).toBe(false)
    packet.issuerKeyID = other.certificate.getKeyID()
    expect(await isRightByEd25519(packet, digest, signing(by, await signed(by)))).toBe(false)
  })
})

it('leaves every other kind to the library', async () => {
  const by = await identity(v4Kinds['v4 P-256'])
  const packet = await signed(by)
  expect(packet.publicKeyAlgorithm).toBe(enums.publicKey.ecdsa)
  expect(isRightByEd25519(packet, await digestOf(packet, text), signing(by, packet))).toBeNull()
})
