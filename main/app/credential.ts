import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '#main/settings/json-file.ts'

/** A token as it lies in its deployment's folder: AES-256-GCM under a key of its own, derived from the storage key. */
const keptSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('token'),
  nonce: z.base64url(),
  sealed: z.base64url(),
  tag: z.base64url(),
})
const fileName = 'credential.json'

/** @param deployment bound into the seal: a file copied to another deployment's folder does not open */
export function keepToken(directory: string, key: Uint8Array, deployment: string, token: string): Promise<void> {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(deployment))
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
  const text = (bytes: Buffer): string => bytes.toString('base64url')
  const kept = { v: 1, kind: 'token', nonce: text(nonce), sealed: text(sealed), tag: text(cipher.getAuthTag()) }
  return writeWhole(join(directory, fileName), `${JSON.stringify(kept)}\n`)
}

/** @returns null when there is none, or none that this key opens */
export function readToken(directory: string, key: Uint8Array, deployment: string): string | null {
  try {
    const kept = keptSchema.parse(JSON.parse(readFileSync(join(directory, fileName), 'utf8')))
    const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes(kept.nonce), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(deployment))
    decipher.setAuthTag(bytes(kept.tag))
    return Buffer.concat([decipher.update(bytes(kept.sealed)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
