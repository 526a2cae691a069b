import { readFile } from 'node:fs/promises'
import { implement } from '@orpc/server'
import type { Key } from 'openpgp'
import { v7 as uuidv7 } from 'uuid'
import { latest } from '#main/ipc/streams.ts'
import { LibralError } from '#protocol/errors.ts'
import { primaryAccess } from './access.ts'
import { cardRotation, removal, revocation } from './ask/confirmations.ts'
import { mergeBackup, messageIn, openBackup, sealBackup } from './backup.ts'
import { certify, possess } from './certifying/certify.ts'
import { vaultContract } from './contract.ts'
import { certificateIn, editKeys, entryIn } from './entries.ts'
import { envFilesRouter } from './env-files/router.ts'
import { certificateText, exported, secretExport, writeExport } from './exports.ts'
import { primaryPlace, rotateHeld } from './hardware/rotate-held.ts'
import { hardwareProcedures } from './hardware/router.ts'
import { withSecrets } from './hardware/secrets.ts'
import { createIdentity } from './identity/create.ts'
import { exportFromGnupg, exportSecretFromGnupg, listGnupg } from './identity/gnupg.ts'
import { isSecret, parseKeys } from './identity/parse.ts'
import { revokedBy } from './identity/revoked-by.ts'
import { rotate } from './identity/rotate.ts'
import { addUserId, extend, revoke, revokeUserId } from './identity/self-signatures.ts'
import { importKeys, opened } from './imports.ts'
import { findKeyring } from './keyring/files.ts'
import { hasKeyring } from './keyring/places.ts'
import { messagesRouter } from './messages/router.ts'
import type { SigningAccess } from './openpgp/key-access.ts'
import { sealedRouter } from './sealed/router.ts'
import { shownKeyring } from './shown-keyring.ts'
import { sign } from './signing/sign.ts'
import { leastPassphrase, type Vault } from './vault.ts'
import { wkdRouter } from './wkd/router.ts'

const os = implement(vaultContract).$context<{ readonly vault: Vault }>()
const done = {}
const dayMs = 86_400_000

const shownEntry = async (vault: Vault, id: string) => {
  const found = (await shownKeyring(vault)).entries.find((it) => it.id === id)
  if (found === undefined) throw new LibralError('keys.unknown')
  return found
}

const readImport = (file: string): Promise<Buffer> =>
  readFile(file).catch((cause: unknown) => {
    throw new LibralError('keys.not-a-key', {}, { cause })
  })

