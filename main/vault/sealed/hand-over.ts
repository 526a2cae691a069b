import { randomUUID } from 'node:crypto'
import { implement } from '@orpc/server'
import type { PublicKey } from 'openpgp'
import { descriptionWords } from '#protocol/description.ts'
import { LibralError } from '#protocol/errors.ts'
import { namedTime } from '#protocol/japan-time.ts'
import type { KeyFileHead } from '#protocol/sealed-hand-over.ts'
import { registeredKey } from '#trust/openpgp/certificate.ts'
import { type HandedKey, type KeyFileLines, keyFileLines } from '#trust/sealed/key-file.ts'
import { openParams, paramsPlace } from '#trust/sealed/seal.ts'
import { recipientOf, secretOf } from '#trust/sealed/wrap.ts'
import { paramsDigest } from '#trust/statement.ts'
import type { Asked } from '../ask/question.ts'
import { grouped, visible } from '../ask/written.ts'
import { knownKeys } from '../messages/known-keys.ts'
import { making } from '../messages/write.ts'
import type { OpeningAccess, SigningAccess } from '../openpgp/key-access.ts'
import { signers } from '../signing/sign.ts'
import type { Vault } from '../vault.ts'
import { type KeyFileOrder, type SealedEntry, sealedVaultContract } from './contract.ts'
import { type ReadKeyFile, readKeyFile, writeKeyFile } from './key-file.ts'
import { unwrap } from './unwrap.ts'

/** A key file that is being made, as it was agreed to. */
interface Making {
  readonly order: KeyFileOrder
  readonly receiver: PublicKey
  readonly signer: SigningAccess
  readonly openers: readonly OpeningAccess[]
  readonly lines: KeyFileLines
}

/** Until they are written or dropped, or this process ends. */
const made = new Map<string, Making>()
/** Keys that a review opened, until it drops them or this process ends. */
const handed = new Map<string, ReadKeyFile>()

const os = implement(sealedVaultContract).$context<{ readonly vault: Vault }>()
const done = {}

const asking = ({ head, operator, sealing, file }: KeyFileOrder, keys: readonly string[], vault: Vault): Asked => {
  const { say } = vault
  const [only] = keys
  return {
    title: say('keyFile.title'),
    body: [say('keyFile.body')],
    facts: [
      { label: say('fact.receiver'), value: operator === null ? say('keyFile.outside') : visible(operator) },
      { label: say('fact.fingerprint'), value: grouped(head.receiver) },
      { label: say('fact.class'), value: say(`class.${head.class}`) },
      { label: say('fact.range'), value: `${head.from} – ${head.to - 1}` },
      { label: say('fact.handOver'), value: head.command },
      { label: say('fact.file'), value: visible(file) },
      { label: say('fact.deployment'), value: visible(sealing.name) },
      ...(keys.length === 1 && only !== undefined ? [{ label: say('fact.key'), value: only }] : []),
    ],
    fields: 'none',
    choices: keys.length > 1 ? { label: say('sign.choose'), items: [...keys] } : null,
    accept: say('keyFile.accept'),
    danger: true,
  }
}

const makingOf = (grant: string): Making => {
  const found = made.get(grant)
  if (!found) throw new LibralError('sealed.not-recorded')
  return found
}

const dropMade = (grant: string): void => {
  made.get(grant)?.lines.wipe()
  made.delete(grant)
}

const dropHanded = (grant: string): void => {
  for (const { secret } of handed.get(grant)?.keys.values() ?? []) secret.fill(0)
  handed.delete(grant)
}

/** @throws LibralError `sealed.erased`, `sealed.not-handed-over` */
const keyOf = ({ keys, without }: ReadKeyFile, { sealed }: SealedEntry): HandedKey => {
  const found = keys.get(sealed.key)
  if (found?.subject === sealed.subject) return found
  if (without.get(sealed.key)?.why === 'erased') throw new LibralError('sealed.erased')
  throw new LibralError('sealed.not-handed-over')
}

const shown = (
  vault: Vault,
  entry: SealedEntry,
  params: Readonly<Record<string, unknown>>,
  matches: boolean,
): Asked => {
  const { say } = vault
  const { index, at, statement, sealed } = entry
  const words = descriptionWords[say.lang]
  const labelOf = (name: string): string => {
    const word = [`contact.${name}`, name].find((it) => Object.hasOwn(words, it))
    return word === undefined ? name : words[word as keyof typeof words]
  }
  return {
    title: say('entry.title', { index: String(index) }),
    body: [say('shown.body')],
    facts: [
      ...Object.entries(params).map(([name, value]) => ({ label: labelOf(name), value: textOf(value) })),
      { label: say('fact.digest'), value: say(matches ? 'digest.matches' : 'digest.differs') },
      { label: say('fact.command'), value: statement.command },
      { label: words.subject, value: sealed.subject },
      { label: say('fact.entry'), value: `${index}（${namedTime(at)}）` },
    ],
    fields: 'none',
    accept: say('shown.close'),
    words: { cancel: '' },
    danger: !matches,
  }
}

