import { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import type { ImportResult } from '#protocol/keys.ts'
import { armored, unarmored } from './armor.ts'
import { documentSchema, type KeyringDocument } from './keyring/document.ts'
import { lockUnderPassphrase, openUnderPassphrase } from './keyring/password-message.ts'

/** A backup is the keyring's document as one armored OpenPGP message under a passphrase of its own. */
const backupSchema = z.strictObject({ kind: z.literal('libral-keyring'), v: z.literal(1), document: documentSchema })

export async function sealBackup(document: KeyringDocument, passphrase: Uint8Array): Promise<string> {
  const content: z.infer<typeof backupSchema> = { kind: 'libral-keyring', v: 1, document }
  return armored(await lockUnderPassphrase(Buffer.from(JSON.stringify(content)), passphrase))
}

/** @returns null when the passphrase is wrong. @throws LibralError `backup.not-a-backup` */
export async function openBackup(text: string, passphrase: Uint8Array): Promise<KeyringDocument | null> {
  const plain = await openUnderPassphrase(await messageIn(text), passphrase)
  if (plain === null) return null
  try {
    return backupSchema.parse(JSON.parse(Buffer.from(plain).toString('utf8'))).document
  } catch (cause) {
    throw new LibralError('backup.not-a-backup', {}, { cause })
  }
}

/** @throws LibralError `backup.not-a-backup` */
export async function messageIn(text: string): Promise<Uint8Array> {
  try {
    return await unarmored(text)
  } catch (cause) {
    throw new LibralError('backup.not-a-backup', {}, { cause })
  }
}

/** Adds what a backup has and the keyring has not; what is here stays as it is. */
export function mergeBackup(
  present: KeyringDocument,
  backup: KeyringDocument,
): { readonly document: KeyringDocument; readonly result: ImportResult } {
  const known = new Map(
    present.entries.flatMap(({ id, certificates }) =>
      certificates.map(({ fingerprint }) => [fingerprint, id] as const),
    ),
  )
  const news = backup.entries.filter(({ certificates }) => !certificates.some((it) => known.has(it.fingerprint)))
  const items = backup.entries.map((entry): ImportResult['items'][number] => {
    const fingerprint = entry.certificates[0]?.fingerprint ?? ''
    const outcome = news.includes(entry) ? 'added' : 'unchanged'
    return { id: known.get(fingerprint) ?? entry.id, name: '', fingerprint, outcome, secret: false, failure: null }
  })
  return { document: { ...present, entries: [...present.entries, ...news] }, result: { items } }
}
