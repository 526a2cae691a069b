import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  createMessage,
  decrypt,
  encrypt,
  enums,
  type KeyID,
  LiteralDataPacket,
  PacketList,
  type PublicKey,
  PublicKeyEncryptedSessionKeyPacket,
  readMessage,
  readSignature,
  Signature,
  verify,
} from 'openpgp'
import { expect } from 'vitest'
import { modern } from '#main/vault/openpgp/config.ts'
import { signLocked } from '#main/vault/openpgp/context-lock.ts'
import { canOpen, canSign, type KeyAccess } from '#main/vault/openpgp/key-access.ts'
import { newSignature, signPacket } from '#main/vault/openpgp/sign-packet.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import { openGnupgHome } from '#tests/fakes/gnupg-home.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { canonicalBytes } from '#trust/canonical.ts'
import { assertContextLock, verifyContextLock } from '#trust/context-lock.ts'
import { contextLockNotation, policy } from '#trust/openpgp/policy.ts'

const execute = promisify(execFile)
const text = Buffer.from('出金 120,000 JPY\n')

export const signDetached = async (access: KeyAccess, data: Uint8Array = text): Promise<Uint8Array> => {
  if (!canSign(access)) throw new Error('the key can not sign')
  const literal = new LiteralDataPacket()
  const filled = literal as unknown as { setBytes(bytes: Uint8Array, format: number): void }
  filled.setBytes(new Uint8Array(data), enums.literal.binary)
  const packet = await signPacket(newSignature(enums.signature.binary, enums.hash.sha256), access, literal)
  const list = new PacketList<typeof packet>()
  list.push(packet)
  return new Signature(list).write() as Uint8Array
}

/** The signature of this key verifies in openpgp.js, and for version 4 in a gpg and an sq that know the certificate. */
export const checkSignature = async (certificate: PublicKey, access: KeyAccess): Promise<void> => {
  const signature = await signDetached(access)
  const message = await createMessage({ binary: new Uint8Array(text) })
  const read = await readSignature({ binarySignature: signature })
  const { signatures } = await verify({ message, signature: read, verificationKeys: certificate, config: policy })
  await signatures[0]?.verified
  expect(signatures.length).toBe(1)
  if (certificate.keyPacket.version === 4) await checkWithPeers(certificate, signature)
  await checkContextLock(certificate, access)
}

const context = 'libral:0191e7a0-0000-7000-8000-000000000001' as DeploymentId

/** A statement under Context-Lock passes every step; who does not know the notation rejects the same signature. */
const checkContextLock = async (certificate: PublicKey, access: KeyAccess): Promise<void> => {
  if (!canSign(access)) throw new Error('the key can not sign')
  const at = Date.now()
  const statement = {
    v: 1,
    context,
    purpose: 'test',
    issuedAt: at,
    expiresAt: at + 60_000,
    operator: 'tanaka',
  } as const
  const signature = await signLocked(statement, access)
  const bytes = canonicalBytes(statement)
  const report = await verifyContextLock(
    { statement: bytes, signature, bound: null },
    { context, purpose: 'test', at, certificates: [{ key: certificate, operator: 'tanaka', ended: null }] },
  )
  assertContextLock(report)
  if (certificate.keyPacket.version === 4) await checkLockWithGnupg(certificate, bytes, signature)
}

const checkLockWithGnupg = async (
  certificate: PublicKey,
  statement: Uint8Array,
  signature: Uint8Array,
): Promise<void> => {
  const folder = privateFolder('lock')
  const at = (name: string): string => join(folder.path, name)
  writeFileSync(at('cert'), certificate.write() as Uint8Array)
  writeFileSync(at('sig'), signature)
  writeFileSync(at('text'), statement)
  const gnupg = await openGnupgHome()
  await gnupg.gpg(['--import', at('cert')])
  const verify = ['--status-fd', '1', '--verify', at('sig'), at('text')]
  const unaware = await gnupg.gpg(verify)
  expect(unaware.stdout.toString(), unaware.stderr).not.toContain('[GNUPG:] VALIDSIG')
  const aware = await gnupg.gpg(['--known-notation', contextLockNotation, ...verify])
  expect(aware.stdout.toString(), aware.stderr).toContain('[GNUPG:] VALIDSIG')
  await gnupg.stop()
  folder.remove()
}

const checkWithPeers = async (certificate: PublicKey, signature: Uint8Array): Promise<void> => {
  const folder = privateFolder('peers')
  const at = (name: string): string => join(folder.path, name)
  writeFileSync(at('cert'), certificate.write() as Uint8Array)
  writeFileSync(at('sig'), signature)
  writeFileSync(at('text'), text)
  const gnupg = await openGnupgHome()
  const imported = await gnupg.gpg(['--import', at('cert')])
  expect(imported.code, imported.stderr).toBe(0)
  const verified = await gnupg.gpg(['--status-fd', '1', '--verify', at('sig'), at('text')])
  expect(verified.stdout.toString(), verified.stderr).toContain('[GNUPG:] VALIDSIG')
  await gnupg.stop()
  await execute('sq', ['verify', '--signer-cert', at('cert'), '--detached', at('sig'), at('text')])
  folder.remove()
}

/** What is encrypted to the certificate (by openpgp.js, and for version 4 by gpg and sq) opens with this key. */
export const checkOpening = async (certificate: PublicKey, access: KeyAccess): Promise<void> => {
  const message = await createMessage({ binary: new Uint8Array(text) })
  const ours = await encrypt({ message, encryptionKeys: certificate, format: 'binary', config: modern })
  const sent = [ours as Uint8Array, ...(certificate.keyPacket.version === 4 ? await byPeers(certificate) : [])]
  for (const binary of sent) expect(await opened(binary, access)).toEqual(text)
}

const byPeers = async (certificate: PublicKey): Promise<Uint8Array[]> => {
  const folder = privateFolder('peers')
  const at = (name: string): string => join(folder.path, name)
  writeFileSync(at('cert'), certificate.write() as Uint8Array)
  writeFileSync(at('text'), text)
  const gnupg = await openGnupgHome()
  const gpg = await gnupg.gpg(['--recipient-file', at('cert'), '--encrypt'], text)
  expect(gpg.code, gpg.stderr).toBe(0)
  await gnupg.stop()
  // openpgp.js takes sq's padding after a compressed stream for junk.
  const sq = await execute(
    'sq',
    ['encrypt', '--binary', '--compression', 'none', '--recipient-cert', at('cert'), at('text')],
    {
      encoding: 'buffer',
    },
  )
  folder.remove()
  return [gpg.stdout, sq.stdout]
}

const opened = async (binary: Uint8Array, access: KeyAccess): Promise<Buffer> => {
  if (!canOpen(access)) throw new Error('the key can not open')
  const message = await readMessage({ binaryMessage: new Uint8Array(binary) })
  // sq encrypts to every encryption key that a certificate has.
  const packet = message.packets.find(
    (it) =>
      it instanceof PublicKeyEncryptedSessionKeyPacket &&
      (it as unknown as { readonly publicKeyID: KeyID }).publicKeyID.equals(access.key.getKeyID()),
  )
  const { algorithm, data } = await access.openSessionKey(packet as PublicKeyEncryptedSessionKeyPacket)
  const name = algorithm === null ? 'aes256' : enums.read(enums.symmetric, algorithm)
  const sessionKeys = [{ data, algorithm: name as 'aes256' }]
  const result = await decrypt({ message, sessionKeys, format: 'binary', config: policy })
  return Buffer.from(result.data as Uint8Array)
}
