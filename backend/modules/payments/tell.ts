import type { z } from 'zod'
import type { CommandDefinition } from '#protocol/command.ts'
import { failureOf } from '#protocol/errors.ts'
import type { ModuleContext, ServiceCommand } from '../../kernel/module.ts'

/** Records what was found. @returns false where the log has it already, or something newer */
export type Tell = <Params extends z.ZodType>(
  command: CommandDefinition<Params>,
  params: z.input<Params>,
) => Promise<boolean>

export const telling =
  ({ submit }: Pick<ModuleContext, 'submit'>): Tell =>
  async <Params extends z.ZodType>(command: CommandDefinition<Params>, params: z.input<Params>) => {
    try {
      await submit({ command, params } as ServiceCommand<Params>)
      return true
    } catch (thrown) {
      if (failureOf(thrown).code === 'payments.nothing-new') return false
      throw thrown
    }
  }
