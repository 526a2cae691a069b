import { LibralError } from '#protocol/errors.ts'
import type { Ask } from './ask/question.ts'
import type { SayVault } from './ask/texts.ts'
import { createHardware, type Hardware, type HardwareOptions } from './hardware/hardware.ts'
import { secretsThrough } from './hardware/secrets.ts'
import type { KeyringDocument } from './keyring/document.ts'
import { setAllAside } from './keyring/files.ts'
import { createKeyring, type Keyring, openKeyring } from './keyring/keyring.ts'
import { createListing } from './keyring/listing.ts'
import { lockKeyring } from './keyring/lock.ts'
import type { RequestOptions } from './wkd/request.ts'

/** Fewest characters of a passphrase that is chosen here. */
export const leastPassphrase = 12

export interface VaultOptions {
  readonly directory: string
  readonly ask: Ask
  readonly say: SayVault
  now(): number
  /** The Node and the program that hold a vendor's library; left out: this very Node. */
  readonly pkcs11?: HardwareOptions['pkcs11']
  /** Where gpg-agent is; left out: the user's own. */
  readonly agent?: HardwareOptions['agent']
  /** How Web Key Directories are reached; left out: as the draft says. */
  readonly wkd?: Partial<RequestOptions>
  /** Where pcscd is found; left out: in this process's own environment. */
  readonly env?: HardwareOptions['env']
}

/** The vault while its process lives: closed, then open. It is closed again only by the end of the process. */
export interface Vault extends VaultOptions {
  /** @throws LibralError `vault.locked` */
  keyring(): Keyring
  isOpen(): boolean
  readonly listing: ReturnType<typeof createListing>
  readonly hardware: Hardware
  /** @throws LibralError `vault.exists`, `vault.declined` */
  setUp(): Promise<void>
  /** A new keyring in place of one that can't be opened, which is kept under another name. @throws LibralError `vault.exists` while it is open */
  startOver(): Promise<void>
  /** @throws LibralError `vault.absent`, `vault.unreadable`, `vault.declined` */
  unlock(): Promise<void>
  /** Makes the keyring from a backup's document; a damaged one is set aside first. */
  setUpFrom(document: KeyringDocument): Promise<void>
  close(): Promise<void>
}

/** Takes the keyring's lock at once. @throws LibralError `vault.in-use` */
export function createVault(options: VaultOptions): Vault {
  const { directory, ask, say, now } = options
  const release = lockKeyring(directory)
  let keyring: Keyring | null = null
  const chosen = { facts: [], fields: 'two', accept: say('accept'), least: leastPassphrase } as const
  const make = async (title: string, body: string, document?: KeyringDocument): Promise<void> => {
    keyring = await ask({ ...chosen, title, body: [body] }, (secret) =>
      createKeyring(directory, secret, now(), document),
    )
  }
  const hardware = createHardware({
    ask: secretsThrough(ask, say),
    modules: () => keyring?.current().modules ?? [],
    pkcs11: options.pkcs11,
    ...(options.agent !== undefined && { agent: options.agent }),
    ...(options.env !== undefined && { env: options.env }),
  })
  return {
    ...options,
    hardware,
    keyring() {
      if (keyring === null) throw new LibralError('vault.locked')
      return keyring
    },
    isOpen: () => keyring !== null,
    listing: createListing(),
    setUp: () => make(say('setUp.title'), say('setUp.body')),
    async startOver() {
      if (keyring !== null) throw new LibralError('vault.exists')
      const asked = { ...chosen, title: say('startOver.title'), body: [say('startOver.body')], danger: true }
      keyring = await ask(asked, async (secret) => {
        await setAllAside(directory, now())
        return createKeyring(directory, secret, now())
      })
    },
    async unlock() {
      if (keyring !== null) return
      const asked = { title: say('unlock.title'), body: [say('unlock.body')], facts: [], accept: say('accept') }
      keyring = await ask({ ...asked, fields: 'one' }, (secret) => openKeyring(directory, secret, now()))
    },
    async setUpFrom(document) {
      await setAllAside(directory, now())
      // A library is loaded from a place on this machine alone.
      await make(say('restored.title'), say('restored.body'), { ...document, modules: [] })
    },
    async close() {
      await hardware.stop()
      release()
    },
  }
}
