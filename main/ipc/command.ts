import type { SentCommand } from '#protocol/desktop.ts'
import { procedures } from './procedures.ts'
import { latest } from './streams.ts'

const { command: contract } = procedures

export const command = {
  submit: contract.submit.handler(({ context, input }) =>
    context.services.desk.commands.submit(input.command, input.params),
  ),
  sent: contract.sent.handler(({ context, signal }) => {
    const { sent, onSent } = context.services.desk.commands
    return latest<SentCommand[]>([...sent()], (listener) => onSent((items) => listener([...items])), signal)
  }),
  withdraw: contract.withdraw.handler(async ({ context, input }) => {
    await context.services.desk.commands.withdraw(input.id)
    return {}
  }),
}
