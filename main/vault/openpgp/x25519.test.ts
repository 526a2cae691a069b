import { randomBytes } from 'node:crypto'
import { type Config, decrypt, generateKey, readMessage } from 'openpgp'
import { expect, test } from 'vitest'
import { all, sourceOf } from '#tests/fixtures/openpgp/bytes.ts'
import { gnupg, modern } from './config.ts'
import { encryptMessage } from './encrypt.ts'
import { agreeByX25519, sealToX25519 } from './x25519.ts'

// What the library makes opens here: sign-packet.test.ts and RFC 9580's own messages.
test.each([
  ['version 6', modern],
  ['version 3', gnupg],
])('a session key in a packet of %s opens in the library', async (_, config: Config) => {
  const userIDs = { name: '鍵管理者' }
  const { privateKey, publicKey } = await generateKey({ type: 'curve25519', userIDs, config, format: 'object' })
  const document = randomBytes(100)
  const sent = await all(encryptMessage(sourceOf(document), { recipients: [publicKey] }))
  const message = await readMessage({ binaryMessage: sent, config })
  const { data } = await decrypt({ message, decryptionKeys: privateKey, format: 'binary', config })
  expect(Buffer.from(data).equals(document)).toBe(true)
})

test.each([0, 1])('a point of small order (%i) agrees upon nothing', (first) => {
  const point = new Uint8Array(32)
  point[0] = first
  expect(() => agreeByX25519(randomBytes(32), point)).toThrow()
  expect(() => sealToX25519(point, randomBytes(32))).toThrow()
})
