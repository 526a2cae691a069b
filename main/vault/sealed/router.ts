import { randomBytes, randomUUID } from 'node:crypto'
import { implement } from '@orpc/server'
import { LibralError } from '#protocol/errors.ts'
import { beginRewrap, openSealed } from '#protocol/sealed.ts'
import { paperCustodian } from '#protocol/sealed-value.ts'
import { sha256, toBase64url } from '#trust/bytes.ts'
import { openText } from '#trust/sealed/seal.ts'
import { payloadBytes, recipientOf, secretOf, wrapFor } from '#trust/sealed/wrap.ts'
import type { Asked } from '../ask/question.ts'
import type { SayVault } from '../ask/texts.ts'
import { grouped, visible } from '../ask/written.ts'
import { writeExport } from '../exports.ts'
import { knownKeys } from '../messages/known-keys.ts'
import type { OpeningAccess } from '../openpgp/key-access.ts'
import type { CommandWish } from '../signing/contract.ts'
import { signAlong } from '../signing/sign.ts'
import type { Vault } from '../vault.ts'
import { type RewrapTarget, type SealedFieldShown, sealedVaultContract } from './contract.ts'
import { evidenceFacts } from './evidence.ts'
import { handOverRoutes } from './hand-over.ts'
import { makePaper, paperText, readPaper } from './paper.ts'
import { openSmall, unwrap } from './unwrap.ts'

interface OpeningGrant {
  readonly deployment: RewrapTarget['deployment']
  readonly class: RewrapTarget['class']
  readonly subject: string
  readonly about: string
  readonly fields: readonly SealedFieldShown[]
}
/** With the keys that open: the paper is read once. */
type RewrapGrant = RewrapTarget & { readonly openers: readonly OpeningAccess[] }

/** The record of an opening, which has to name the very fields that are opened. @throws LibralError `input.invalid` */
const recordOf = ({ command }: CommandWish, fields: readonly SealedFieldShown[]) => {
  const params = openSealed.params.safeParse({ ...command.params, reason: '…' })
  const named = (it: { readonly collection: string; readonly field: string }): string => `${it.collection}/${it.field}`
  const fits =
    command.statement.command === openSealed.name &&
    params.success &&
    fields.every(({ sealed }) => sealed.subject === params.data.subject && sealed.class === params.data.class) &&
    fields.map(named).join() === params.data.fields.map(named).join()
  if (!fits) throw new LibralError('input.invalid', { field: 'fields' })
  return params.data
}

/** The beginning of a rewrap, which has to name the very custodian that is shown. @throws LibralError `input.invalid` */
const begun = (wish: CommandWish, target: RewrapTarget): CommandWish => {
  const params = beginRewrap.params.safeParse(wish.command.params)
  const fits =
    wish.command.statement.command === beginRewrap.name &&
    params.success &&
    params.data.class === target.class &&
    params.data.custodian === target.custodian &&
    params.data.fingerprint === target.fingerprint &&
    params.data.using === (target.paper === null ? 'own' : 'paper')
  if (!fits) throw new LibralError('input.invalid', { field: 'params' })
  return wish
}

/** Asked again for what was signed and begun before. */
const goingOn = (
  target: RewrapTarget,
  keys: Asked['facts'][number],
  agree: Pick<Asked, 'accept' | 'danger'>,
  say: SayVault,
): Asked => ({
  title: say('rewrap.title'),
  body: [say('rewrap.body')],
  facts: [
    {
      label: say('fact.custodian'),
      value: target.custodian === paperCustodian ? say('fact.paper') : target.custodian,
    },
    { label: say('fact.fingerprint'), value: grouped(target.fingerprint) },
    keys,
    { label: say('fact.class'), value: say(`class.${target.class}`) },
    { label: say('fact.deployment'), value: visible(target.deployment.name) },
  ],
  fields: 'none',
  ...agree,
})

/** All fields of an opening are of one row. */
const whose = ([first]: readonly SealedFieldShown[]): 'payer' | 'contact' | 'evidence' =>
  first?.field === 'key' ? 'evidence' : first?.collection === 'payments.payers' ? 'payer' : 'contact'

/** What was agreed to in the vault's window, until it is used (openings) or this process ends. */
const openings = new Map<string, OpeningGrant>()
const rewraps = new Map<string, RewrapGrant>()

const os = implement(sealedVaultContract).$context<{ readonly vault: Vault }>()
const done = {}

