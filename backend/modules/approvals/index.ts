import { decided, expire, expired, fail, failed, proposals, proposed, voted, waiting } from '#protocol/approvals.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { defineModule, type ModuleDefinition } from '../../kernel/module.ts'
import { createDeciding } from './deciding.ts'
import { approvalHandlers, approvalProjections } from './proposals.ts'

/** 承認: proposals, what is said over them, and their end. What lets a command pass is the door's. */
export const createApprovals = ({ kernel }: { readonly kernel: Promise<Pick<Kernel, 'submit'>> }): ModuleDefinition =>
  defineModule({
    manifest: {
      name: 'approvals',
      version: '1.0.0',
      // Without it nothing that needs approvals could be done any more.
      essential: true,
      needs: ['session'],
      restarts: { max: 5, withinMs: 10_000 },
    },
    collections: [proposals, waiting],
    events: [proposed, voted, expired, failed, decided],
    handlers: approvalHandlers,
    projections: approvalProjections,
    signs: [expire, fail],
    start: async (context) => {
      const deciding = await createDeciding({ context, submit: async (command) => (await kernel).submit(command) })
      return { jobs: [deciding.job], health: () => ({ ok: true, reason: '' }), stop: deciding.stop }
    },
  })