const textOf = (value: unknown): string => visible(typeof value === 'string' ? value : JSON.stringify(value ?? null))

/** 鍵の引き渡し: the custodian's vault writes the file, the auditor's reads it. Keys are in the clear in these two alone. */
export const handOverRoutes = {
  beginKeyFile: os.beginKeyFile.handler(async ({ context: { vault }, input: order }) => {
    vault.keyring()
    const { receiver: fingerprint } = order.head
    const found = await recipientOf(order.certificate, vault.now())
    if (!('recipient' in found) || found.recipient.fingerprint !== fingerprint)
      throw new LibralError('sealed.certificate-unusable', { fingerprint })
    const known = await knownKeys(vault)
    const { accesses, keys } = signers(vault, known, order.fingerprints)
    const signer = await vault.ask(asking(order, keys, vault), async (_typed, choice) => accesses[choice] ?? null)
    const grant = randomUUID()
    const head: KeyFileHead = { ...order.head, at: vault.now() }
    const { certificate: receiver } = found.recipient
    made.set(grant, { order, receiver, signer, openers: known.openers, lines: keyFileLines(head) })
    return { grant }
  }),
  addToKeyFile: os.addToKeyFile.handler(async ({ context: { vault }, input: { grant, keys, without } }) => {
    const { order, openers, lines } = makingOf(grant)
    const expected = { deployment: order.sealing.id, class: order.head.class }
    for (const one of keys) {
      const { subject, key, secret } = await secretIn(one, expected, openers, vault.now())
      lines.add({ subject, key, secret })
      secret.fill(0)
    }
    for (const one of without) lines.leaveOut(one)
    return lines.counts()
  }),
  endKeyFile: os.endKeyFile.handler(async ({ context: { vault }, input: { grant } }) => {
    const { order, receiver, signer, lines } = makingOf(grant)
    const text = lines.end()
    try {
      // The dialog asked before a name was taken that is there.
      await writeKeyFile(order.file, text, { receiver, signer, now: vault.now() }, making(vault, true))
      return lines.counts()
    } finally {
      text.fill(0)
      dropMade(grant)
    }
  }),
  dropKeyFile: os.dropKeyFile.handler(({ input: { grant } }) => {
    dropMade(grant)
    return done
  }),
  openKeyFile: os.openKeyFile.handler(async ({ context: { vault }, input: { file, deployments, certificates } }) => {
    vault.keyring()
    const { openers, judgement } = await knownKeys(vault)
    const given = await Promise.all(certificates.map((it) => registeredKey(it).catch(() => null)))
    const known = [...given.filter((it) => it !== null), ...judgement(vault.now()).certificates]
    const read = await readKeyFile(file, openers, known, vault.now())
    const grant = randomUUID()
    handed.set(grant, read)
    if (!deployments.includes(read.head.deployment)) {
      dropHanded(grant)
      throw new LibralError('sealed.keys-foreign')
    }
    const { head, counts, signature, signer } = read
    return { grant, head, counts, signature, signer: signer as never }
  }),
  showEntry: os.showEntry.handler(async ({ context: { vault }, input: { grant, entry } }) => {
    const read = handed.get(grant)
    if (!read) throw new LibralError('sealed.keys-missing')
    const { statement, sealed } = entry
    const { secret } = keyOf(read, entry)
    const { salt, params } = openParams(sealed, paramsPlace(statement, sealed), secret)
    const matches = paramsDigest(salt, params) === statement.paramsDigest
    await vault
      .ask(shown(vault, entry, params, matches), async () => true)
      .catch((thrown: unknown) => {
        // Closed by its frame or by Escape: it was read all the same.
        if (!(thrown instanceof LibralError && thrown.code === 'vault.declined')) throw thrown
      })
    return { matches }
  }),
  dropKeys: os.dropKeys.handler(({ input: { grant } }) => {
    dropHanded(grant)
    return done
  }),
}

const secretIn = async (...[wrapped, expected, openers, now]: Parameters<typeof unwrap>) => {
  const payload = await unwrap(wrapped, expected, openers, now)
  return { subject: payload.subject, key: payload.key, secret: secretOf(payload) }
}
