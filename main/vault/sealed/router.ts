import { randomBytes, randomUUID } from 'node:crypto'
import { implement } from '@orpc/server'
import { LibralError } from '#protocol/errors.ts'
import { paperCustodian } from '#protocol/sealed-value.ts'
import { sha256, toBase64url } from '#trust/bytes.ts'
import { openText } from '#trust/sealed/seal.ts'
import { payloadBytes, recipientOf, secretOf, wrapFor } from '#trust/sealed/wrap.ts'
import { grouped } from '../ask/written.ts'
import { writeExport } from '../exports.ts'
import { knownKeys } from '../messages/known-keys.ts'
import type { OpeningAccess } from '../openpgp/key-access.ts'
import type { Vault } from '../vault.ts'
import { type RewrapTarget, type SealedFieldShown, sealedVaultContract } from './contract.ts'
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
    const { deployment, class: sealClass, subject, about, fields } = input
    const mixed = fields.some(({ sealed }) => sealed.subject !== subject || sealed.class !== sealClass)
    if (mixed) throw new LibralError('input.invalid', { field: 'fields' })
    const asked = {
      title: say('open.title'),
      body: [say('open.body')],
      facts: [
        { label: say('fact.subject'), value: say('contact.of', { name: about }) },
        { label: say('fact.fields'), value: fields.map(({ field }) => say(`contact.${field}`)).join('、') },
        { label: say('fact.deployment'), value: deployment.name },
      ],
      fields: 'line',
      words: { field: say('open.reason'), short: say('lineEmpty') },
      accept: say('open.accept'),
      least: 1,
    } as const
    const reason = await vault.ask(
      asked,
      async (typed) => Buffer.from(typed).toString('utf8').trim().slice(0, 200) || null,
    )
    const grant = randomUUID()
    openings.set(grant, { deployment, class: sealClass, subject, about, fields })
    return { grant, reason }
  }),
  show: os.show.handler(async ({ context: { vault }, input: { grant, keys } }) => {
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
    const facts = opening.fields.map(({ collection, field, sealed }) => {
      const secret = secrets.get(sealed.key)
      if (!secret) throw new LibralError('sealed.no-key')
      const place = { ...expected, collection, field, subject: sealed.subject }
      return { label: say(`contact.${field}`), value: openText(sealed, place, secret) }
    })
    for (const secret of secrets.values()) secret.fill(0)
    const shown = { title: say('contact.of', { name: opening.about }), body: [say('shown.body')], facts }
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
    const openers = input.paper === null ? (await knownKeys(vault)).openers : await readPaper(input.paper, null)
    const who = input.custodian === paperCustodian ? say('fact.paper') : input.custodian
    await vault.ask(
      {
        title: say('rewrap.title'),
        body: [say('rewrap.body')],
        facts: [
          { label: say('fact.custodian'), value: who },
          { label: say('fact.fingerprint'), value: grouped(input.fingerprint) },
          { label: say('fact.keys'), value: say('fact.keyCount', { count: String(input.keys) }) },
          { label: say('fact.class'), value: say(`class.${input.class}`) },
          { label: say('fact.deployment'), value: input.deployment.name },
        ],
        fields: 'none',
        accept: say('rewrap.accept'),
        danger: true,
      },
      async () => true,
    )
    const grant = randomUUID()
    rewraps.set(grant, { ...input, openers })
    return { grant }
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