/** Everything the vault does. Failures are LibralErrors. */
export const vaultRouter = os.router({
  messages: messagesRouter,
  envFiles: envFilesRouter,
  wkd: wkdRouter,
  sealed: sealedRouter,
  setUp: os.setUp.handler(async ({ context: { vault } }) => {
    await vault.setUp()
    return done
  }),
  startOver: os.startOver.handler(async ({ context: { vault } }) => {
    await vault.startOver()
    return done
  }),
  unlock: os.unlock.handler(async ({ context: { vault } }) => {
    await vault.unlock()
    return { setAside: vault.keyring().setAside }
  }),
  changePassphrase: os.changePassphrase.handler(async ({ context: { vault } }) => {
    const { say } = vault
    const keyring = vault.keyring()
    const asked = { title: say('change.title'), body: [say('change.body')], facts: [], accept: say('accept') }
    await vault.ask({ ...asked, fields: 'two', least: leastPassphrase }, async (secret) => {
      await keyring.setPassphrase(secret)
      return true
    })
    return done
  }),
  watch: os.watch.handler(async function* ({ context: { vault }, signal }) {
    const keyring = vault.keyring()
    for await (const _ of latest<{ readonly tick: true }>(
      { tick: true },
      (tell) => keyring.onChange(() => tell({ tick: true })),
      signal,
    ))
      yield await shownKeyring(vault)
  }),
  create: os.create.handler(async ({ context: { vault }, input }) => {
    const keyring = vault.keyring()
    const now = vault.now()
    const certificates = await createIdentity(input, now)
    const id = uuidv7()
    await keyring.change((document) => ({
      ...document,
      entries: [...document.entries, { id, addedAt: now, certificates }],
      unsavedSince: document.unsavedSince ?? now,
    }))
    return { id }
  }),
  armored: os.armored.handler(async ({ context: { vault }, input }) => ({
    text: await certificateText(certificateIn(vault.keyring(), input.id, input.fingerprint)),
  })),
  importFile: os.importFile.handler(async ({ context: { vault }, input }) => {
    const keyring = vault.keyring()
    return importKeys(await parseKeys(await readImport(input.file)), { ...vault, keyring })
  }),
  importText: os.importText.handler(async ({ context: { vault }, input }) => {
    const keyring = vault.keyring()
    const keys = await parseKeys(Buffer.from(input.text))
    if (keys.some(isSecret)) throw new LibralError('keys.secret-in-text')
    return importKeys(keys, { ...vault, keyring })
  }),
  gnupgKeys: os.gnupgKeys.handler(async ({ context: { vault } }) => {
    const { entries } = vault.keyring().current()
    const known = new Set(entries.flatMap((it) => it.certificates.map(({ fingerprint }) => fingerprint)))
    return { keys: (await listGnupg()).map((it) => ({ ...it, known: known.has(it.fingerprint) })) }
  }),
  importGnupg: os.importGnupg.handler(async ({ context: { vault }, input }) => {
    const keyring = vault.keyring()
    const context = { ...vault, keyring }
    if (!input.secret) return importKeys(await parseKeys(await exportFromGnupg(input.fingerprints)), context)
    const items = []
    for (const fingerprint of input.fingerprints) {
      const key = await secretFromGnupg(vault, fingerprint)
      items.push(...(await importKeys(key, context)).items)
    }
    return { items }
  }),
  exportFile: os.exportFile.handler(async ({ context: { vault }, input }) => {
    const stored = certificateIn(vault.keyring(), input.id, input.fingerprint)
    if (input.what !== 'secret') {
      await writeExport(input.file, await exported(stored, input.what, input.armored, null))
      return done
    }
    const entry = await shownEntry(vault, input.id)
    await writeExport(input.file, await secretExport(vault, entry, [stored], input.armored))
    return done
  }),
  backup: os.backup.handler(async ({ context: { vault }, input }) => {
    const { say } = vault
    const keyring = vault.keyring()
    const asked = { title: say('backup.title'), body: [say('backup.body')], facts: [], accept: say('accept') }
    await vault.ask({ ...asked, fields: 'two', least: leastPassphrase }, async (secret) => {
      const backupAt = vault.now()
      const document = { ...keyring.current(), backupAt, unsavedSince: null }
      await writeExport(input.file, Buffer.from(await sealBackup(document, secret)))
      await keyring.change((now) => ({ ...now, backupAt, unsavedSince: null }))
      return true
    })
    return done
  }),
  restore: os.restore.handler(async ({ context: { vault }, input }) => {
    const { say, directory } = vault
    if (!vault.isOpen() && hasKeyring(directory) && (await isWhole(vault))) throw new LibralError('vault.locked')
    const text = (await readImport(input.file)).toString('utf8')
    await messageIn(text)
    const asked = { title: say('restore.title'), body: [say('restore.body')], facts: [], accept: say('accept') }
    const backup = await vault.ask({ ...asked, fields: 'one' }, (secret) => openBackup(text, secret))
    if (!vault.isOpen()) {
      await vault.setUpFrom(backup)
      return mergeBackup({ ...backup, entries: [] }, backup).result
    }
    const keyring = vault.keyring()
    const { result } = mergeBackup(keyring.current(), backup)
    await keyring.change((document) => mergeBackup(document, backup).document)
    return result
  }),
  extend: os.extend.handler(async ({ context: { vault }, input }) => {
    const end = input.days === null ? null : new Date(vault.now() + input.days * dayMs)
    await editOwn(vault, input.id, (key, access) => extend(key, access, end))
    return done
  }),
  rotate: os.rotate.handler(async ({ context: { vault }, input }) => {
    const now = vault.now()
    const keyring = vault.keyring()
    const entry = entryIn(keyring, input.id)
    const place = primaryPlace(entry)
    if (place === null) {
      await editKeys(keyring, input.id, now, (key) => rotate(key, now))
      return done
    }
    if (place.place === 'card') await vault.ask(cardRotation(await shownEntry(vault, input.id), vault.say), agreed)
    const certificates = await rotateHeld(entry, vault.hardware, now)
    await keyring.change((document) => ({
      ...document,
      entries: document.entries.map((it) => (it.id === input.id ? { ...it, certificates } : it)),
      unsavedSince: document.unsavedSince ?? now,
    }))
    return done
  }),
  addUserId: os.addUserId.handler(async ({ context: { vault }, input }) => {
    const { id, name, email } = input
    await editOwn(vault, id, (key, access) => addUserId(key, access, name, email))
    return done
  }),
  revokeUserId: os.revokeUserId.handler(async ({ context: { vault }, input }) => {
    const { id, userId } = input
    await editOwn(vault, id, (key, access) => revokeUserId(key, access, userId))
    return done
  }),
  revoke: os.revoke.handler(async ({ context: { vault }, input }) => {
    const entry = await shownEntry(vault, input.id)
    if (!entry.own) throw new LibralError('keys.not-own')
    if (entry.certificates.every(({ revoked }) => revoked !== null)) throw new LibralError('keys.already-revoked')
    await vault.ask(revocation(entry, input.reason, vault.say), agreed)
    await editOwn(vault, input.id, (key, access) => revoke(key, access, input.reason, input.text))
    return done
  }),
  revokeByFile: os.revokeByFile.handler(async ({ context: { vault }, input }) => {
    const keyring = vault.keyring()
    const found = await revokedBy((await readImport(input.file)).toString('utf8'), keyring.current())
    await vault.ask(revocation(await shownEntry(vault, found.id), 'unspecified', vault.say), agreed)
    const { id, fingerprint, key } = found
    await editKeys(keyring, id, vault.now(), async (present) =>
      present.getFingerprint() === fingerprint ? key : present,
    )
    return { id }
  }),
  remove: os.remove.handler(async ({ context: { vault }, input }) => {
    const keyring = vault.keyring()
    const entry = await shownEntry(vault, input.id)
    await vault.ask(removal(entry, keyring.current().backupAt, vault.say), async () => {
      await keyring.change((document) => ({
        ...document,
        entries: document.entries.filter(({ id }) => id !== input.id),
      }))
      return true
    })
    return done
  }),
  confirm: os.confirm.handler(async ({ context: { vault }, input }) => {
    const keyring = vault.keyring()
    certificateIn(keyring, input.id, input.fingerprint)
    const confirmedAt = input.confirmed ? vault.now() : null
    await keyring.change((document) => ({
      ...document,
      entries: document.entries.map((entry) => ({
        ...entry,
        certificates: entry.certificates.map((it) =>
          it.fingerprint === input.fingerprint ? { ...it, confirmedAt } : it,
        ),
      })),
    }))
    entryIn(keyring, input.id)
    return done
  }),
  hardware: hardwareProcedures,
  certify: os.certify.handler(({ context: { vault }, input }) => certify(vault, input) as Promise<never>),
  possess: os.possess.handler(({ context: { vault }, input }) => possess(vault, input)),
  sign: os.sign.handler(({ context: { vault }, input }) => sign(vault, input)),
})

