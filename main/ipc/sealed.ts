import { basename } from 'node:path'
import type { SealedFieldShown } from '#main/vault/sealed/contract.ts'
import { certificates } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import { type PaymentEvidenceRow, paymentEvidence } from '#protocol/payments-evidence.ts'
import { type PayerRow, payerFields, payers } from '#protocol/payments-records.ts'
import { providerNames } from '#protocol/payments-words.ts'
import {
  addRecovery,
  beginRewrap,
  type ClassRow,
  classes,
  endRewrap,
  openSealed,
  proveRecovery,
  type RewrapRow,
  rewraps,
} from '#protocol/sealed.ts'
import type { RewrapNews } from '#protocol/sealed-desktop.ts'
import { isSealed, paperCustodian, type SealClass } from '#protocol/sealed-value.ts'
import { type ContactRow, contactFields, contacts, operators } from '#protocol/session.ts'
import { toBase64url } from '#trust/bytes.ts'
import { decided, decidedSigned, deploymentOf, rowOf } from './decided.ts'
import { writingKeyFile } from './key-file.ts'
import { procedures } from './procedures.ts'
import type { CallContext } from './services.ts'
import { commandWish } from './submit.ts'

const { sealed: contract } = procedures
const nothing = {}

type Client = Parameters<Parameters<CallContext['services']['keys']['call']>[1]>[0]
const vault = <T>({ services, window }: CallContext, use: (client: Client) => Promise<T>): Promise<T> =>
  services.keys.call(window, use)

const classOf = async (context: CallContext, sealClass: SealClass): Promise<ClassRow> => {
  const row = await rowOf<ClassRow>(context, classes.name, sealClass)
  if (row === null) throw new LibralError('sealed.custodian-unknown')
  return row
}

interface Openable {
  readonly fields: SealedFieldShown[]
  /** Whose they are, as the vault's window says it. */
  readonly about: string
  /** SHA-256 of what lies beside the log and is opened with it. */
  readonly beside?: string
}
const contactOf = async (context: CallContext, key: string): Promise<Openable> => {
  const row = await rowOf<ContactRow>(context, contacts.name, key)
  if (row === null) throw new LibralError('sealed.subject-unknown')
  const person = await rowOf<{ readonly name: string }>(context, operators.name, key)
  const fields = contactFields.flatMap((field) => {
    const sealed = row[field]
    return isSealed(sealed) ? [{ collection: contacts.name, field, sealed }] : []
  })
  return { fields, about: person?.name ?? key }
}
const payerOf = async (context: CallContext, key: string): Promise<Openable> => {
  const row = await rowOf<PayerRow>(context, payers.name, key)
  if (row === null) throw new LibralError('sealed.subject-unknown')
  const fields = payerFields.flatMap((field) => {
    const sealed = row[field]
    return isSealed(sealed) ? [{ collection: payers.name, field, sealed }] : []
  })
  return { fields, about: `${providerNames[row.provider]} ${key}` }
}

const evidenceOf = async (context: CallContext, key: string): Promise<Openable> => {
  const row = await rowOf<PaymentEvidenceRow>(context, paymentEvidence.name, key)
  if (row === null) throw new LibralError('sealed.subject-unknown')
  const { message, ciphertext, plaintext, key: sealed } = row
  const fields = isSealed(sealed)
    ? [{ collection: paymentEvidence.name, field: 'key' as const, sealed, message, ciphertext, plaintext }]
    : []
  return { fields, about: `${providerNames[row.provider]} ${row.payment}`, beside: ciphertext }
}
const openables = {
  'session.contacts': contactOf,
  'payments.payers': payerOf,
  'payments.evidence': evidenceOf,
} as const

