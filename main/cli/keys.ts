import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { failureOf, LibralError } from '#protocol/errors.ts'
import type { ImportResult } from '#protocol/keys.ts'
import { certificateIn } from '../vault/entries.ts'
import { exported, secretExport, writeExport } from '../vault/exports.ts'
import { parseKeys as keysIn } from '../vault/identity/parse.ts'
import { importKeys } from '../vault/imports.ts'
import { hasKeyring } from '../vault/keyring/places.ts'
import { shownKeyring } from '../vault/shown-keyring.ts'
import type { Area, Said } from './area.ts'
import { type FoundKey, findKey, matching } from './find-key.ts'
import { type KeysRequest, keysUsage, parseKeys } from './keys-arguments.ts'
import { gnupgWords, importWords, listWords, showWords } from './keys-words.ts'
import { type OpenVault, vaultDirectory, withUnlocked, withVault } from './open-vault.ts'

/** `libral keys`: what page 鍵 can, over the same procedures, keyring and lock. */
export const keysArea = (pkcs11?: readonly [string, string]): Area<KeysRequest> => ({
  usage: keysUsage,
  parse: parseKeys,
  perform: (request) => perform({ ...request, ...(pkcs11 && { pkcs11 }) }),
})

type Of<Command extends KeysRequest['command']> = KeysRequest & { readonly command: Command }

async function perform(request: KeysRequest): Promise<Said> {
  if (is(request, 'init'))
    return withVault(request, async ({ client }) => {
      await client.setUp({})
      return { result: {}, words: '鍵の保管庫を作りました' }
    })
  if (is(request, 'restore')) return restore(request)
  if (is(request, 'backup')) refuseExisting(request.file)
  if (is(request, 'export')) refuseExisting(request.output)
  return withUnlocked(request, (open) => performOpen(request as Parameters<typeof performOpen>[0], open))
}

const is = <C extends KeysRequest['command']>(request: KeysRequest, command: C): request is Of<C> =>
  request.command === command

/** Before anybody types a passphrase for nothing. */
function refuseExisting(file: string | null): void {
  if (file !== null && existsSync(file)) throw new LibralError('openpgp.target-exists')
}

async function performOpen(
  request: Of<Exclude<KeysRequest['command'], 'init' | 'restore'>>,
  open: OpenVault,
): Promise<Said> {
  const { vault, client } = open
  const find = async (name: string): Promise<FoundKey> => findKey((await shownKeyring(vault)).entries, name)
  const shown = async (name: string): Promise<Said> => {
    const { entry } = await find(name)
    return { result: { entry }, words: showWords(entry) }
  }
  switch (request.command) {
    case 'list': {
      const keyring = await shownKeyring(vault)
      const entries = matching(keyring.entries, request.words)
        .filter((it) => !request.own || it.own)
        .filter(({ state }) => request.state === null || state === request.state)
      return { result: { ...keyring, entries }, words: listWords(entries, keyring) }
    }
    case 'show':
      return shown(request.key)
    case 'create': {
      const { name, email, curve, companion, days } = request
      const { id } = await client.create({ name, email, curve, companion, days })
      return shown(id)
    }
    case 'import':
      return imported(await importFiles(request.files, open))
    case 'gnupg': {
      const { keys } = await client.gnupgKeys({})
      return { result: { keys }, words: gnupgWords(keys) }
    }
    case 'import-gnupg':
      return imported(await importGnupg(request, open))
    case 'export':
      return exportKey(request, await find(request.key), open)
    case 'backup':
      await client.backup({ file: request.file })
      return { result: { file: request.file }, words: `${request.file} に書き出しました` }
    case 'extend': {
      const { id } = (await find(request.key)).entry
      await client.extend({ id, days: request.days })
      return shown(id)
    }
    case 'rotate': {
      const { id } = (await find(request.key)).entry
      await client.rotate({ id })
      return shown(id)
    }
    case 'revoke': {
      const { id } = (await find(request.key)).entry
      await client.revoke({ id, reason: request.reason, text: request.text })
      return shown(id)
    }
    case 'apply-revocation':
      return shown((await client.revokeByFile({ file: request.file })).id)
    case 'add-user-id': {
      const { id } = (await find(request.key)).entry
      await client.addUserId({ id, name: request.name, email: request.email })
      return shown(id)
    }
    case 'revoke-user-id': {
      const { id } = (await find(request.key)).entry
      await client.revokeUserId({ id, userId: request.userId })
      return shown(id)
    }
    case 'confirm': {
      const { fingerprint, confirmed } = request
      const { entry, certificates } = await find(fingerprint)
      // A subkey's fingerprint would find it too, and is not what people compare.
      if (certificates[0]?.fingerprint !== fingerprint) throw new LibralError('keys.unknown')
      await client.confirm({ id: entry.id, fingerprint, confirmed })
      return shown(entry.id)
    }
    case 'remove': {
      const { entry } = await find(request.key)
      await client.remove({ id: entry.id })
      return { result: { id: entry.id }, words: '削除しました' }
    }
    case 'passphrase':
      await client.changePassphrase({})
      return { result: {}, words: 'パスフレーズを変えました' }
  }
}

