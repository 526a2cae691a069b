import { certificateRegistered, certificateRevoked, certificates, firstCertificates } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import {
  administrators,
  codeIssued,
  codeRedeemed,
  codes,
  contactSet,
  contacts,
  endSession,
  issueCode,
  openSession,
  operatorChanged,
  operatorRegistered,
  operators,
  recordRefusals,
  redeemCode,
  registerOperator,
  requestsRefused,
  sessionEnded,
  sessionOpened,
  sessionOpenedBefore,
  sessions,
  tokenIssued,
  tokenRevoked,
  tokens,
} from '#protocol/session.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { defineModule, type ModuleContext, type ModuleDefinition, type RunningModule } from '../../kernel/module.ts'
import type { Limiters } from '../../transport/limiters.ts'
import { attemptLimits, createAttempts } from './attempts.ts'
import { makeFirstCode, type PrintedCode, registerLocal } from './bootstrap.ts'
import { certificateHandlers, certificateProjections } from './certificates.ts'
import { codeHandlers, codeProjections } from './codes.ts'
import { contactHandlers, contactProjections } from './contacts.ts'
import { type Directory, openDirectory } from './directory.ts'
import { createGate, type Gate } from './gate.ts'
import { keepHouse } from './housekeeping.ts'
import { operatorHandlers, operatorProjections } from './operators.ts'
import { sessionHandlers, sessionProjections, sessionUpcasts } from './sessions.ts'
import { tokenHandlers, tokenProjections } from './tokens.ts'

export interface SessionDeps {
  /** The kernel that the host opened with these modules. */
  readonly kernel: Promise<Kernel>
  /** At least 16 characters, new for each launch; null for a backend that nobody launches with one. */
  readonly launchSecret: string | null
  readonly limiters?: Limiters
  /** Prints the code with which the first administrator signs in; absent where the launch secret does that. */
  readonly firstCode?: FirstCode
}

export interface FirstCode {
  readonly print: (code: PrintedCode) => void
  /** The person at the terminal asks for a code though somebody is in charge. */
  readonly recovery: boolean
}

/** Operators, sessions and tokens, and the gate through which everyone comes in. */
export const createSession = (deps: SessionDeps): { readonly definition: ModuleDefinition; readonly gate: Gate } => {
  let kernel: Kernel | undefined
  // A restart of the module asks for no second code.
  let printed: PrintedCode | null = null
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
    admit: async (command) => {
      await opened().submit(command)
    },
    permissionsOf: (roles, operator) => opened().permissionsOf(roles, operator),
    attempts: createAttempts(attemptLimits, deps.limiters),
    refused: (actor, reason) => opened().refused(actor, reason),
  })

  const start = async (context: ModuleContext): Promise<RunningModule> => {
    const { directory, stop: stopFollowing } = await openDirectory(context)
    if (deps.launchSecret !== null) await registerLocal(context, directory)
    if (deps.firstCode && !printed) {
      printed = await makeFirstCode(context, directory, deps.firstCode.recovery)
      if (printed) deps.firstCode.print(printed)
    }
    living = { context, directory }

    const stopHousekeeping = keepHouse(context, directory, () => kernel?.drainRefusals() ?? [])
    return {
      health: () => ({ ok: true, reason: '' }),
      stop: async () => {
        await stopHousekeeping()
        stopFollowing()
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
    collections: [operators, sessions, tokens, administrators, codes, certificates, firstCertificates, contacts],
    events: [
      sessionOpenedBefore,
      sessionOpened,
      sessionEnded,
      operatorRegistered,
      operatorChanged,
      tokenIssued,
      tokenRevoked,
      codeIssued,
      codeRedeemed,
      certificateRegistered,
      certificateRevoked,
      contactSet,
      requestsRefused,
    ],
    handlers: [
      ...operatorHandlers,
      ...tokenHandlers,
      ...sessionHandlers,
      ...codeHandlers,
      ...certificateHandlers,
      ...contactHandlers,
    ],
    projections: [
      ...operatorProjections,
      ...tokenProjections,
      ...sessionProjections,
      ...codeProjections,
      ...certificateProjections,
      ...contactProjections,
    ],
    upcasts: sessionUpcasts,
    signs: [openSession, endSession, registerOperator, issueCode, redeemCode, recordRefusals],
    start,
  })
  return { definition, gate }
}
