import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { writeWhole } from '#main/settings/json-file.ts'

/**
 * How a deployment's storage key is kept (docs/decisions/0004): sealed by the system's keychain, wrapped under a
 * passphrase, or, where there is neither, in a file that only this user can read.
 */
const base64 = z.base64url()
const keptSchema = z.discriminatedUnion('kind', [
  z.strictObject({ v: z.literal(1), kind: z.literal('keychain'), sealed: z.base64() }),
  z.strictObject({
    v: z.literal(1),
    kind: z.literal('passphrase'),
    kdf: z.strictObject({ name: z.literal('scrypt'), n: z.int().max(2 ** 20), r: z.int().max(32), p: z.int().max(16) }),
    salt: base64,
    nonce: base64,
    sealed: base64,
    tag: base64,
  }),
  z.strictObject({ v: z.literal(1), kind: z.literal('file'), key: base64 }),
])
export type KeptKey = z.infer<typeof keptSchema>

const fileName = 'storage.key'
const keyBytes = 32
const cost = { name: 'scrypt', n: 2 ** 17, r: 8, p: 1 } as const
export const shortestPassphrase = 12

/**
 * @returns null when the deployment is new; `unreadable` when there is a file that this version can't read, which is
 *   then never overwritten
 */
export function readKeptKey(directory: string): KeptKey | null | 'unreadable' {
  try {
    const parsed = keptSchema.safeParse(JSON.parse(readFileSync(join(directory, fileName), 'utf8')))
    return parsed.success ? parsed.data : 'unreadable'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : 'unreadable'
  }
}

export const keepKey = (directory: string, kept: KeptKey): Promise<void> =>
  writeWhole(join(directory, fileName), `${JSON.stringify(kept)}\n`)

export const newKey = (): Uint8Array => randomBytes(keyBytes)

/** One key, one use: the replica and the backend never share the key that their files are encrypted with. */
export const derive = (master: Uint8Array, use: 'replica' | 'backend' | 'credential'): Uint8Array<ArrayBuffer> =>
  new Uint8Array(hkdfSync('sha256', master, new Uint8Array(), `libral storage v1 ${use}`, keyBytes))

const scryptKey = promisify<string, Uint8Array, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)
const stretched = (passphrase: string, salt: Uint8Array, { n, r, p }: { n: number; r: number; p: number }) =>
  scryptKey(passphrase.normalize('NFKC'), salt, keyBytes, { N: n, r, p, maxmem: 256 * n * r })

/** Wraps the key with AES-256-GCM under scrypt of the passphrase (NFKC, so that every input method agrees). */
export async function wrapKey(master: Uint8Array, passphrase: string): Promise<KeptKey> {
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', await stretched(passphrase, salt, cost), nonce)
  const sealed = Buffer.concat([cipher.update(master), cipher.final()])
  const text = (bytes: Buffer): string => bytes.toString('base64url')
  const parts = { salt: text(salt), nonce: text(nonce), sealed: text(sealed), tag: text(cipher.getAuthTag()) }
  return { v: 1, kind: 'passphrase', kdf: cost, ...parts }
}

/** @returns null when the passphrase is wrong */
export async function unwrapKey(
  kept: Extract<KeptKey, { kind: 'passphrase' }>,
  passphrase: string,
): Promise<Uint8Array | null> {
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')
  const key = await stretched(passphrase, bytes(kept.salt), kept.kdf)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes(kept.nonce), { authTagLength: 16 })
  decipher.setAuthTag(bytes(kept.tag))
  try {
    return Buffer.concat([decipher.update(bytes(kept.sealed)), decipher.final()])
  } catch {
    return null
  }
}
