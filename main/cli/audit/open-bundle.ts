import { readFile } from 'node:fs/promises'
import { type BundleFile, bundleFile } from '#main/audit/bundle/file.ts'
import { LibralError } from '#protocol/errors.ts'
import { answersFrom } from '../../vault/ask/answers.ts'
import { openTerminal } from '../../vault/ask/terminal.ts'
import type { BundleRequest } from './arguments.ts'

/** The bundle that is meant, decrypted as it is read where a key is given. @throws LibralError `file.unreadable`, `openpgp.*` */
export async function openBundle({ file, decryptWith, passphraseFd }: BundleRequest): Promise<BundleFile> {
  const found = await bundleFile(file)
  if (decryptWith === null) return found
  const { encryptedBundle } = await import('#main/audit/bundle/encrypted.ts')
  const { openersOf, readSecretKeys, unlockWith } = await import('../../vault/stateless/material.ts')
  const keys = await readSecretKeys(await readBytes(decryptWith))
  const locked = keys.some((key) => !key.isDecrypted())
  const passphrases = locked ? [await passphraseFrom(passphraseFd)] : []
  const openers = []
  for (const key of keys) openers.push(...openersOf(await unlockWith(key, passphrases)))
  return encryptedBundle(found, { keys: openers })
}

export const readBytes = (file: string): Promise<Uint8Array> => readFile(file).catch(unreadable)
export const readText = (file: string): Promise<string> => readFile(file, 'utf8').catch(unreadable)

function unreadable(cause: unknown): never {
  throw new LibralError('file.unreadable', {}, { cause })
}

async function passphraseFrom(fd: number | null): Promise<string> {
  const answers = fd === null ? null : answersFrom(fd)
  const terminal = answers === null ? openTerminal() : null
  try {
    const bytes = answers ? await answers.next() : await terminal?.read('秘密鍵のパスフレーズ: ', true)
    if (!bytes) throw new LibralError('vault.no-terminal')
    return Buffer.from(bytes).toString('utf8')
  } finally {
    answers?.close()
    terminal?.close()
  }
}