/** 封印: the vault asks and opens, the backend records and hands out; here is only the way between the two. */
export const sealed = {
  coverage: contract.coverage.handler(async ({ context }) => [...(await context.services.desk.sealed.coverage())]),
  find: contract.find.handler(async ({ context, input }) => ({
    rows: [...(await context.services.desk.sealed.find(input))],
  })),
  open: contract.open.handler(async ({ context, input }) => {
    const { fields, about, beside } = await openables[input.collection](context, input.row)
    const [first] = fields
    if (!first) throw new LibralError('sealed.erased')
    const { class: sealClass, subject } = first.sealed
    const named = fields.map(({ collection, field }) => ({ collection, row: input.row, field }))
    // Its reason is typed in the vault's window and signed with the rest.
    const record = { class: sealClass, subject, fields: named, reason: '' }
    const wish = await commandWish(context, openSealed.name, record)
    const asked = { deployment: deploymentOf(context), wish, about, fields }
    const { grant, command } = await vault(context, (client) => client.sealed.askOpening(asked))
    // First the record, then the keys: the backend hands them out against its entry alone.
    const { id } = await decidedSigned(context, command)
    // Of all keys of the subject, which has one for each act of sealing, those that open these fields.
    const keys = (await context.services.desk.sealed.keys(id)).filter(({ key }) =>
      fields.some(({ sealed: { key: its } }) => its === key),
    )
    const bytes =
      beside === undefined ? {} : { beside: toBase64url(await context.services.desk.sealed.evidence(beside)) }
    await vault(context, (client) => client.sealed.show({ grant, keys, ...bytes }))
    return nothing
  }),
  rewrap: contract.rewrap.handler(async function* ({ context, input, signal }): AsyncGenerator<RewrapNews> {
    mustBeOpen(context)
    const { class: sealClass, custodian, using } = input
    const target = (await classOf(context, sealClass)).custodians.find((one) => one.custodian === custodian)
    if (!target) throw new LibralError('sealed.custodian-unknown', { custodian })
    const { fingerprint } = target
    const registered =
      target.certificate ??
      (await rowOf<{ readonly certificate: string }>(context, certificates.name, fingerprint))?.certificate
    if (registered === undefined) throw new LibralError('sealed.certificate-unusable', { fingerprint })
    const total = await pendingFor(context, sealClass, custodian)
    const paper = using === 'paper' ? await context.services.keys.chooseOpen(context.window, 'recovery') : null
    const named = { class: sealClass, custodian, fingerprint }
    const begun = await unfinished(context, { ...named, using })
    const wish = begun === null ? await commandWish(context, beginRewrap.name, { ...named, using }) : null
    const asked = { ...named, deployment: deploymentOf(context), certificate: registered, keys: total, paper, wish }
    const { grant, command } = await vault(context, (client) => client.sealed.askRewrap(asked))
    const id = begun ?? (command === null ? null : (await decidedSigned(context, command)).id)
    if (id === null) throw new LibralError('internal.unexpected')
    let done = 0
    let outcome: 'done' | 'cancelled' = 'cancelled'
    const cancelled = (): boolean => signal?.aborted === true
    try {
      yield { state: 'running', done, total }
      while (!cancelled()) {
        const lacking = await context.services.desk.sealed.lacking(id)
        if (lacking.length === 0) {
          outcome = 'done'
          break
        }
        const keys = await vault(context, (client) => client.sealed.rewrap({ grant, keys: [...lacking] }))
        const added = await context.services.desk.sealed.putWrapped(id, keys)
        // Nothing went in though something lacks: the custodian was removed or changed. Asking again would never end.
        if (added === 0) break
        done += added
        yield { state: 'running', done, total: Math.max(total, done) }
      }
    } finally {
      // Whatever stopped it, the record says how far it came, and nothing more is handed out.
      await decided(context, endRewrap.name, { id, outcome, keys: done }).catch(() => undefined)
    }
    yield { state: outcome, done, total: Math.max(total, done) }
  }),
  writeKeyFile: contract.writeKeyFile.handler(({ context, input, signal }) =>
    writingKeyFile(context, input.id, signal),
  ),
  makeRecovery: contract.makeRecovery.handler(async ({ context, input: { class: sealClass } }) => {
    mustBeOpen(context)
    const day = new Date().toISOString().slice(0, 10)
    const file = await context.services.keys.chooseSave(
      context.window,
      'recovery',
      `libral-recovery-${sealClass}-${day}.txt`,
    )
    const deployment = deploymentOf(context)
    const made = await vault(context, (client) => client.sealed.makeRecovery({ deployment, class: sealClass, file }))
    await decided(context, addRecovery.name, { class: sealClass, ...made })
    return { file: basename(file) }
  }),
  proveRecovery: contract.proveRecovery.handler(async ({ context, input: { class: sealClass } }) => {
    mustBeOpen(context)
    const paper = (await classOf(context, sealClass)).custodians.find((one) => one.custodian === paperCustodian)
    if (!paper?.probe) throw new LibralError('sealed.custodian-unknown')
    const { fingerprint, probe } = paper
    const file = await context.services.keys.chooseOpen(context.window, 'recovery')
    const read = { file, fingerprint, message: probe.message }
    const { secret } = await vault(context, (client) => client.sealed.proveRecovery(read))
    await decided(context, proveRecovery.name, { class: sealClass, fingerprint, secret })
    return nothing
  }),
}

/** Said before a dialog is opened for nothing. */
function mustBeOpen({ services }: CallContext): void {
  if (services.keys.state().state !== 'unlocked') throw new LibralError('vault.locked')
}

const pendingFor = async ({ services }: CallContext, sealClass: SealClass, custodian: string): Promise<number> => {
  const coverage = (await services.desk.sealed.coverage()).find((one) => one.class === sealClass)
  const held = coverage?.custodians.find((one) => one.custodian === custodian)
  return Math.max(0, (coverage?.keys ?? 0) - (held?.keys ?? 0))
}

/** A rewrap of this kind that was cut off is gone on with, under its record. */
const unfinished = async (
  context: CallContext,
  wish: Pick<RewrapRow, 'class' | 'custodian' | 'fingerprint' | 'using'>,
): Promise<RewrapRow['id'] | null> => {
  const { desk } = context.services
  const me = desk.state().session?.operator
  const page = await desk.rows.query({
    filter: { collection: rewraps.name, where: {}, range: null, text: '' },
    sort: { field: 'startedAt', descending: true },
    after: null,
    limit: 50,
  })
  const rows = page.rows as unknown as readonly RewrapRow[]
  const fits = (row: RewrapRow): boolean =>
    (Object.keys(wish) as (keyof typeof wish)[]).every((name) => row[name] === wish[name])
  return rows.find((row) => row.by === me && row.endedAt === null && fits(row))?.id ?? null
}
