import { previewBooks } from '#main/exports/books/write.ts'
import { LibralError } from '#protocol/errors.ts'
import { openMessage } from '#protocol/payments-inbox.ts'
import { boxPurpose, type EnteredSecret, last4Of, secretNames } from '#protocol/payments-settings.ts'
import { sealToBackend } from '#trust/sealed/to-backend.ts'
import { decided } from './decided.ts'
import { procedures } from './procedures.ts'

const { payments: contract } = procedures

/** 決済: what is no row. Keys are typed in main's window and leave it sealed for the backend. */
export const payments = {
  inbox: contract.inbox.handler(({ context, input }) => context.services.desk.payments.inbox(input)),
  message: contract.message.handler(async ({ context, input }) => {
    // First the record, then the message: the backend hands it out against its entry alone.
    const { id } = await decided(context, openMessage.name, input)
    return context.services.desk.payments.message(id)
  }),
  checkBalances: contract.checkBalances.handler(({ context }) => context.services.desk.rows.balances()),
  previewBooks: contract.previewBooks.handler(({ context, input, signal }) =>
    previewBooks(context.services.desk.rows, input, signal ?? new AbortController().signal),
  ),
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
