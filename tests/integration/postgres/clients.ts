import { setTimeout as pause } from 'node:timers/promises'
import type { Outcome, SignedCommand } from '#protocol/command.ts'
import { errorCatalogue, failureOf } from '#protocol/errors.ts'
import { note, type Person } from '../kernel/harness.ts'

export type Submit = (command: SignedCommand) => Promise<Outcome>

/** Clients that send commands one after another, each until it is acknowledged, as a desktop does. */
export interface Clients {
  /** By id: the index that was acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>
  /** Answers that no client should ever get. */
  readonly wrong: readonly string[]
  /** Each client ends its present command, then no more. */
  stop(): Promise<void>
}

export const startClients = (
  count: number,
  person: Person,
  instances: readonly Submit[],
  random: () => number,
): Clients => {
  const acknowledged = new Map<string, number>()
  const wrong: string[] = []
  let stopping = false

  const settle = async (command: SignedCommand, home: number): Promise<void> => {
    for (let turn = home; ; ) {
      try {
        const { id, index } = await (instances[turn % instances.length] as Submit)(command)
        const before = acknowledged.get(id)
        if (before !== undefined && before !== index) wrong.push(`${id} stands at ${before} and at ${index}`)
        acknowledged.set(id, index)
        // Now and then the answer gets lost: the same command comes again, perhaps elsewhere.
        if (random() < 0.05) {
          const again = await (instances[(turn + 1) % instances.length] as Submit)(command).catch(() => undefined)
          if (again && again.index !== index) wrong.push(`${id} stands at ${index} and at ${again.index}`)
        }
        return
      } catch (thrown) {
        const { code } = failureOf(thrown)
        if (!errorCatalogue[code].retry || code === 'internal.unexpected') {
          wrong.push(`${code} ${thrown instanceof Error ? thrown.cause : ''}`)
          return
        }
        await pause(50 + random() * 100)
        // As a desktop that fails over.
        if (code.startsWith('link.')) turn++
      }
    }
  }
  const run = async (nth: number): Promise<void> => {
    for (let n = 0; !stopping; n++) await settle(note(person, `${nth}-${n}`), nth)
  }
  const running = Array.from({ length: count }, (_, nth) => run(nth))
  return {
    acknowledged,
    wrong,
    stop: async () => {
      stopping = true
      await Promise.all(running)
    },
  }
}
