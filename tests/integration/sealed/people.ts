import { decrypt, generateKey, type PrivateKey, readMessage } from 'openpgp'
import type { DeploymentKeys } from '#backend/kernel/deployment-keys.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import type { ModuleDefinition, ServiceCommand } from '#backend/kernel/module.ts'
import { submitAs } from '#backend/kernel/sign.ts'
import { createAccess } from '#backend/modules/access/index.ts'
import { createSealed } from '#backend/modules/sealed/index.ts'
import type { Storage } from '#backend/storage/port.ts'
import { registerCertificate } from '#protocol/certificates.ts'
import type { CommandDefinition, Json, Outcome } from '#protocol/command.ts'
import { operatorIdSchema } from '#protocol/ids.ts'
import type { Role } from '#protocol/permission.ts'
import {
  addCustodian,
  addRecovery,
  beginRewrap,
  classes,
  endRewrap,
  openSealed,
  proveRecovery,
  type WrappedKey,
} from '#protocol/sealed.ts'
import { paperCustodian, type Sealed } from '#protocol/sealed-value.ts'
import {
  type ContactRow,
  contactFields,
  contactSubject,
  contacts,
  openSession,
  registerOperator,
  sessionLimits,
  setContact,
} from '#protocol/session.ts'
import { signByKey } from '#tests/fixtures/client/certified.ts'
import { ownKey } from '#tests/fixtures/client/own-key.ts'
import { identityOf } from '#tests/fixtures/openpgp/identities.ts'
import { sha256, toBase64url } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { readCertificate } from '#trust/openpgp/certificate.ts'
import { policy } from '#trust/openpgp/policy.ts'
import { openText } from '#trust/sealed/seal.ts'
import { parsePayload, payloadBytes, recipientOf, secretOf, wrapFor } from '#trust/sealed/wrap.ts'
import { baseModules, type Person, signerOf } from '../kernel/harness.ts'

export const sealedModules = (): readonly ModuleDefinition[] => [
  ...baseModules(),
  createSealed(),
  // Its projections alone: who opens and hands over stands in the access log.
  createAccess(new Promise<Kernel>(() => undefined)),
]

/** One instance of a backend with the modules that sealing needs. */
export interface Running {
  readonly kernel: Kernel
  readonly storage: Storage
  readonly keys: DeploymentKeys
}

/** A person with a session, perhaps with an OpenPGP key of their own. */
export interface Someone extends Person {
  readonly secret: PrivateKey | null
  readonly fingerprint: string
  submit(command: CommandDefinition, params: Readonly<Record<string, Json>>): Promise<Outcome>
}

export const makeKey = async (options: object = {}): Promise<PrivateKey> => {
  const { privateKey } = await generateKey({
    userIDs: [{ name: 'Custodian' }],
    date: new Date(Date.now() - 60_000),
    type: 'curve25519',
    format: 'object',
    config: { ...policy, aeadProtect: true },
    ...options,
  })
  return privateKey as unknown as PrivateKey
}
export const publicText = (key: PrivateKey): string => toBase64url(key.toPublic().write())

export const serviceOf =
  ({ kernel, keys }: Pick<Running, 'kernel' | 'keys'>) =>
  (command: ServiceCommand): Promise<Outcome> => {
    const { now } = kernel
    const signing = { deployment: keys.deployment, kind: 'service', name: 'session', now } as const
    return submitAs({ ...signing, signer: keys.service('session'), submit: kernel.submit }, command)
  }

export const join = async (
  running: Running,
  name: string,
  roles: readonly Role[],
  key?: PrivateKey,
): Promise<Someone> => {
  const { kernel } = running
  const service = serviceOf(running)
  const operator = operatorIdSchema.parse(name)
  const signer = generateSigner()
  const known = { operator, name, roles: [...roles] }
  await service({ command: registerOperator, params: known }).catch(() => undefined)
  const session = { key: signer.keyId, publicKey: toBase64url(signer.publicKey), operator, client: 'test' }
  const expiresAt = kernel.now() + sessionLimits.lifeMs
  await service({ command: openSession, params: { ...session, method: 'launch', token: null, expiresAt } })
  const principal = kernel.principal(signer.keyId)
  if (!principal) throw new Error('the session did not open')
  const sign = signerOf(kernel, operator, signer)
  const bySession = (command: CommandDefinition, params: Readonly<Record<string, Json>>) =>
    kernel.submit(sign(command, params, { lifeMs: 300_000 }))
  const own = ownKey(kernel.deployment.id, operator, bySession, kernel.now)
  const locked = (command: CommandDefinition, params: Readonly<Record<string, Json>>) =>
    signByKey(identityOf(key as PrivateKey), {
      ...{ context: kernel.deployment.id, command: command.name, params, operator, issuedAt: kernel.now() },
    })
  return {
    ...{ operator, signer, principal, sign, own },
    secret: key ?? null,
    fingerprint: key?.getFingerprint() ?? '',
    submit: async (command, params) => {
      if (command.risk === 'low') return bySession(command, params)
      return kernel.submit(await (key ? locked(command, params) : own.sign(command, params)))
    },
  }
}

/** Registers the certificate of somebody's own key. */
export const register = async (by: Someone, { secret, operator }: Someone): Promise<void> => {
  if (secret === null) throw new Error('no key')
  const facts = await readCertificate(secret.toPublic().write(), Date.now())
  await by.submit(registerCertificate, { ...facts, operator, proof: null } as never)
}

/** Registers somebody's certificate and makes them a custodian of `personal`. */
export const appoint = async (by: Someone, custodian: Someone, sealClass = 'personal'): Promise<void> => {
  await register(by, custodian)
  const { operator, fingerprint } = custodian
  await by.submit(addCustodian, { class: sealClass, custodian: operator, fingerprint })
}

