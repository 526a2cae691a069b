import type { Desk } from '#main/link/desk.ts'
import type { SentCommand, SentNews } from '#protocol/desktop.ts'
import { procedures } from './procedures.ts'
import { sentNews } from './sent-news.ts'
import { latest } from './streams.ts'
import { submit } from './submit.ts'

const { command: contract } = procedures

/** All once, then changes: five hundred commands twenty times a second would keep main and window busy. */
async function* sentOf({ sent, onSent }: Desk['commands'], signal: AbortSignal | undefined): AsyncGenerator<SentNews> {
  let told: readonly SentCommand[] | null = null
  for await (const now of latest<readonly SentCommand[]>(sent(), onSent, signal)) {
    const news = sentNews(told, now)
    told = now
    if (news.whole || news.commands.length > 0) yield news
  }
}

export const command = {
  submit: contract.submit.handler(({ context, input }) => submit(context, input.command, input.params)),
  sent: contract.sent.handler(({ context, signal }) => sentOf(context.services.desk.commands, signal)),
  withdraw: contract.withdraw.handler(async ({ context, input }) => {
    await context.services.desk.commands.withdraw(input.id)
    return {}
  }),
}
