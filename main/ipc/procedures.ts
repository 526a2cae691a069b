import { type ImplementerInternalWithMiddlewares, implement } from '@orpc/server'
import { type DesktopContract, desktopContract } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CallContext } from './services.ts'

/** What a wall window may call: it shows, it never acts. */
const wallMay = new Set([
  'state.watch',
  'rows.query',
  'rows.get',
  'rows.count',
  'rows.watch',
  'telemetry.live',
  'telemetry.range',
  'telemetry.inventory',
  'settings.watch',
  'deployments.watch',
])

/** The hidden window that draws for the printer. */
const reportMay = new Set(['settings.watch', 'paper.data', 'paper.drawn'])

const may: Readonly<Record<CallContext['role'], (procedure: string) => boolean>> = {
  main: () => true,
  wall: (procedure) => wallMay.has(procedure),
  report: (procedure) => reportMay.has(procedure),
}

/** What connects or starts a backend: not while bundles are reviewed alone, whoever asks for it. */
const connects = new Set([
  'deployments.add',
  'deployments.change',
  'deployments.renewCredential',
  'deployments.signIn',
  'deployments.reviewCertificate',
  'deployments.show',
  'deployments.openWindow',
  'deployments.openDemo',
  'app.reconnect',
  'app.restartBackend',
  'wkd.lookUp',
])

const checked = implement(desktopContract)
  .$context<CallContext>()
  .use(({ context, path, next }) => {
    const procedure = path.join('.')
    const { services, window, role } = context
    if (!may[role](procedure)) {
      services.forbidden(window, procedure)
      throw new LibralError('desktop.forbidden', { procedure })
    }
    if (connects.has(procedure) && services.state.current().reviewOnly) throw new LibralError('review.alone')
    return next()
  })

/**
 * The contract's implementer. Every procedure stands behind the role check. Its type is named: written out, as it would
 * be otherwise, it is longer than the compiler allows.
 */
export const procedures: ImplementerInternalWithMiddlewares<DesktopContract, CallContext, CallContext> = checked
