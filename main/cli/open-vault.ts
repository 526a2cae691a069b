import { dirname, join } from 'node:path'
import { createRouterClient, ORPCError, type RouterClient } from '@orpc/server'
import { LibralError } from '#protocol/errors.ts'
import { answersFrom } from '../vault/ask/answers.ts'
import { openTerminal, type Terminal } from '../vault/ask/terminal.ts'
import { createTerminalAsk } from '../vault/ask/terminal-ask.ts'
import { vaultSpeaker } from '../vault/ask/texts.ts'
import { hasKeyring } from '../vault/keyring/places.ts'
import { vaultRouter } from '../vault/router.ts'
import { createVault, type Vault } from '../vault/vault.ts'
import { usualUserData } from './user-data.ts'

/** What every command over the vault takes. */
export interface VaultRequest {
  readonly json: boolean
  /** The app's profile; null: the usual one. */
  readonly userData: string | null
  readonly passphraseFd: number | null
  readonly yes: boolean
  /** The Node and the program that hold a vendor's library. */
  readonly pkcs11?: readonly [string, string]
}

export interface OpenVault {
  readonly vault: Vault
  /** The very procedures that the app's windows reach. */
  readonly client: RouterClient<typeof vaultRouter>
  /** null where nobody sits at one, or a script gave the answers. */
  terminal(): Terminal | null
}

export const vaultDirectory = ({ userData }: VaultRequest): string =>
  join(userData ?? usualUserData(process.platform, process.env), 'vault')

/**
 * Holds the vault's lock while `use` runs; nothing is unlocked yet.
 * @throws LibralError `vault.in-use` while the app has it open, and what `use` throws
 */
export async function withVault<T>(request: VaultRequest, use: (open: OpenVault) => Promise<T>): Promise<T> {
  const say = vaultSpeaker('ja')
  const note = (text: string): void => void process.stderr.write(`${text}\n`)
  const answers = request.passphraseFd === null ? null : answersFrom(request.passphraseFd)
  let opened: Terminal | null = null
  const terminal = (): Terminal | null => (opened ??= openTerminal())
  const ask = createTerminalAsk({ say, answers, terminal, yes: request.yes, note })
  const vault = createVault({ directory: vaultDirectory(request), ask, say, now: Date.now, pkcs11: bundledHolder() })
  const client = createRouterClient(vaultRouter, { context: { vault } })
  try {
    return await use({ vault, client, terminal: () => (answers === null ? terminal() : null) })
  } catch (thrown) {
    throw thrown instanceof ORPCError ? new LibralError('input.invalid', {}, { cause: thrown }) : thrown
  } finally {
    await vault.close()
    ;(opened as Terminal | null)?.close()
    answers?.close()
  }
}

/** Beside the bundle that runs; undefined where the sources themselves run. */
function bundledHolder(): readonly [string, string] | undefined {
  const [, script = ''] = process.argv
  return script.endsWith('.js') ? [process.execPath, join(dirname(script), 'pkcs11-process.js')] : undefined
}

/**
 * The same with the vault unlocked.
 * @throws LibralError `vault.absent`, before anything is made or asked; `vault.unreadable`; as {@link withVault}
 */
export async function withUnlocked<T>(request: VaultRequest, use: (open: OpenVault) => Promise<T>): Promise<T> {
  if (!hasKeyring(vaultDirectory(request))) throw new LibralError('vault.absent')
  return withVault(request, async (open) => {
    const { setAside } = await open.client.unlock({})
    if (setAside !== null)
      process.stderr.write(`保管庫のファイルが壊れていたので ${setAside} として残し、1つ前の保存を開きました。\n`)
    return use(open)
  })
}
