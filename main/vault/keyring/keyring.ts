import { LibralError } from '#protocol/errors.ts'
import { emptyDocument, type KeyringDocument } from './document.ts'
import { findKeyring, keepFile } from './files.ts'
import { hasKeyring } from './places.ts'
import { type FileKey, makeFileKey, openSealed, seal } from './sealed-file.ts'

/** The open keyring. What `change` resolved is on disk. */
export interface Keyring {
  current(): KeyringDocument
  revision(): number
  /** One change after another; what throws changes nothing. */
  change(edit: (document: KeyringDocument) => KeyringDocument | Promise<KeyringDocument>): Promise<void>
  setPassphrase(passphrase: Uint8Array): Promise<void>
  onChange(listener: () => void): () => void
  readonly setAside: string | null
}

/** @throws LibralError `vault.exists`, `vault.write-failed` */
export async function createKeyring(
  directory: string,
  passphrase: Uint8Array,
  now: number,
  document: KeyringDocument = emptyDocument(now),
): Promise<Keyring> {
  if (hasKeyring(directory)) throw new LibralError('vault.exists')
  const fileKey = await makeFileKey(passphrase)
  await keepFile(directory, seal(document, fileKey, 1))
  return keyringOver(directory, { document, fileKey, revision: 1 }, null)
}

/**
 * @returns null when the passphrase is wrong
 * @throws LibralError `vault.absent`, `vault.unreadable`, `vault.newer-version`
 */
export async function openKeyring(directory: string, passphrase: Uint8Array, now: number): Promise<Keyring | null> {
  const found = await findKeyring(directory, now)
  const opened = await openSealed(found.file, passphrase)
  return opened === null ? null : keyringOver(directory, opened, found.setAside)
}

interface State {
  readonly document: KeyringDocument
  readonly fileKey: FileKey
  readonly revision: number
}

function keyringOver(directory: string, opened: State, setAside: string | null): Keyring {
  const listeners = new Set<() => void>()
  let state = opened
  let last: Promise<void> = Promise.resolve()
  const save = (next: (now: State) => Promise<Omit<State, 'revision'>>): Promise<void> => {
    const done = last.then(async () => {
      const made = { ...(await next(state)), revision: state.revision + 1 }
      await keepFile(directory, seal(made.document, made.fileKey, made.revision))
      state = made
      for (const listener of [...listeners]) listener()
    })
    last = done.catch(() => {})
    return done
  }
  return {
    current: () => state.document,
    revision: () => state.revision,
    change: (edit) => save(async ({ document, fileKey }) => ({ document: await edit(document), fileKey })),
    setPassphrase: (passphrase) =>
      save(async ({ document, fileKey }) => ({ document, fileKey: await makeFileKey(passphrase, fileKey.key) })),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setAside,
  }
}
