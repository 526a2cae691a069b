import { failureOf } from '#protocol/errors.ts'
import { evidenceKept, paymentEvidence, recordEvidence } from '#protocol/payments-evidence.ts'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { toBase64url } from '#trust/bytes.ts'
import { sealPaypalEvidence } from '#trust/paypal/kept-evidence.ts'
import {
  accept,
  defineProjection,
  defineSealingHandler,
  happened,
  type ModuleContext,
  ref,
  refuse,
} from '../../kernel/module.ts'
import { mayBeSealed } from '../../kernel/sealed/custodians.ts'
import { telling } from './tell.ts'

/** What proves a provider's word years later, kept beside the log for its custodians (docs/decisions/0111). */

export const evidenceHandlers = [
  defineSealingHandler({
    command: recordEvidence,
    sealed: ['key'],
    reads: ({ message }) => [ref(paymentEvidence, message)],
    decide: ({ payer: _payer, ...told }, _meta, state) => {
      if (state.get(paymentEvidence, told.message)) return refuse('payments.nothing-new')
      return accept(happened(evidenceKept, told))
    },
  }),
]
export const evidenceProjections = [
  defineProjection({
    on: evidenceKept,
    into: paymentEvidence,
    reads: () => [],
    project: (data, { at, index }) => [{ key: data.message, row: { ...data, entry: index, at } }],
  }),
]

type Keeping = Pick<ModuleContext, 'now' | 'deployment' | 'read' | 'submit' | 'keepEvidence' | 'log'>

/**
 * Keeps the evidence of one message, once however often the message is judged. Without custodians nobody could ever read
 * it: then it is not kept, and a replay of the message keeps it later.
 * @throws what the storage throws, so that the message is judged again
 */
export const keepingEvidence = (context: Keeping) => {
  const tell = telling(context)
  return async (
    { payment, provider, payer }: Pick<PaymentRow, 'payment' | 'provider' | 'payer'>,
    { message, kind }: { readonly message: string; readonly kind: string },
    document: Uint8Array,
  ): Promise<void> => {
    if (await context.read.get(paymentEvidence, message)) return
    const unsealed = (): void => context.log.warn('payments.evidence-not-kept', { provider, reason: 'no-custodians' })
    // A first look, that hardly any bytes are kept whose key is forgotten at once; the door has the last word.
    if (!(await mayBeSealed(context.read, 'personal', context.now()))) return unsealed()
    const { ciphertext, key, digests } = sealPaypalEvidence(document, { deployment: context.deployment, message })
    try {
      await context.keepEvidence(ciphertext)
      const of = { message, kind, payment, provider, payer, ...digests }
      await tell(recordEvidence, { ...of, key: toBase64url(key) })
    } catch (thrown) {
      if (failureOf(thrown).code !== 'sealed.not-ready') throw thrown
      unsealed()
    } finally {
      key.fill(0)
    }
  }
}
