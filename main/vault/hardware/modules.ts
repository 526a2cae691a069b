import { basename } from 'node:path'
import { type Failure, failureOf, LibralError } from '#protocol/errors.ts'
import type { AskSecret } from './ask.ts'
import { judgeLibrary } from './library-kind.ts'
import { Pkcs11Client, type Pkcs11Options } from './pkcs11-client.ts'
import { listTokens, TokenKeys, type TokenName } from './pkcs11-keys.ts'
import type { Token, TokenKey } from './pkcs11-protocol.ts'

/** A vendor's library as the keyring's document names it. */
export interface StoredModule {
  readonly id: string
  readonly file: string
}

export interface SeenModule {
  readonly id: string
  readonly file: string
  readonly state: 'looking' | 'ready' | 'failed'
  readonly failure: Failure | null
  readonly tokens: readonly Token[]
  /** By the token's serial and label, once it was logged in to. */
  readonly keys: ReadonlyMap<string, readonly TokenKey[]>
}

interface Running extends SeenModule {
  readonly client: Pkcs11Client
}

export const tokenId = ({ serial, label }: TokenName): string => `${serial} ${label}`

/** Vendors' libraries, each in a process of its own that lives as long as the vault's. */
export interface Modules {
  seen(): readonly SeenModule[]
  /** Looks for tokens again; a library that failed is left alone unless `failedToo`. */
  look(failedToo: boolean): Promise<void>
  /** Logs in to a token and lists its keys. @throws LibralError */
  login(module: string, token: TokenName, ask: AskSecret): Promise<readonly TokenKey[]>
  /** @throws LibralError `hardware.module-missing` */
  keysIn(module: string, token: TokenName, ask: AskSecret): TokenKeys
  /** In whichever library has it. @throws LibralError `hardware.token-missing`, or why a library says nothing */
  find(token: TokenName, ask: AskSecret): Promise<TokenKeys>
  stop(): Promise<void>
}

/**
 * @param stored what the keyring names now
 * @param command the Node and the program that hold a library; left out: this very Node
 */
export function createModules(
  stored: () => readonly StoredModule[],
  command: Pkcs11Options['command'] | undefined,
  changed: () => void,
): Modules {
  let running: readonly Running[] = []
  const put = (id: string, next: Partial<SeenModule>): void => {
    running = running.map((it) => (it.id === id ? { ...it, ...next } : it))
    changed()
  }
  const begin = ({ id, file }: StoredModule): Running => {
    const client = new Pkcs11Client({ module: file, ...(command !== undefined && { command }) })
    return { id, file, state: 'looking', failure: null, tokens: [], keys: new Map(), client }
  }
  /** What the keyring no longer names is ended. */
  const present = (): readonly Running[] => {
    const wanted = stored()
    for (const it of running) if (!wanted.some(({ id }) => id === it.id)) void it.client.stop()
    running = wanted.map((it) => running.find(({ id }) => id === it.id) ?? begin(it))
    return running
  }
  const moduleOf = (id: string): Running => {
    const found = present().find((it) => it.id === id)
    if (found === undefined) throw new LibralError('hardware.module-missing')
    return found
  }
  const lookAt = async ({ id, file, client, keys }: Running): Promise<readonly Token[]> => {
    try {
      const fits = await judgeLibrary(file)
      if (fits !== 'fits')
        throw new LibralError(fits === 'foreign' ? 'hardware.module-foreign' : 'hardware.module-missing')
      const tokens = await listTokens(client)
      // Logged in to no longer, or another one under the same name.
      const known = [...keys].filter(([name]) => client.loggedIn.has(name) && tokens.some((it) => tokenId(it) === name))
      put(id, { state: 'ready', failure: null, tokens, keys: new Map(known) })
      return tokens
    } catch (thrown) {
      put(id, { state: 'failed', failure: failureOf(thrown), tokens: [], keys: new Map() })
      throw thrown
    }
  }
  return {
    seen: () => present(),
    async look(failedToo) {
      const wanted = present().filter(({ state }) => failedToo || state !== 'failed')
      await Promise.all(wanted.map((it) => lookAt(it).catch(() => [])))
    },
    async login(id, token, ask) {
      const module = moduleOf(id)
      const keys = await new TokenKeys(module.client, token, ask).list()
      put(id, { keys: new Map([...moduleOf(id).keys, [tokenId(token), keys]]) })
      await lookAt(moduleOf(id)).catch(() => [])
      return keys
    },
    keysIn: (id, token, ask) => new TokenKeys(moduleOf(id).client, token, ask),
    async find(token, ask) {
      let failure: unknown = new LibralError('hardware.token-missing')
      for (const module of present()) {
        try {
          const tokens = await lookAt(module)
          if (tokens.some((it) => tokenId(it) === tokenId(token))) return new TokenKeys(module.client, token, ask)
          if (tokens.some((it) => it.label === token.label)) failure = new LibralError('hardware.token-changed')
        } catch (thrown) {
          failure = thrown
        }
      }
      throw failure
    },
    async stop() {
      await Promise.all(running.map(({ client }) => client.stop()))
      running = []
    },
  }
}

/** Only a file that can be a library of this machine is added. */
export async function libraryName(file: string): Promise<string> {
  const fits = await judgeLibrary(file)
  if (fits !== 'fits') throw new LibralError(fits === 'foreign' ? 'hardware.module-foreign' : 'hardware.module-missing')
  return basename(file)
}
