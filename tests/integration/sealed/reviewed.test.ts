import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createReview, type Review } from '#main/audit/review/review.ts'
import { writingKeyFile } from '#main/ipc/key-file.ts'
import { createReviewKeys } from '#main/ipc/review-keys.ts'
import type { CallContext, Services } from '#main/ipc/services.ts'
import type { CommandId } from '#protocol/ids.ts'
import { eraseSubject } from '#protocol/sealed.ts'
import { endHandOver, handOver, handOvers } from '#protocol/sealed-hand-over.ts'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { bundleOf, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { type OpenedVault, openVault } from '#tests/fixtures/vault/vault.ts'
import type { BundleOrder } from '#trust/bundle/make.ts'
import { type Deployment, newDeployment } from '../kernel/harness.ts'
import {
  codeOf,
  contact,
  join,
  makeKey,
  type Running,
  register,
  type Someone,
  sealedModules,
  staff,
  storeContact,
  subject,
} from './people.ts'

/** A hand-over from end to end: kernel, the custodian's vault, a bundle, the auditor's vault; only the windows are missing. */

const folder = privateFolder('reviewed')
let deployment: Deployment
const vaults: OpenedVault[] = []
beforeAll(() => {
  deployment = newDeployment()
})
afterAll(async () => {
  for (const vault of vaults) await vault.stop()
  deployment.remove()
  folder.remove()
})

/** A vault that holds somebody's key. */
const vaultOf = async ({ secret, operator }: Someone): Promise<OpenedVault> => {
  if (secret === null) throw new Error('no key')
  const vault = await openVault(() => '')
  vaults.push(vault)
  const file = path(folder.path, `${operator}.asc`)
  writeFileSync(file, secret.armor())
  await vault.client.importFile({ file })
  return vault
}

/** What main asks of a vault, without its windows. */
const keysOf = ({ client }: OpenedVault, file = '') => {
  const listeners: ((state: { readonly state: 'unlocked' | 'locked' }) => void)[] = []
  return {
    state: () => ({ state: 'unlocked' }),
    onState: (listener: (typeof listeners)[number]) => void listeners.push(listener),
    call: (_window: number, use: (vault: typeof client) => Promise<unknown>) => use(client),
    chooseSave: async () => file,
    locks: () => {
      for (const listener of listeners) listener({ state: 'locked' })
    },
  }
}

/** A window of the custodian's desktop, connected to the kernel. */
const windowOf = (core: Running, who: Someone, keys: ReturnType<typeof keysOf>): CallContext => {
  const rows = async (collection: string) =>
    (await core.kernel.history(collection, null, 1_000)).rows as readonly Readonly<Record<string, unknown>>[]
  const desk = {
    state: () => ({ deployment: { id: core.kernel.deployment.id, name: '本番' }, session: { operator: who.operator } }),
    log: { sealedUnder: () => core.keys.sealing },
    rows: {
      get: async (collection: string, key: string) =>
        (await rows(collection)).find((row) => row['id'] === key || row['fingerprint'] === key) ?? null,
      query: async ({ filter }: { readonly filter: { readonly collection: string } }) => ({
        rows: (await rows(filter.collection)).filter((row) => row['operator'] === who.operator),
      }),
    },
    commands: {
      now: core.kernel.now,
      submit: async (_command: string, params: object) => ({
        ...{ state: 'accepted', failure: null },
        outcome: await who.submit(endHandOver, params as never),
      }),
    },
    sealed: {
      handedOver: (id: string, from: number | null) => core.kernel.sealed.handedOver(who.principal, id, from),
    },
  }
  const shown = { deployment: { id: core.kernel.deployment.id, label: '本番', name: '本番' } }
  return {
    services: { desk, keys, state: { current: () => shown } },
    window: 0,
    role: 'main',
  } as unknown as CallContext
}

const made = async (core: Running, name: string, order: Partial<BundleOrder> = {}): Promise<string> => {
  const file = path(folder.path, name)
  const head = async (): Promise<string> => (await core.kernel.log.checkpoint(null)).note
  writeFileSync(file, await bundleOf({ ...core.kernel.bundle, head, cosigned: { notes: [], witnesses: [] } }, order))
  return file
}
const opened = async (review: Review, file: string): Promise<void> => {
  await review.open(file)
  await expect.poll(() => review.state().phase).toBe('open')
}

test('what was handed over opens what a bundle seals, with and without the record of it, also after an erasure', async () => {
  const core = await deployment.open({ modules: sealedModules() })
  const { admin, first } = await staff(core)
  const auditor = await join(core, 'mori', ['auditor'], await makeKey())
  await register(admin, auditor)
  const { index } = await storeContact(admin)
  const { size } = await core.storage.head()
  const receiver = { operator: 'mori', fingerprint: auditor.fingerprint, certificate: null }
  const recorded = await first.submit(handOver, { class: 'personal', from: 0, to: size, ...receiver, reason: '監査' })
  const id = recorded.id as CommandId

  const [custodian, reviewer] = [await vaultOf(first), await vaultOf(auditor)]
  const file = path(folder.path, 'auditor.lbkeys')
  const context = windowOf(core, first, keysOf(custodian, file))
  // Cancelled while it is being made: no file, and the record stays open.
  const ending = new AbortController()
  for await (const news of writingKeyFile(context, id, ending.signal)) {
    expect(news.state).toBe('running')
    ending.abort()
  }
  expect(existsSync(file)).toBe(false)
  // Cut off by the vault's end: the same.
  const broken = keysOf(custodian, file)
  const failing = { ...broken, call: (at: number, use: Parameters<typeof broken.call>[1]) => broken.call(at, use) }
  const closing = async (): Promise<void> => {
    for await (const _ of writingKeyFile(windowOf(core, first, failing), id, undefined)) {
      failing.call = async () => Promise.reject(Object.assign(new Error('gone'), { code: 'vault.locked' }))
    }
  }
  expect(await codeOf(closing())).toBe('vault.locked')
  expect(existsSync(file)).toBe(false)
  let last: unknown = null
  for await (const news of writingKeyFile(context, id, undefined)) last = news
  const counts = { keys: 1, subjects: 1, erased: 0, lacking: 0 }
  expect(last).toEqual({ state: 'done', file: 'auditor.lbkeys', entries: size, ofEntries: size, counts })
  expect((await core.kernel.history(handOvers.name, null, 10)).rows).toEqual([
    expect.objectContaining({ id, outcome: 'done', ...counts }),
  ])
  await expect(writingKeyFile(context, id, undefined).next()).rejects.toMatchObject({ code: 'sealed.hand-over-ended' })

  await admin.submit(eraseSubject, { subject, reason: '求め' })
  const whole = await made(core, 'whole.libral-bundle')
  const some = await made(core, 'some.libral-bundle', { from: index, to: index + 1 })
  await core.kernel.drain()

  const directory = path(folder.path, 'review')
  mkdirSync(directory)
  const review = createReview({ userData: directory, directory, sessionKeyOf: async () => null })
  const keys = keysOf(reviewer)
  const handed = createReviewKeys(review, keys as unknown as Services['keys'])
  try {
    expect(await codeOf(handed.open(0, file))).toBe('review.not-open')
    await opened(review, whole)
    expect(await codeOf(handed.show(0, index))).toBe('sealed.keys-missing')
    await handed.open(0, file)
    expect(handed.state().open).toMatchObject({
      ...{ file: 'auditor.lbkeys', signature: 'valid', counts },
      ...{ head: { custodian: 'tanaka', command: id }, record: { index: recorded.index } },
    })
    expect(await handed.show(0, index)).toEqual({ matches: true })
    const facts = reviewer.person.asked.at(-1)?.facts.map(({ value }) => value)
    expect(facts).toEqual(expect.arrayContaining([contact.name, contact.phone, contact.email]))
    expect(await codeOf(handed.show(0, recorded.index))).toBe('sealed.not-handed-over')
    // The vault's lock takes the keys along; so does another bundle.
    keys.locks()
    expect(handed.state().open).toBeNull()
    await handed.open(0, file)
    await opened(review, some)
    expect(handed.state().open).toBeNull()
    await handed.open(0, file)
    expect(handed.state().open).toMatchObject({ record: null })
    expect(await handed.show(0, index)).toEqual({ matches: true })
    const foreign = path(folder.path, 'foreign.libral-bundle')
    writeFileSync(foreign, await bundleOf(sourceOf(await makeLog({ count: 20 }))))
    await opened(review, foreign)
    expect(await codeOf(handed.open(0, file))).toBe('sealed.keys-foreign')
    expect(handed.state().open).toBeNull()
  } finally {
    await review.close()
  }
})
