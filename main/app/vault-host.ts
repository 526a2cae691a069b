import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { type BrowserWindow, MessageChannelMain, type MessagePortMain, type UtilityProcess } from 'electron'
import type { vaultContract } from '#main/vault/contract.ts'
import { hasKeyring } from '#main/vault/keyring/places.ts'
import { removeLeftDrafts } from '#main/vault/messages/drafts.ts'
import { type Failure, failureSchema, LibralError } from '#protocol/errors.ts'
import type { VaultState } from '#protocol/keys.ts'
import { type VaultNews, type VaultOrder, vaultNewsSchema } from '#protocol/vault-window.ts'
import type { Log } from './logging.ts'
import { createPromptLimit } from './prompt-limit.ts'
import type { VaultWindows } from './vault-window.ts'

export type VaultClient = ContractRouterClient<typeof vaultContract>

export interface VaultHostOptions {
  readonly directory: string
  fork(): UtilityProcess
  readonly pkcs11: readonly [node: string, script: string]
  readonly windows: VaultWindows
  locale(): 'ja' | 'en'
  readonly log: Log
}

/** The vault's process as main holds it: started on first need, ended by lock. */
export interface VaultHost {
  state(): VaultState
  onState(listener: (state: VaultState) => void): () => void
  /** Opens it by setting up, unlocking or restoring; a failure leaves it as it was. `parent` has the questions over it. */
  open<T>(parent: BrowserWindow | null, by: (client: VaultClient) => Promise<T>): Promise<T>
  /** One call to the open vault. @throws LibralError `vault.locked`, `vault.unavailable` */
  call<T>(parent: BrowserWindow | null, use: (client: VaultClient) => Promise<T>): Promise<T>
  /** Resolves when its process has ended: only that wipes its memory. */
  lock(): Promise<void>
}

interface Running {
  readonly client: VaultClient
  readonly child: UtilityProcess
  readonly ended: Promise<void>
}

