import { LibralError } from '#protocol/errors.ts'
import {
  administrators,
  endSession,
  issueToken,
  openSession,
  operatorChanged,
  operatorRegistered,
  operators,
  recordRefusals,
  registerOperator,
  requestsRefused,
  revokeToken,
  sessionEnded,
  sessionLimits,
  sessionOpened,
  sessions,
  tokenIssued,
  tokenRevoked,
  tokens,
} from '#protocol/session.ts'
import type { Kernel, RefusalCount } from '../../kernel/kernel.ts'
import { defineModule, type ModuleContext, type ModuleDefinition, type RunningModule } from '../../kernel/module.ts'
import { createAttempts } from './attempts.ts'
import { makeFirstToken, registerLocal } from './bootstrap.ts'
import { type Directory, openDirectory, toEnd } from './directory.ts'
import { createGate, type Gate } from './gate.ts'
import { operatorHandlers, operatorProjections } from './operators.ts'
import { refusalsCommand } from './refusals.ts'
import { sessionHandlers, sessionProjections } from './sessions.ts'
import { tokenHandlers, tokenProjections } from './tokens.ts'

export interface SessionDeps {
  /** The kernel that the host opened with these modules. */
  readonly kernel: Promise<Kernel>
  /** At least 16 characters, new for each launch; null for a backend that nobody launches with one. */
  readonly launchSecret: string | null
  /** Shows the token with which the first administrator signs in; absent where the launch secret does that. */
  readonly showFirstToken?: (token: string) => void
}

const minuteMs = 60_000

const keepOrder = async (context: ModuleContext, directory: Directory): Promise<void> => {
  for (const key of toEnd(directory, context.now(), sessionLimits.perOperator)) {
    await context.submit({ command: endSession, params: { key } })
  }
}

/** Runs `work` one at a time; what is asked for while it runs happens once more afterwards. */
const oneAtATime = (work: () => Promise<void>, failed: (thrown: unknown) => void): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  let again = false
  const round = async (): Promise<void> => {
    do {
      again = false
      await work().catch(failed)
    } while (again)
    running = undefined
  }
  return () => {
    if (running) again = true
    running ??= round()
    return running
  }
}

/** Operators, sessions and tokens, and the gate through which everyone comes in. */
export const createSession = (deps: SessionDeps): { readonly definition: ModuleDefinition; readonly gate: Gate } => {
  let kernel: Kernel | undefined
  let living: { readonly context: ModuleContext; readonly directory: Directory } | undefined
  void deps.kernel.then((opened) => {
    kernel = opened
  })
  const opened = (): Kernel => {
    if (!kernel) throw new LibralError('module.stopped', { module: 'session' })
    return kernel
  }
  const alive = () => {
    if (!living) throw new LibralError('module.stopped', { module: 'session' })
    return living
  }

  const gate = createGate({
    deployment: () => opened().deployment.id,
    now: () => alive().context.now(),
    launchSecret: deps.launchSecret,
    directory: () => alive().directory,
    submit: (command) => alive().context.submit(command),
    permissionsOf: (roles) => opened().permissionsOf(roles),
    attempts: createAttempts(),
    refused: (actor, reason) => opened().refused(actor, reason),
  })

  const start = async (context: ModuleContext): Promise<RunningModule> => {
    const { directory, stop: stopFollowing } = await openDirectory(context)
    if (deps.launchSecret !== null) await registerLocal(context, directory)
    if (deps.showFirstToken) {
      const token = await makeFirstToken(context, directory)
      if (token !== null) deps.showFirstToken(token)
    }
    living = { context, directory }

    const warn = (event: string) => (thrown: unknown) =>
      context.log.warn(event, { code: thrown instanceof LibralError ? thrown.code : 'internal.unexpected' })
    const tidy = oneAtATime(() => keepOrder(context, directory), warn('session.tidy-failed'))
    // What could not be written is counted into the next minute's entry.
    let unwritten: readonly RefusalCount[] = []
    const writeRefusals = async (): Promise<void> => {
      unwritten = [...unwritten, ...(kernel?.drainRefusals() ?? [])]
      const command = refusalsCommand(unwritten)
      if (!command) return
      await context.submit(command)
      unwritten = []
    }
    const refusals = oneAtATime(writeRefusals, warn('session.refusals-unwritten'))
    // A timer rather than a job under a lease: each instance counts its own refusals.
    const timer = setInterval(() => {
      void refusals()
      void tidy()
    }, minuteMs)
    const unfollow = context.onCommit([operators, tokens], () => void tidy())
    void tidy()

    return {
      health: () => ({ ok: true, reason: '' }),
      stop: async () => {
        clearInterval(timer)
        unfollow()
        stopFollowing()
        await refusals()
        living = undefined
      },
    }
  }

  const definition = defineModule({
    manifest: {
      name: 'session',
      version: '1.0.0',
      essential: true,
      needs: [],
      restarts: { max: 5, withinMs: 10_000 },
    },
    collections: [operators, sessions, tokens, administrators],
    events: [
      sessionOpened,
      sessionEnded,
      operatorRegistered,
      operatorChanged,
      tokenIssued,
      tokenRevoked,
      requestsRefused,
    ],
    handlers: [...operatorHandlers, ...tokenHandlers, ...sessionHandlers],
    projections: [...operatorProjections, ...tokenProjections, ...sessionProjections],
    signs: [openSession, endSession, registerOperator, issueToken, revokeToken, recordRefusals],
    start,
  })
  return { definition, gate }
}
