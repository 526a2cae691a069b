import { enums, generateKey, type KeyOptions, PublicKeyEncryptedSessionKeyPacket } from 'openpgp'
import { expect, test } from 'vitest'
import { gnupg, modern } from './config.ts'
import { canOpen, canSign } from './key-access.ts'
import { finishSignature, newSignature, signPacket } from './sign-packet.ts'
import { softwareAccess } from './software-key.ts'

type Kind = Pick<KeyOptions, 'type' | 'curve' | 'rsaBits' | 'config'>
const kinds: readonly (readonly [string, Kind])[] = [
  ['v6 Ed25519', { type: 'curve25519', config: modern }],
  ['v6 Ed448', { type: 'curve448', config: modern }],
  ['v6 P-256', { type: 'ecc', curve: 'nistP256', config: modern }],
  ['v4 EdDSALegacy', { type: 'ecc', curve: 'ed25519Legacy', config: gnupg }],
  ['v4 P-384', { type: 'ecc', curve: 'nistP384', config: gnupg }],
  ['v4 RSA', { type: 'rsa', rsaBits: 2048, config: gnupg }],
]

const generate = async (kind: Kind) => {
  const made = await generateKey({ ...kind, userIDs: { name: '鍵管理者' }, format: 'object' })
  return softwareAccess(made.privateKey)
}

test.each(kinds)('%s signs over key and user id, and the library verifies it', async (_, kind) => {
  const [primary] = (await generate(kind)).filter(canSign)
  if (primary === undefined) throw new Error('no key')
  const user = primary.certificate.users[0]
  if (!user?.userID) throw new Error('no user')
  const packet = newSignature(enums.signature.certPositive, enums.hash.sha512)
  await signPacket(packet, primary, { key: primary.key, userID: user.userID })
  user.otherCertifications.push(packet)
  await expect(user.verifyCertificate(packet, [primary.certificate])).resolves.toBe(true)
})

test('a signer that returns a foreign signature is caught before it leaves', async () => {
  const [[mine], [other]] = await Promise.all([generate(kinds[0]?.[1] ?? {}), generate(kinds[0]?.[1] ?? {})])
  if (!mine || !other || !canSign(mine) || !canSign(other)) throw new Error('no key')
  const packet = newSignature(enums.signature.key, enums.hash.sha512)
  const faulty = { ...mine, signDigest: other.signDigest }
  await expect(signPacket(packet, faulty, { key: mine.key })).rejects.toThrow('verification failed')
  await expect(finishSignature(packet, mine, new Uint8Array(64))).resolves.toBe(packet)
})

test.each(kinds)('%s opens a session key, and no other does', async (_, kind) => {
  const [, subkey] = (await generate(kind)).filter(canOpen)
  const [, stranger] = (await generate(kind)).filter(canOpen)
  if (subkey === undefined || stranger === undefined) throw new Error('no subkey')
  const data = crypto.getRandomValues(new Uint8Array(32))
  const made = Object.assign(new PublicKeyEncryptedSessionKeyPacket(), {
    version: 3,
    publicKeyID: subkey.key.getKeyID(),
    publicKeyAlgorithm: subkey.key.algorithm,
    sessionKeyAlgorithm: enums.symmetric.aes256,
    sessionKey: data,
  }) as unknown as { encrypt(key: object): Promise<void>; write(): Uint8Array }
  await made.encrypt(subkey.key)
  const read = (): PublicKeyEncryptedSessionKeyPacket => {
    const packet = new PublicKeyEncryptedSessionKeyPacket()
    packet.read(made.write())
    return packet
  }
  expect(await subkey.openSessionKey(read())).toEqual({ algorithm: enums.symmetric.aes256, data })
  await expect(stranger.openSessionKey(read())).rejects.toMatchObject({ code: 'openpgp.wrong-key' })
})
