import { implement } from '@orpc/server'
import { desktopContract } from '#protocol/desktop.ts'
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

/** The contract's implementer. Every procedure stands behind the role check. */
export const procedures = implement(desktopContract)
  .$context<CallContext>()
  .use(({ context, path, next }) => {
    const procedure = path.join('.')
    if (context.role === 'main' || wallMay.has(procedure)) return next()
    context.services.forbidden(context.window, procedure)
    throw new LibralError('desktop.forbidden', { procedure })
  })