async function importFiles(files: readonly string[], { vault }: OpenVault): Promise<ImportResult> {
  const keyring = vault.keyring()
  const items = []
  for (const file of files) {
    const bytes = await (file === '-' ? buffer(process.stdin) : readFile(file)).catch((cause: unknown) => {
      throw new LibralError('openpgp.read-failed', {}, { cause })
    })
    items.push(...(await importKeys(await keysIn(bytes), { ...vault, keyring })).items)
  }
  return { items }
}

async function importGnupg(request: Of<'import-gnupg'>, { client }: OpenVault): Promise<ImportResult> {
  if (request.fingerprints !== 'all')
    return client.importGnupg({ fingerprints: [...request.fingerprints], secret: request.secret })
  const { keys } = await client.gnupgKeys({})
  const fingerprints = keys.filter((it) => it.secret || !request.secret).map((it) => it.fingerprint)
  if (fingerprints.length === 0) throw new LibralError('keys.unknown')
  return client.importGnupg({ fingerprints, secret: request.secret })
}

/** One that was refused keeps no other out, and the exit code tells of it. */
function imported(result: ImportResult): Said {
  const refused = result.items.find(({ failure }) => failure !== null)?.failure
  return { result, words: importWords(result), ...(refused && { failure: refused }) }
}

async function exportKey(request: Of<'export'>, found: FoundKey, { vault }: OpenVault): Promise<Said> {
  const { what, armored, version, output } = request
  const certificates = found.certificates.filter((it) => version === null || it.version === version)
  if (certificates.length === 0) throw new LibralError('keys.unknown')
  const stored = certificates.map((it) => certificateIn(vault.keyring(), found.entry.id, it.fingerprint))
  const bytes =
    what === 'secret'
      ? await secretExport(vault, found.entry, stored, armored)
      : Buffer.concat(await Promise.all(stored.map((it) => exported(it, what, armored, null))))
  const fingerprints = stored.map(({ fingerprint }) => fingerprint)
  if (output !== null) {
    await writeExport(output, bytes)
    return { result: { file: output, fingerprints }, words: `${output} に書き出しました` }
  }
  const text = armored || what === 'revocation' ? Buffer.from(bytes).toString('latin1') : null
  if (request.json) return { result: { fingerprints, data: text ?? Buffer.from(bytes).toString('base64') }, words: '' }
  process.stdout.write(bytes)
  return { result: {}, words: '' }
}

/** Into the open keyring; where there is none, or only a damaged one, the backup becomes the keyring. */
function restore(request: Of<'restore'>): Promise<Said> {
  return withVault(request, async ({ client }) => {
    if (hasKeyring(vaultDirectory(request)))
      await client.unlock({}).catch((thrown: unknown) => {
        if (failureOf(thrown).code !== 'vault.unreadable') throw thrown
      })
    return imported(await client.restore({ file: request.file }))
  })
}
