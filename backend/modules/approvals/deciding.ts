import type { z } from 'zod'
import { expire, fail, proposals, waiting } from '#protocol/approvals.ts'
import type { SignedCommand } from '#protocol/command.ts'
import { type ErrorCode, errorCatalogue, failureOf } from '#protocol/errors.ts'
import type { Job, ModuleContext } from '../../kernel/module.ts'
import { type Followed, follow } from '../follow.ts'

export interface DecidingDeps {
  readonly context: ModuleContext
  /** The door, for the proposed command under its own id and signature. */
  readonly submit: (command: SignedCommand) => Promise<unknown>
}
type Waiting = z.output<typeof waiting.schema>

export interface Deciding {
  /** One round over everything that waits. */
  readonly round: () => Promise<void>
  readonly job: Job
  readonly stop: () => Promise<void>
}

/** How often what is due is looked at on one instance; what is ready is judged at once on all of them. */
const everyMs = 5_000

/**
 * Carries proposals to their end by what the rows say now, not by what just happened: an instance that died between the
 * last vote and the decision, or several that see the same vote, come to the same. The command's id makes it exactly once.
 */
export const createDeciding = async ({ context, submit }: DecidingDeps): Promise<Deciding> => {
  const followed: Followed<Waiting> = await follow(context, waiting)
  const under = new Map<string, Promise<void>>()

  /** @returns why it can't be carried out, or null: it was, or it is to be tried again */
  const attempt = async (id: string): Promise<void> => {
    const row = await context.read.get(proposals, id)
    if (row?.state !== 'open') return
    try {
      await submit(row.proposed)
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (isPassing(failure.code)) context.log.info('approvals.waits', { id, code: failure.code })
      else await settle(() => context.submit({ command: fail, params: { id: row.id, failure } }))
    }
  }
  /** Somebody else was faster. */
  const settle = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (thrown) {
      const { code } = failureOf(thrown)
      if (code !== 'approvals.closed') throw thrown
    }
  }
  const handle = async ({ id, expiresAt, ready }: Waiting): Promise<void> => {
    if (expiresAt <= context.now()) await settle(() => context.submit({ command: expire, params: { id } }))
    else if (ready) await attempt(id)
  }
  /** One at a time for each proposal. */
  const look = (row: Waiting): Promise<void> => {
    const running = under.get(row.id)
    // What was said meanwhile may be what it lacked.
    if (running) return running.then(() => look(row))
    const work = handle(row)
      .catch((thrown: unknown) =>
        context.log.warn('approvals.not-carried-on', { id: row.id, code: failureOf(thrown).code }),
      )
      .finally(() => under.delete(row.id))
    under.set(row.id, work)
    return work
  }
  const round = async (): Promise<void> => {
    for (const row of [...followed.rows.values()]) await look(row)
  }
  const unfollow = context.onCommit(
    [waiting],
    (changes) => {
      for (const { row } of changes) if ((row as Waiting | null)?.ready) void look(row as Waiting)
    },
    () => void round(),
  )
  void round()
  return {
    round,
    job: { name: 'deciding', everyMs, run: round },
    stop: async () => {
      unfollow()
      followed.stop()
      await Promise.all(under.values())
    },
  }
}

/**
 * Another vote, or another moment, may let it pass, and during an upgrade an instance of the newer build; only what the
 * present state itself refuses ends it.
 */
export const isPassing = (code: ErrorCode): boolean =>
  errorCatalogue[code].retry || ['command.needs-approvals', 'approvals.closed', 'command.unknown'].includes(code)
