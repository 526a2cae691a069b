import { setTimeout as pause } from 'node:timers/promises'
import { type Failure, failureOf, LibralError } from '#protocol/errors.ts'
import type { hardwareWaits } from '#protocol/hardware.ts'
import { type AgentOptions, withAgent } from './agent-socket.ts'
import type { AskSecret } from './ask.ts'
import type { Assuan } from './assuan.ts'
import { readCard } from './card-channel.ts'
import type { CardStatus } from './card-data.ts'
import type { HardwareUse } from './held-key.ts'
import { createModules, type Modules, type StoredModule } from './modules.ts'
import { type PcscReader, pcscReaders } from './pcsc-readers.ts'
import type { Pkcs11Options } from './pkcs11-client.ts'
import { withSecrets } from './secrets.ts'

export type SeenReader =
  | { readonly state: 'looking' }
  | { readonly state: 'absent'; readonly why: 'no-card' | 'no-reader' | 'no-pcscd' }
  | { readonly state: 'present'; readonly card: CardStatus }
  | { readonly state: 'failed'; readonly failure: Failure }

export type Waits = (typeof hardwareWaits)[number]

export interface HardwareOptions {
  readonly ask: AskSecret
  /** Vendors' libraries that the keyring names. */
  modules(): readonly StoredModule[]
  readonly pkcs11?: Pkcs11Options['command'] | undefined
  readonly agent?: AgentOptions
  /** Where pcscd listens; left out: as this process would find it. */
  readonly env?: NodeJS.ProcessEnv
}

/** Cards, tokens and gpg-agent of this machine, for as long as the vault is open. */
export interface Hardware extends HardwareUse {
  reader(): SeenReader
  readers(): readonly PcscReader[]
  waits(): Waits | null
  readonly modules: Modules
  onChange(listener: () => void): () => void
  /** Looks for card and tokens again and again until the signal ends it; others that watch share it. */
  watch(signal: AbortSignal): void
  /** Looks now. */
  look(failedToo: boolean): Promise<void>
  /**
   * Works with the card of this number alone, asks its PINs, and looks at it again afterwards.
   * @throws LibralError `hardware.other-card`, `hardware.no-card`, …
   */
  withCard<T>(number: string, work: (agent: Assuan, card: CardStatus, ask: AskSecret) => Promise<T>): Promise<T>
  /** Says meanwhile that a key is being made. */
  making<T>(work: () => Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** How often a card is looked for: within this time a person who plugs one in sees it. */
const lookMs = 1_500

export function createHardware(options: HardwareOptions): Hardware {
  const { ask, agent = {} } = options
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of [...listeners]) listener()
  }
  const modules = createModules(options.modules, options.pkcs11, changed)
  let reader: SeenReader = { state: 'looking' }
  let readers: readonly PcscReader[] = []
  let waits: Waits | null = null
  let watchers = 0
  let looking = false
  let modulesSeen = true
  let queue: Promise<unknown> = Promise.resolve()
  let queued = 0

  const wait = (next: Waits | null): void => {
    if (waits === next) return
    waits = next
    changed()
  }
  const see = (next: SeenReader, beside: readonly PcscReader[]): void => {
    if (JSON.stringify([next, beside]) === JSON.stringify([reader, readers])) return
    reader = next
    readers = beside
    changed()
  }
  /** GnuPG 2.2 has one word for a card that is missing and for one that another program holds. */
  const explained = async (thrown: unknown): Promise<unknown> => {
    if (!(thrown instanceof LibralError && thrown.code === 'hardware.no-card')) return thrown
    const held = ((await pcscReaders(options.env)) ?? []).some(({ card, exclusive }) => card && exclusive)
    return held ? new LibralError('hardware.card-busy') : thrown
  }
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    queued += 1
    const done = queue
      .then(work)
      .catch(async (thrown: unknown) => {
        throw await explained(thrown)
      })
      .finally(() => {
        queued -= 1
      })
    queue = done.catch(() => undefined)
    return done
  }
  const lookAtCard = async (): Promise<void> => {
    const card = await withAgent(agent, readCard).catch(async (thrown: unknown) => failureOf(await explained(thrown)))
    const known = await pcscReaders(options.env)
    if (!('code' in card)) return see({ state: 'present', card }, known ?? [])
    if (card.code !== 'hardware.no-card') return see({ state: 'failed', failure: card }, known ?? [])
    see(
      { state: 'absent', why: known === null ? 'no-pcscd' : known.length === 0 ? 'no-reader' : 'no-card' },
      known ?? [],
    )
  }
  /** A library that hangs keeps nobody from seeing the card. */
  const lookAtModules = (): void => {
    if (!modulesSeen) return
    modulesSeen = false
    void modules.look(false).finally(() => {
      modulesSeen = true
    })
  }
  const keepLooking = async (): Promise<void> => {
    looking = true
    while (watchers > 0) {
      // A card in use is not disturbed, and a person who is asked for a PIN not hurried.
      if (queued === 0) {
        lookAtModules()
        await alone(lookAtCard)
      }
      await pause(lookMs)
    }
    looking = false
  }
  return {
    agent,
    ask,
    alone,
    onTouch: (waiting) => wait(waiting ? 'touch' : null),
    token: (name, secrets) => modules.find(name, secrets),
    reader: () => reader,
    readers: () => readers,
    waits: () => waits,
    modules,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    watch(signal) {
      if (signal.aborted) return
      watchers += 1
      signal.addEventListener('abort', () => (watchers -= 1), { once: true })
      if (!looking) void keepLooking()
    },
    async look(failedToo) {
      await Promise.all([alone(lookAtCard), modules.look(failedToo)])
    },
    withCard: (number, work) =>
      alone(async () => {
        try {
          return await withSecrets(ask, (secrets) =>
            withAgent(agent, async (connection) => {
              const card = await readCard(connection)
              if (card.number !== number)
                throw new LibralError('hardware.other-card', { wanted: number, present: card.number })
              return work(connection, card, secrets)
            }),
          )
        } finally {
          await lookAtCard()
        }
      }),
    async making(work) {
      wait('making')
      try {
        return await work()
      } finally {
        wait(null)
      }
    },
    stop: () => modules.stop(),
  }
}