/** 封印: opens, shows and wraps anew. Failures are LibralErrors. */
export const sealedRouter = os.router({
  askOpening: os.askOpening.handler(async ({ context: { vault }, input }) => {
    const { say } = vault
    vault.keyring()
    const { deployment, wish, about, fields } = input
    const { class: sealClass, subject } = recordOf(wish, fields)
    const command = await signAlong(vault, wish, {
      facts: [{ label: say('fact.opens'), value: say(`${whose(fields)}.of`, { name: visible(about) }) }],
      accept: say('open.accept'),
      reason: say('open.reason'),
    })
    const grant = randomUUID()
    openings.set(grant, { deployment, class: sealClass, subject, about, fields })
    return { grant, command }
  }),
  show: os.show.handler(async ({ context: { vault }, input: { grant, keys, beside } }) => {
    const { say, now } = vault
    const opening = openings.get(grant)
    if (!opening) throw new LibralError('sealed.not-recorded')
    openings.delete(grant)
    const { openers } = await knownKeys(vault)
    const secrets = new Map<string, Uint8Array>()
    const expected = { deployment: opening.deployment.id, class: opening.class }
    const wanted = new Set<string>(opening.fields.map(({ sealed }) => sealed.key))
    for (const wrapped of keys) {
      if (!wanted.has(wrapped.key) || secrets.has(wrapped.key)) continue
      const payload = await unwrap(wrapped, expected, openers, now())
      secrets.set(wrapped.key, secretOf(payload))
    }
    const factsOf = (shown: SealedFieldShown) => {
      const { collection, field, sealed } = shown
      const secret = secrets.get(sealed.key)
      if (!secret) throw new LibralError('sealed.no-key')
      const place = { ...expected, collection, field, subject: sealed.subject }
      const text = openText(sealed, place, secret)
      if (shown.field === 'key')
        return evidenceFacts(shown, { deployment: expected.deployment, key: text, beside }, say)
      const label = say(shown.field === 'account' ? 'payer.account' : `contact.${shown.field}`)
      return [{ label, value: text }]
    }
    const open = () => {
      try {
        return opening.fields.flatMap(factsOf)
      } finally {
        for (const secret of secrets.values()) secret.fill(0)
      }
    }
    const facts = open()
    const shown = {
      title: say(`${whose(opening.fields)}.of`, { name: opening.about }),
      body: [say(whose(opening.fields) === 'evidence' ? 'evidence.body' : 'shown.body')],
      facts,
    }
    await vault
      .ask({ ...shown, fields: 'none', accept: say('shown.close'), words: { cancel: '' } }, async () => true)
      .catch((thrown: unknown) => {
        // Closed by its frame or by Escape: it was read all the same.
        if (!(thrown instanceof LibralError && thrown.code === 'vault.declined')) throw thrown
      })
    return done
  }),
  askRewrap: os.askRewrap.handler(async ({ context: { vault }, input }) => {
    const { say, now } = vault
    vault.keyring()
    const found = await recipientOf(input.certificate, now())
    if (!('recipient' in found) || found.recipient.fingerprint !== input.fingerprint)
      throw new LibralError('sealed.certificate-unusable', { fingerprint: input.fingerprint })
    const { wish, ...target } = input
    const openers = target.paper === null ? (await knownKeys(vault)).openers : await readPaper(target.paper, null)
    const keys = { label: say('fact.keys'), value: say('fact.keyCount', { count: String(target.keys) }) }
    const agree = { accept: say('rewrap.accept'), danger: true }
    const command =
      wish === null
        ? await vault.ask(goingOn(target, keys, agree, say), async () => true).then(() => null)
        : await signAlong(vault, begun(wish, target), { facts: [keys], ...agree })
    const grant = randomUUID()
    rewraps.set(grant, { ...target, openers })
    return { grant, command }
  }),
  rewrap: os.rewrap.handler(async ({ context: { vault }, input: { grant, keys } }) => {
    const target = rewraps.get(grant)
    if (!target) throw new LibralError('sealed.not-recorded')
    const now = vault.now()
    const found = await recipientOf(target.certificate, now)
    if (!('recipient' in found)) throw new LibralError('sealed.certificate-unusable', { reason: found.unusable })
    const expected = { deployment: target.deployment.id, class: target.class }
    const wrapped = []
    for (const one of keys) {
      const bytes = payloadBytes(await unwrap(one, expected, target.openers, now))
      const made = await wrapFor(found.recipient, bytes, now)
      bytes.fill(0)
      wrapped.push({ ...one, wrapped: Buffer.from(made).toString('base64') })
    }
    return wrapped
  }),
  ...handOverRoutes,
  makeRecovery: os.makeRecovery.handler(
    async ({ context: { vault }, input: { deployment, class: sealClass, file } }) => {
      const { say, now } = vault
      vault.keyring()
      const at = now()
      const key = await makePaper(at)
      const certificate = toBase64url(key.toPublic().write())
      const found = await recipientOf(certificate, at)
      if (!('recipient' in found)) throw new LibralError('internal.unexpected')
      const secret = randomBytes(32)
      const message = Buffer.from(await wrapFor(found.recipient, secret, at)).toString('base64')
      const facts = { deployment: `${deployment.name}（${deployment.id}）`, class: say(`class.${sealClass}`), at }
      await writeExport(file, Buffer.from(paperText(key, facts, say)))
      return { fingerprint: key.getFingerprint(), certificate, probe: { digest: toBase64url(sha256(secret)), message } }
    },
  ),
  proveRecovery: os.proveRecovery.handler(async ({ context: { vault }, input: { file, fingerprint, message } }) => {
    vault.keyring()
    const openers = await readPaper(file, fingerprint)
    const secret = await openSmall(Buffer.from(message, 'base64'), openers, vault.now())
    if (secret.byteLength !== 32) throw new LibralError('sealed.recovery-wrong')
    return { secret: toBase64url(secret) }
  }),
})
