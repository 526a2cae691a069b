import type { SupportedMessagePort } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import { app } from './app.ts'
import { approvals } from './approvals.ts'
import { audit } from './audit.ts'
import { bundle } from './bundle.ts'
import { certificates } from './certificates.ts'
import { command } from './command.ts'
import { deployments } from './deployments.ts'
import { envFiles } from './env-files.ts'
import { exports } from './exports.ts'
import { toWire } from './failure.ts'
import { hardware } from './hardware.ts'
import { keys } from './keys.ts'
import { messages } from './messages.ts'
import { paper } from './paper.ts'
import { payments } from './payments.ts'
import { policy } from './policy.ts'
import { procedures } from './procedures.ts'
import { review } from './review.ts'
import { rows } from './rows.ts'
import { sealed } from './sealed.ts'
import type { CallContext } from './services.ts'
import { settings } from './settings.ts'
import { state } from './state.ts'
import { telemetry } from './telemetry.ts'
import { wkd } from './wkd.ts'

const router = procedures.router({
  state,
  rows,
  telemetry,
  command,
  settings,
  deployments,
  bundle,
  exports,
  paper,
  app,
  keys,
  messages,
  envFiles,
  wkd,
  sealed,
  approvals,
  payments,
  policy,
  certificates,
  audit,
  review,
  hardware,
})

const handler = new RPCHandler<CallContext>(router, {
  clientInterceptors: [
    async ({ next }) => {
      try {
        return await next()
      } catch (thrown) {
        throw toWire(thrown)
      }
    },
  ],
})

/** Serves `desktopContract` on one window's port until the port closes. */
export const serveDesktop = (port: SupportedMessagePort, context: CallContext): void =>
  handler.upgrade(port, { context })
