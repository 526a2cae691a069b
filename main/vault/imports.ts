import type { Key, PrivateKey } from 'openpgp'
import { v7 as uuidv7 } from 'uuid'
import { type Failure, failureOf, LibralError } from '#protocol/errors.ts'
import type { ImportResult } from '#protocol/keys.ts'
import { policy } from '#trust/openpgp/policy.ts'
import type { Ask } from './ask/question.ts'
import type { SayVault } from './ask/texts.ts'
import { isSecret } from './identity/parse.ts'
import type { KeyringDocument, StoredCertificate, StoredEntry } from './keyring/document.ts'
import { isTooWeak } from './keyring/facts.ts'
import type { Keyring } from './keyring/keyring.ts'
import { parseStored } from './keyring/listing.ts'
import { unlockKey } from './openpgp/unlock-key.ts'

type Item = ImportResult['items'][number]

export interface ImportContext {
  readonly keyring: Keyring
  readonly ask: Ask
  readonly say: SayVault
  now(): number
}

/** Takes keys in one after another; one that is refused does not keep the others out. */
export async function importKeys(keys: readonly Key[], context: ImportContext): Promise<ImportResult> {
  const items: Item[] = []
  for (const key of keys) items.push(await importOne(key, keys, context))
  return { items }
}

async function importOne(key: Key, together: readonly Key[], context: ImportContext): Promise<Item> {
  const said = {
    name: key.users.find(({ userID }) => userID !== null)?.userID?.userID ?? '',
    fingerprint: key.getFingerprint(),
    secret: isSecret(key),
  }
  try {
    if (isTooWeak(key)) throw new LibralError('keys.too-weak')
    const open = isSecret(key) ? await unlocked(key, said.name, context) : key
    return { ...said, ...(await add(open, together, context)), failure: null }
  } catch (thrown) {
    return { ...said, id: null, outcome: 'refused', failure: refusal(thrown) }
  }
}

const refusal = (thrown: unknown): Failure =>
  thrown instanceof LibralError ? failureOf(thrown) : { code: 'keys.unsupported', params: {} }

/** Asks for the key's own passphrase until it opens. */
async function unlocked(key: PrivateKey, name: string, { ask, say }: ImportContext): Promise<PrivateKey> {
  if (key.isDecrypted()) return key
  const facts = [
    { label: say('fact.name'), value: name },
    { label: say('fact.fingerprint'), value: key.getFingerprint() },
  ]
  const asked = { title: say('import.title'), body: [say('import.body')], facts, accept: say('accept') }
  return ask({ ...asked, fields: 'one' }, (secret) => opened(key, secret))
}

export const opened = (key: PrivateKey, secret: Uint8Array): Promise<PrivateKey | null> =>
  unlockKey(key, new TextDecoder().decode(secret))

async function add(
  key: Key,
  together: readonly Key[],
  { keyring, now }: ImportContext,
): Promise<Pick<Item, 'id' | 'outcome'>> {
  let result: Pick<Item, 'id' | 'outcome'> = { id: null, outcome: 'unchanged' }
  await keyring.change(async (document) => {
    const fingerprint = key.getFingerprint()
    const known = document.entries.find((it) => it.certificates.some((one) => one.fingerprint === fingerprint))
    const made = known === undefined ? added(document, key, together, now()) : await merged(document, known, key)
    result = { id: made.id, outcome: known === undefined ? 'added' : made.changed ? 'merged' : 'unchanged' }
    return { ...made.document, ...(isSecret(key) && made.changed && { unsavedSince: document.unsavedSince ?? now() }) }
  })
  return result
}

interface Made {
  readonly document: KeyringDocument
  readonly id: string
  readonly changed: boolean
}

const stored = (key: Key): StoredCertificate => ({
  fingerprint: key.getFingerprint(),
  key: Buffer.from(key.write()).toString('base64'),
  revocation: null,
  confirmedAt: null,
  held: {},
})

/** A v6 and a v4 certificate of one address that come in one file are one identity. */
function added(document: KeyringDocument, key: Key, together: readonly Key[], now: number): Made {
  const twin = together.find((it) => it !== key && isTwin(it, key))?.getFingerprint()
  const beside = document.entries.find(
    ({ certificates }) => certificates.length === 1 && certificates[0]?.fingerprint === twin,
  )
  if (beside !== undefined) {
    const grown: StoredEntry = { ...beside, certificates: [...beside.certificates, stored(key)] }
    return { document: replaced(document, grown), id: beside.id, changed: true }
  }
  const entry: StoredEntry = { id: uuidv7(), addedAt: now, certificates: [stored(key)] }
  return { document: { ...document, entries: [...document.entries, entry] }, id: entry.id, changed: true }
}

const addressOf = (key: Key): string => key.users.find(({ userID }) => userID?.email)?.userID?.email ?? ''
const isTwin = (a: Key, b: Key): boolean =>
  a.keyPacket.version !== b.keyPacket.version &&
  isSecret(a) === isSecret(b) &&
  addressOf(a) !== '' &&
  addressOf(a) === addressOf(b)

async function merged(document: KeyringDocument, entry: StoredEntry, key: Key): Promise<Made> {
  const fingerprint = key.getFingerprint()
  const certificates = await Promise.all(
    entry.certificates.map(async (it) => (it.fingerprint === fingerprint ? mergedInto(it, key) : it)),
  )
  const changed = certificates.some((it, index) => it.key !== entry.certificates[index]?.key)
  return { document: changed ? replaced(document, { ...entry, certificates }) : document, id: entry.id, changed }
}

async function mergedInto(it: StoredCertificate, key: Key): Promise<StoredCertificate> {
  const present = await parseStored(it)
  const updated = await present.update(key, undefined, policy)
  return { ...it, key: Buffer.from(updated.write()).toString('base64') }
}

const replaced = (document: KeyringDocument, entry: StoredEntry): KeyringDocument => ({
  ...document,
  entries: document.entries.map((it) => (it.id === entry.id ? entry : it)),
})