/** The person said yes in the vault's window, which is closed before anything else is asked. */
const agreed = async (): Promise<true> => true

/** Has the primary key of each certificate sign, wherever it lies; a PIN is asked once for all. */
const editOwn = (vault: Vault, id: string, edit: (key: Key, access: SigningAccess) => Promise<Key>): Promise<void> =>
  withSecrets(vault.hardware.ask, (ask) =>
    editKeys(vault.keyring(), id, vault.now(), (key, stored) =>
      edit(key, primaryAccess(key, stored, vault.hardware, ask)),
    ),
  )

/** GnuPG hands the key out under the passphrase that it has there; here it is opened with the same one. */
function secretFromGnupg(vault: Vault, fingerprint: string) {
  const { say } = vault
  const facts = [{ label: say('fact.fingerprint'), value: fingerprint }]
  const asked = { title: say('gnupg.title'), body: [say('gnupg.body')], facts, accept: say('accept') }
  return vault.ask({ ...asked, fields: 'one', least: 0 }, async (secret) => {
    const bytes = await exportSecretFromGnupg(fingerprint, secret).catch((thrown: unknown) => {
      if (thrown instanceof LibralError && thrown.code === 'keys.gnupg-failed') return null
      throw thrown
    })
    if (bytes === null) return null
    const keys = await Promise.all(
      (await parseKeys(bytes)).map((key) => (isSecret(key) && !key.isDecrypted() ? opened(key, secret) : key)),
    )
    return keys.some((it) => it === null) ? null : keys.filter((it) => it !== null)
  })
}

const isWhole = (vault: Vault): Promise<boolean> =>
  findKeyring(vault.directory, vault.now()).then(
    () => true,
    (thrown: unknown) => !(thrown instanceof LibralError && thrown.code === 'vault.unreadable'),
  )
