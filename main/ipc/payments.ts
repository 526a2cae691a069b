import type { Json } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import type { CommandId } from '#protocol/ids.ts'
import { openMessage } from '#protocol/payments-inbox.ts'
import { boxPurpose, type EnteredSecret, last4Of, secretNames } from '#protocol/payments-settings.ts'
import { sealToBackend } from '#trust/sealed/to-backend.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'
import { submit } from './submit.ts'

const { payments: contract } = procedures

/**
 * A record whose outcome the next step waits for. One that can't be sent now is withdrawn: nobody wants it done later.
 * @throws LibralError of the refusal, `link.offline`, `command.outcome-unknown`
 */
const recorded = async (
  context: CallContext,
  command: string,
  params: Readonly<Record<string, Json>>,
): Promise<CommandId> => {
  const sent = await submit(context, command, params)
  if (sent.state === 'accepted') return sent.id
  if (sent.failure !== null) throw new LibralError(sent.failure.code, sent.failure.params)
  if (sent.state !== 'queued') throw new LibralError('command.outcome-unknown')
  await context.services.desk.commands.withdraw(sent.id)
  throw new LibralError('link.offline')
}

/** 決済: what is no row. Keys are typed in main's window and leave it sealed for the backend. */
export const payments = {
  inbox: contract.inbox.handler(({ context, input }) => context.services.desk.payments.inbox(input)),
  message: contract.message.handler(async ({ context, input }) => {
    // First the record, then the message: the backend hands it out against its entry alone.
    const opening = await recorded(context, openMessage.name, input)
    return context.services.desk.payments.message(opening)
  }),
  enterSecrets: contract.enterSecrets.handler(async ({ context: { services, window }, input }) => {
    const { provider, baseAddress, names } = input
    const unknown = names.find((name) => !secretNames(provider).includes(name))
    if (unknown !== undefined) throw new LibralError('payments.field-unknown', { field: unknown })
    const key = await services.desk.payments.sealTo()
    const given = await services.payments.askSecrets(window, { provider, address: baseAddress, names })
    if (given === null) throw new LibralError('payments.not-entered')
    const secrets: Record<string, EnteredSecret> = {}
    for (const [name, secret] of Object.entries(given)) {
      const box = sealToBackend(key, boxPurpose(provider, name, baseAddress), secret)
      secrets[name] = { box, last4: last4Of(secret) }
    }
    return { secrets }
  }),
  test: contract.test.handler(({ context, input }) => context.services.desk.payments.test(input.provider, input.draft)),
}