export function createVaultHost(options: VaultHostOptions): VaultHost {
  const { directory, windows, log } = options
  const now = (): number => performance.now()
  const listeners = new Set<(state: VaultState) => void>()
  const closed = (): VaultState['state'] => (hasKeyring(directory) ? 'locked' : 'absent')
  let state: VaultState = { revision: 0, state: closed(), since: Date.now(), failure: null, setAside: null }
  let running: Promise<Running> | null = null
  let asking: BrowserWindow | null = null
  const limit = createPromptLimit()
  // Of an app that was killed with its vault.
  void removeLeftDrafts(directory)

  const enter = (next: VaultState['state'], more: Partial<Pick<VaultState, 'failure' | 'setAside'>> = {}): void => {
    state = { ...state, ...more, state: next, since: Date.now(), revision: state.revision + 1 }
    log.info('vault.state', { state: next })
    for (const listener of [...listeners]) listener(state)
  }

  const start = async (): Promise<Running> => {
    const child = options.fork()
    const { port1, port2 } = new MessageChannelMain()
    let pid: number | undefined
    child.once('spawn', () => {
      pid = child.pid
    })
    const ended = new Promise<void>((resolve) =>
      child.once('exit', (code) => {
        log.info('vault.exit', { code })
        running = null
        port1.close()
        for (const close of shown.splice(0)) close()
        // Neither asked for by lock nor by a failed opening: it crashed.
        if (state.state === 'unlocked') enter('locked', { failure: { code: 'vault.unavailable', params: {} } })
        void removeLeftDrafts(directory, pid).finally(resolve)
      }),
    )
    const shown: (() => void)[] = []
    const ready = new Promise<void>((resolve, reject) => {
      void ended.then(() => reject(new LibralError('vault.unavailable')))
      child.on('message', (message: unknown) => {
        const news = vaultNewsSchema.safeParse(message)
        if (!news.success) return
        if (news.data.t === 'ready') resolve()
        else if (news.data.t === 'failed') reject(new LibralError(news.data.failure.code, news.data.failure.params))
        else if (news.data.t === 'ask') shown.push(showQuestion(child, news.data))
        else {
          if (news.data.outcome === 'answered') limit.answered()
          // One that is dismissed while the vault opens is counted there: its process may end before it tells.
          if (news.data.outcome === 'dismissed' && state.state !== 'opening') limit.dismissed(now())
          for (const close of shown.splice(0)) close()
        }
      })
    })
    send(child, { t: 'start', directory, locale: options.locale(), pkcs11: [...options.pkcs11] }, [port2])
    port1.start()
    const client: VaultClient = createORPCClient(new RPCLink({ port: port1 }))
    await ready.catch((thrown: unknown) => {
      child.kill()
      throw thrown
    })
    return { client, child, ended }
  }

  const showQuestion = (child: UtilityProcess, { id, title, lines }: Extract<VaultNews, { t: 'ask' }>) => {
    if (limit.reached(now())) {
      log.warn('vault.asked-too-often', {})
      send(child, { t: 'closed', id, refused: true }, [])
      return () => {}
    }
    return windows.open(asking !== null && !asking.isDestroyed() ? asking : null, title, lines, (port) => {
      if (port === null) send(child, { t: 'closed', id, refused: false }, [])
      else send(child, { t: 'window', id }, [port])
    })
  }

  const end = async (process: Promise<Running>): Promise<void> => {
    const found = await process.catch(() => null)
    if (found === null) return
    // Nothing of it is half done on disk: its files are written whole.
    found.child.kill()
    await found.ended
  }

  return {
    state: () => state,
    onState(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async open(parent, by) {
      if (state.state === 'opening' || state.state === 'locking') throw new LibralError('vault.declined')
      if (limit.reached(now())) throw new LibralError('vault.asked-too-often')
      const before = state.state
      asking = parent
      enter('opening', { failure: null })
      running ??= start()
      const process = running
      try {
        const { client } = await process
        const result = await by(client).catch(asFailure)
        enter('unlocked', { setAside: setAsideIn(result) })
        return result
      } catch (thrown) {
        if (thrown instanceof LibralError && thrown.code === 'vault.declined') limit.dismissed(now())
        if (before !== 'unlocked') await end(process)
        running = before === 'unlocked' ? running : null
        enter(before === 'unlocked' ? 'unlocked' : closed(), { failure: keptFailure(thrown) })
        throw thrown
      }
    },
    async call(parent, use) {
      if (state.state !== 'unlocked' || running === null) throw new LibralError('vault.locked')
      const { client } = await running
      asking = parent
      return use(client).catch(asFailure)
    },
    async lock() {
      if (running === null) return
      enter('locking')
      await end(running)
      enter(closed(), { failure: null })
    },
  }
}

/** A question that was dismissed or answered wrongly is no state of the vault. */
function keptFailure(thrown: unknown): Failure | null {
  if (!(thrown instanceof LibralError)) return { code: 'vault.unavailable', params: {} }
  return thrown.code === 'vault.declined' || thrown.code === 'vault.asked-too-often' ? null : thrown.failure
}

const setAsideIn = (result: unknown): string | null =>
  typeof result === 'object' && result !== null && 'setAside' in result && typeof result.setAside === 'string'
    ? result.setAside
    : null

/** What crossed the port is a failure with its code; a port that closed is a process that ended. */
function asFailure(thrown: unknown): never {
  const data = typeof thrown === 'object' && thrown !== null && 'data' in thrown ? thrown.data : null
  const failure = failureSchema.safeParse(data)
  if (failure.success) throw new LibralError(failure.data.code, failure.data.params)
  throw new LibralError('vault.unavailable', {}, { cause: thrown })
}

const send = (child: UtilityProcess, order: VaultOrder, ports: MessagePortMain[]): void => {
  child.postMessage(order, ports)
}
