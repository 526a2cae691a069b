import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import { documentSchema, type KeyringDocument } from './document.ts'
import { lockUnderPassphrase, openUnderPassphrase } from './password-message.ts'

/**
 * The keyring's file: a line of JSON and the SHA-256 of that line. The document is AES-256-GCM under a random file key,
 * the file key an OpenPGP message under the passphrase. The checksum tells damage from a wrong passphrase.
 */
const fileSchema = z.strictObject({
  v: z.literal(1),
  revision: z.int(),
  fileKey: z.base64(),
  nonce: z.base64(),
  sealed: z.base64(),
  tag: z.base64(),
})
type SealedFile = z.infer<typeof fileSchema>

/** The file key in both forms; the wrapped one changes with the passphrase alone. */
export interface FileKey {
  readonly key: Uint8Array
  readonly wrapped: string
}

export async function makeFileKey(passphrase: Uint8Array, key: Uint8Array = randomBytes(32)): Promise<FileKey> {
  return { key, wrapped: Buffer.from(await lockUnderPassphrase(key, passphrase)).toString('base64') }
}

export function seal(document: KeyringDocument, fileKey: FileKey, revision: number): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', fileKey.key, nonce)
  cipher.setAAD(associated(revision))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(document), 'utf8'), cipher.final()])
  const file: SealedFile = {
    v: 1,
    revision,
    fileKey: fileKey.wrapped,
    nonce: nonce.toString('base64'),
    sealed: sealed.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  }
  const line = JSON.stringify(file)
  return `${line}\n${digest(line)}\n`
}

/** @throws LibralError `vault.newer-version`; null for a file that is damaged */
export function readSealed(text: string): SealedFile | null {
  const [line = '', sum = ''] = text.split('\n')
  if (digest(line) !== sum) return null
  const raw: unknown = JSON.parse(line)
  const version = z.object({ v: z.int().min(2) }).safeParse(raw)
  if (version.success) throw new LibralError('vault.newer-version', { version: version.data.v })
  return fileSchema.safeParse(raw).data ?? null
}

export interface OpenedFile {
  readonly document: KeyringDocument
  readonly fileKey: FileKey
  readonly revision: number
}

/** @returns null when the passphrase is wrong. @throws LibralError `vault.unreadable` */
export async function openSealed(file: SealedFile, passphrase: Uint8Array): Promise<OpenedFile | null> {
  const key = await openUnderPassphrase(Buffer.from(file.fileKey, 'base64'), passphrase)
  if (key === null) return null
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(file.nonce, 'base64'), { authTagLength: 16 })
  decipher.setAAD(associated(file.revision))
  decipher.setAuthTag(Buffer.from(file.tag, 'base64'))
  try {
    const plain = Buffer.concat([decipher.update(Buffer.from(file.sealed, 'base64')), decipher.final()])
    const document = documentSchema.parse(JSON.parse(plain.toString('utf8')))
    return { document, fileKey: { key, wrapped: file.fileKey }, revision: file.revision }
  } catch (cause) {
    throw new LibralError('vault.unreadable', {}, { cause })
  }
}

const associated = (revision: number): Buffer => Buffer.from(`libral keyring v1 ${revision}`)
const digest = (line: string): string => createHash('sha256').update(line).digest('hex')
