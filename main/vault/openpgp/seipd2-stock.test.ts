import { randomBytes } from 'node:crypto'
import { decrypt, decryptSessionKeys, readMessage } from 'openpgp'
import { expect, test, vi } from 'vitest'
import { all, memory, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import { identity, judgementOf, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import * as rfc from '#tests/fixtures/openpgp/rfc9580.ts'
import { dearmored } from './armor.ts'
import { decryptMessage } from './decrypt.ts'
import { encryptMessage } from './encrypt.ts'
import type { Sealed } from './ocb.ts'
import { ocbInUse } from './ocb-self-test.ts'

// A runtime in which one long pass of XOR goes wrong; short messages still come out right.
vi.mock('./ocb.ts', async (original) => {
  const { Ocb } = await original<typeof import('./ocb.ts')>()
  class Faulty extends Ocb {
    override seal(plain: Uint8Array, nonce: Uint8Array, associated: Uint8Array): Sealed {
      const { data, tag } = super.seal(plain, nonce, associated)
      if (data.byteLength > 4096) data[2000] = (data[2000] ?? 0) ^ 1
      return { data, tag }
    }
  }
  return { Ocb: Faulty }
})

const me = await identity(v6Kinds['v6 curve25519'])
const options = { keys: [me.opener], judgement: judgementOf([me]) }

test('an OCB that fails its self-test is not used, and the process says so', () => {
  expect(ocbInUse()).toBe('stock')
})

test.each([0, 5, 700_001])('%i bytes go both ways by the library instead', async (length) => {
  const document = randomBytes(length)
  const made = await all(encryptMessage(sourceOf(document), { recipients: [me.certificate], signers: [me.signer] }))
  const sink = memory()
  const read = await decryptMessage(sourceOf(made, 10_000), sink, options)
  expect(sink.bytes.equals(document)).toBe(true)
  expect(read.signatures).toMatchObject([{ verified: true }])
  const binaryMessage = new Uint8Array(made)
  const keys = { decryptionKeys: me.secret, config: { v6Keys: true } }
  const theirs = await decrypt({ message: await readMessage({ binaryMessage }), ...keys, format: 'binary' })
  expect(Buffer.from(theirs.data as Uint8Array).equals(document)).toBe(true)
  expect(await decryptSessionKeys({ message: await readMessage({ binaryMessage }), ...keys })).toHaveLength(1)
})

test('RFC 9580, A.10 opens; damaged and cut messages are refused', async () => {
  const { armored, sessionKey } = rfc.byPassword['A.10 OCB']
  const bytes = await all(dearmored([Buffer.from(armored)]))
  const sessionKeys = [{ algorithm: null, data: new Uint8Array(Buffer.from(sessionKey, 'hex')) }]
  const open = async (message: Uint8Array) => {
    const sink = memory()
    await decryptMessage(sourceOf(message), sink, { sessionKeys, judgement: judgementOf([]) })
    return sink.bytes.toString()
  }
  expect(await open(bytes)).toBe(rfc.hello)
  const start = bytes.byteLength - 60
  for (let at = start; at < bytes.byteLength; at += 7) {
    const flipped = Uint8Array.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    await expect(open(flipped)).rejects.toMatchObject({ code: 'openpgp.tampered' })
    await expect(open(bytes.subarray(0, at))).rejects.toMatchObject({ code: expect.stringMatching(/^openpgp\./) })
  }
})
