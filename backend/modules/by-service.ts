import type { z } from 'zod'
import type { OperatorId } from '#protocol/ids.ts'
import { type CommandHandler, defineHandler, refuse } from '../kernel/module.ts'

export const isService = (operator: OperatorId): boolean => operator.startsWith('service:')

/**
 * A handler for facts that only the backend itself may state. Their permission alone would not keep a person who holds it
 * from writing history.
 */
export const byService = <Params extends z.ZodType>(handler: CommandHandler<Params>): CommandHandler =>
  defineHandler<Params>({
    ...handler,
    decide: (params, meta, state) =>
      isService(meta.operator) ? handler.decide(params, meta, state) : refuse('command.key-not-allowed'),
  })
