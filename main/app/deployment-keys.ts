import { mkdirSync } from 'node:fs'
import type { DesktopState } from '#protocol/desktop.ts'
import type { Keychain } from './keychain.ts'
import { derive, keepKey, newKey, readKeptKey, unwrapKey, wrapKey } from './storage-key.ts'

type Protection = DesktopState['replica']['protection']

/** The keys of one deployment on this machine. */
export interface DeploymentKeys {
  readonly replica: { readonly key: Uint8Array; readonly protection: Protection }
  /** The embedded backend's; null: its storage exists but can't be opened in this session (`storage.locked`). */
  readonly backend: Uint8Array<ArrayBuffer> | null
  /** What a token is sealed under; null: nothing here protects it, so it is not kept beyond this run. */
  readonly credential: Uint8Array<ArrayBuffer> | null
}

/** Asks for the passphrase; `wrong` says that the last one was. null: the operator declined. */
export type AskPassphrase = (wrong: boolean) => Promise<string | null>

/**
 * Opens, or at the first run makes, the deployment's storage key.
 * @param ask null where nobody may be asked
 */
export async function openKeys(
  directory: string,
  keychain: Keychain,
  ask: AskPassphrase | null,
): Promise<DeploymentKeys> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const kept = readKeptKey(directory)
  if (kept === 'unreadable') return locked()
  if (kept === null) return keepNew(directory, keychain)
  if (kept.kind === 'keychain') return fromKeychain(keychain.open(Buffer.from(kept.sealed, 'base64')))
  if (kept.kind === 'file') return fromFile(directory, Buffer.from(kept.key, 'base64url'), keychain)
  for (let wrong = false; ask !== null; wrong = true) {
    const passphrase = await ask(wrong)
    if (passphrase === null) break
    const master = await unwrapKey(kept, passphrase)
    if (master !== null) return protectedBy(master, 'passphrase')
  }
  return locked()
}

/** Puts the deployment's key under a passphrase; from then on it is nowhere else. */
export async function protectWithPassphrase(
  directory: string,
  keychain: Keychain,
  passphrase: string,
): Promise<DeploymentKeys | null> {
  const kept = readKeptKey(directory)
  if (kept === null || kept === 'unreadable' || kept.kind === 'passphrase') return null
  const master =
    kept.kind === 'file'
      ? Buffer.from(kept.key, 'base64url')
      : opened(keychain.open(Buffer.from(kept.sealed, 'base64')))
  if (master === null) return null
  await keepKey(directory, await wrapKey(master, passphrase))
  return protectedBy(master, 'passphrase')
}

async function keepNew(directory: string, keychain: Keychain): Promise<DeploymentKeys> {
  const master = newKey()
  if (keychain.protects()) {
    await keepSealed(directory, keychain, master)
    return protectedBy(master, 'keychain')
  }
  await keepKey(directory, { v: 1, kind: 'file', key: Buffer.from(master).toString('base64url') })
  return thisRun(derive(master, 'backend'))
}

const keepSealed = (directory: string, keychain: Keychain, master: Uint8Array): Promise<void> => {
  const sealed = Buffer.from(keychain.seal(Buffer.from(master).toString('base64url'))).toString('base64')
  return keepKey(directory, { v: 1, kind: 'keychain', sealed })
}

/** A key that lay open goes under the keychain as soon as there is one. */
async function fromFile(directory: string, master: Uint8Array, keychain: Keychain): Promise<DeploymentKeys> {
  if (!keychain.protects()) return thisRun(derive(master, 'backend'))
  await keepSealed(directory, keychain, master)
  return protectedBy(master, 'keychain')
}

function fromKeychain(text: string | null): DeploymentKeys {
  const master = opened(text)
  return master === null ? locked() : protectedBy(master, 'keychain')
}

const opened = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text, 'base64url'))

const protectedBy = (master: Uint8Array, protection: Protection): DeploymentKeys => ({
  replica: { key: derive(master, 'replica'), protection },
  backend: derive(master, 'backend'),
  credential: derive(master, 'credential'),
})
const thisRun = (backend: Uint8Array<ArrayBuffer> | null): DeploymentKeys => ({
  replica: { key: newKey(), protection: 'this-run' },
  backend,
  credential: null,
})
const locked = (): DeploymentKeys => thisRun(null)