/** An administrator and two custodians of `personal`, and an operator whom values can be about. */
export const staff = async (core: Running) => {
  const admin = await join(core, 'suzuki', ['administrator'])
  await join(core, contact.operator, ['operator'])
  const first = await join(core, 'tanaka', ['custodian'], await makeKey())
  const second = await join(core, 'sato', ['custodian'], await makeKey())
  await appoint(admin, first)
  await appoint(admin, second)
  return { core, admin, first, second }
}

/** A recovery key, as the vault makes and reads it. */
export const addPaper = async (
  by: Someone,
  sealClass = 'personal',
): Promise<{ readonly key: PrivateKey; prove(): Promise<void> }> => {
  const key = await makeKey()
  const secret = new Uint8Array(32).fill(3)
  const found = await recipientOf(publicText(key), Date.now())
  if (!('recipient' in found)) throw new Error(found.unusable)
  const message = Buffer.from(await wrapFor(found.recipient, secret, Date.now())).toString('base64')
  const fingerprint = key.getFingerprint()
  const probe = { digest: toBase64url(sha256(secret)), message }
  await by.submit(addRecovery, { class: sealClass, fingerprint, certificate: publicText(key), probe })
  return {
    key,
    prove: async () => {
      await by.submit(proveRecovery, { class: sealClass, fingerprint, secret: toBase64url(secret) })
    },
  }
}

export const contact = {
  operator: 'abe',
  name: '阿部 花子',
  phone: '090-1234-5678',
  email: 'Hanako@Example.jp',
} as const
export const storeContact = (by: Someone, over: Partial<Record<keyof typeof contact, string | null>> = {}) =>
  by.submit(setContact, { ...contact, ...over })
export const subject = contactSubject(contact.operator)

export const unwrap = async (wrapped: string, secret: PrivateKey) => {
  const message = await readMessage({ binaryMessage: new Uint8Array(Buffer.from(wrapped, 'base64')) })
  const { data } = await decrypt({ message, decryptionKeys: secret, format: 'binary', config: policy })
  return parsePayload(data as Uint8Array)
}

export const rowOf = async ({ kernel }: Running, operator: string = contact.operator): Promise<ContactRow> => {
  const { rows } = await kernel.history(contacts.name, null, 1_000)
  const found = (rows as readonly ContactRow[]).find((row) => row.operator === operator)
  if (!found) throw new Error('no such contact')
  return found
}
export const classRow = async ({ kernel }: Running, sealClass = 'personal') =>
  ((await kernel.history(classes.name, null, 10)).rows as readonly { class: string; generation: number }[]).find(
    (row) => row.class === sealClass,
  )

/** Records an opening; answers its id. */
export const record = async (someone: Someone, operator: string = contact.operator): Promise<string> => {
  const fields = contactFields.map((field) => ({ collection: contacts.name, row: operator, field }))
  const params = { class: 'personal', subject: contactSubject(operator), fields, reason: '障害の連絡' }
  return (await someone.submit(openSealed, params)).id
}

/** As a custodian does it: record, get the keys, open each field. */
export const read = async (running: Running, someone: Someone, operator: string = contact.operator) => {
  const keys = await running.kernel.sealed.keys(someone.principal, await record(someone, operator))
  return openFields(running, await rowOf(running, operator), keys, someone.secret)
}

export const openFields = async (
  { keys: { sealing: deployment } }: Running,
  row: ContactRow,
  keys: readonly WrappedKey[],
  secret: PrivateKey | null,
) => {
  if (secret === null) throw new Error('no key')
  const opened: Record<string, string | null> = {}
  for (const field of contactFields) {
    const sealed = row[field] as Sealed | null
    const wrapped = keys.find(({ key }) => key === sealed?.key)
    if (sealed === null || !wrapped) {
      opened[field] = null
      continue
    }
    const payload = await unwrap(wrapped.wrapped, secret)
    const place = { deployment, collection: contacts.name, field, class: sealed.class, subject: sealed.subject }
    opened[field] = openText(sealed, place, secretOf(payload))
  }
  return opened
}

/** Hands a custodian (or the recovery key) what they lack; `stopAfter` pages, as if killed there. */
export const rewrapFor = async (
  { kernel }: Running,
  by: Someone,
  target: { readonly custodian: string; readonly key: PrivateKey },
  { paper, stopAfter = 99 }: { readonly paper?: PrivateKey; readonly stopAfter?: number } = {},
): Promise<{ readonly id: string; readonly added: number }> => {
  const { custodian, key } = target
  const wish = { class: 'personal', custodian, fingerprint: key.getFingerprint(), using: paper ? 'paper' : 'own' }
  const { id } = await by.submit(beginRewrap, wish)
  const found = await recipientOf(publicText(key), Date.now())
  if (!('recipient' in found)) throw new Error(found.unusable)
  const secret = paper ?? by.secret
  if (secret === null) throw new Error('no key')
  let added = 0
  for (let page = 0; page < stopAfter; page++) {
    const lacking = await kernel.sealed.lacking(by.principal, id, null)
    if (lacking.length === 0) {
      await by.submit(endRewrap, { id, outcome: 'done', keys: added })
      break
    }
    const wrapped = await Promise.all(
      lacking.map(async (one) => {
        const bytes = payloadBytes(await unwrap(one.wrapped, secret))
        return { ...one, wrapped: Buffer.from(await wrapFor(found.recipient, bytes, Date.now())).toString('base64') }
      }),
    )
    added += await kernel.sealed.putWrapped(by.principal, id, wrapped)
  }
  return { id, added }
}
export { paperCustodian }

export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown: { readonly code?: string }) => thrown.code ?? String(thrown),
  )
