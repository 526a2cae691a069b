import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKernel } from '#backend/kernel/create-kernel.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { openKeyFile } from '#backend/kernel/key-file.ts'
import type { ModuleDefinition } from '#backend/kernel/module.ts'
import { seedPolicy } from '#backend/kernel/policy/seed.ts'
import { newCommandId, submitAs } from '#backend/kernel/sign.ts'
import { createApprovals } from '#backend/modules/approvals/index.ts'
import { createEvents } from '#backend/modules/events/index.ts'
import { createSession } from '#backend/modules/session/index.ts'
import type { Storage } from '#backend/storage/port.ts'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import { type ProposalRow, proposals, propose, type SignedVote, type VotePurpose, vote } from '#protocol/approvals.ts'
import { enrolCertificate, registerCertificate } from '#protocol/certificates.ts'
import type { CommandDefinition, Outcome, SignedCommand } from '#protocol/command.ts'
import type { Entry } from '#protocol/entry.ts'
import type { OperatorId } from '#protocol/ids.ts'
import type { Role } from '#protocol/permission.ts'
import { openSession, registerOperator } from '#protocol/session.ts'
import { createRefunds, makeRefund } from '#tests/fixtures/approvals/refunds.ts'
import { signVote } from '#tests/fixtures/approvals/voting.ts'
import { factsOf, signByKey } from '#tests/fixtures/client/certified.ts'
import { enrolmentOf } from '#tests/fixtures/client/own-key.ts'
import { type Identity, identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import type { PostgresServer } from '#tests/fixtures/servers/postgres.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner, type Signer } from '#trust/ed25519.ts'
import { parseEntry } from '#trust/entry.ts'
import { signCommand } from '#trust/statement.ts'

/** A deployment whose instances hold a module with a command that needs approvals, and people with keys. */
export interface World {
  readonly folder: string
  /** Of this run: opened by `open`, closed with `close`. */
  readonly instances: readonly Kernel[]
  readonly clock: { ahead: number }
  /** `policy`: the set that its build brings along. */
  open(policy?: string): Promise<Kernel>
  /** As if its process had been killed: nothing of it goes on. */
  close(kernel: Kernel): Promise<void>
  remove(): Promise<void>
}

export const people = {
  tanaka: ['operator'],
  sato: ['custodian'],
  suzuki: ['custodian'],
  ito: ['custodian', 'administrator'],
} as const satisfies Readonly<Record<string, readonly Role[]>>
export type Name = keyof typeof people
export const keys = Object.fromEntries(
  await Promise.all(
    Object.keys(people).map(async (name) => [
      name,
      await identity(v6Kinds['v6 curve25519'], { date: new Date(Date.now() - 36_000_000) }),
    ]),
  ),
) as Readonly<Record<Name, Identity>>

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** On SQLite one instance at a time, on PostgreSQL as many as are opened. `folder`: of a world that is there already. */
export const newWorld = async (
  server: PostgresServer | null,
  more: () => readonly ModuleDefinition[] = () => [],
  folder: string = mkdtempSync(join(tmpdir(), 'libral-approvals-')),
): Promise<World> => {
  const database = `approvals${randomBytes(6).toString('hex')}`
  if (server) await server.createDatabase(database)
  const clock = { ahead: 0 }
  const instances: Kernel[] = []
  const open = async (policy = seedPolicy()): Promise<Kernel> => {
    const instance = `i${instances.length}`
    const storage: Storage = server
      ? await openPostgres({ engine: 'postgres', url: server.url(database), instance })
      : await openSqlite({ engine: 'sqlite', file: join(folder, 'core.db'), key: new Uint8Array(32).fill(7) })
    const opened = Promise.withResolvers<Kernel>()
    const modules = [
      createEvents(),
      createSession({ kernel: opened.promise, launchSecret: null }).definition,
      createApprovals({ kernel: opened.promise }),
      createRefunds(),
      ...more(),
    ]
    const names = modules.map(({ manifest }) => manifest.name)
    const own = openKeyFile(join(folder, 'keys'), names, { mayMake: (await storage.head()).size === 0 })
    const now = () => (server ? storage.now() : Date.now()) + clock.ahead
    const of = { storage, modules, keys: own, policy, instance, now, log: silent, name: '承認の試験' }
    const kernel = await createKernel(of)
    opened.resolve(kernel)
    await kernel.ready
    instances.push(kernel)
    storages.set(kernel, storage)
    const as = { deployment: own.deployment, kind: 'service', name: 'session', signer: own.service('session') } as const
    services.set(kernel, (command, params) =>
      submitAs({ ...as, now, submit: kernel.submit }, { command, params: params as never }),
    )
    return kernel
  }
  return {
    folder,
    instances,
    clock,
    open,
    close: async (kernel) => {
      instances.splice(instances.indexOf(kernel), 1)
      await kernel.drain()
    },
    remove: async () => {
      for (const kernel of instances.splice(0)) await kernel.drain()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const storages = new WeakMap<Kernel, Storage>()
export const storageOf = (kernel: Kernel): Storage => {
  const storage = storages.get(kernel)
  if (!storage) throw new Error('not opened here')
  return storage
}
const services = new WeakMap<Kernel, (command: CommandDefinition, params: object) => Promise<Outcome>>()
const sessions = new Map<string, Signer>()

/** Registers everybody with their certificates, and opens their sessions. */
export const settle = async (kernel: Kernel): Promise<void> => {
  const service = services.get(kernel)
  if (!service) throw new Error('not opened here')
  for (const [operator, roles] of Object.entries(people)) {
    const signer = generateSigner()
    sessions.set(`${kernel.deployment.id} ${operator}`, signer)
    await service(registerOperator, { operator, name: operator, roles: [...roles] })
    const session = { key: signer.keyId, publicKey: toBase64url(signer.publicKey), operator, client: 'test' }
    const expiresAt = kernel.now() + 12 * 60 * 60 * 1000
    await service(openSession, { ...session, method: 'launch', token: null, expiresAt })
  }
  const own = await enrolmentOf(keys.ito, kernel.deployment.id, 'ito', kernel.now())
  await asDesktop(kernel, 'ito', enrolCertificate, own)
  for (const operator of (Object.keys(people) as Name[]).filter((name) => name !== 'ito')) {
    await asDesktop(kernel, 'ito', registerCertificate, { ...(await factsOf(keys[operator])), operator, proof: null })
  }
}

/** Signed by the session key, whatever the risk. */
export const bySession = async (
  kernel: Kernel,
  name: Name,
  command: CommandDefinition,
  params: object,
): Promise<Outcome> => {
  const signer = sessions.get(`${kernel.deployment.id} ${name}`)
  if (!signer) throw new Error('nobody')
  const issuedAt = kernel.now()
  return kernel.submit(
    signCommand({
      ...{ context: kernel.deployment.id, command: command.name, params: params as never, id: newCommandId() },
      ...{ operator: name as OperatorId, issuedAt, expiresAt: issuedAt + 60_000, kind: 'session', signer },
    }),
  )
}

/** A command as the operator's desktop sends it: by the session key, or by their own where the risk asks for it. */
export const asDesktop: typeof bySession = async (kernel, name, command, params) => {
  if (command.risk === 'low') return bySession(kernel, name, command, params)
  const of = { context: kernel.deployment.id, command: command.name, params: params as never }
  return kernel.submit(await signByKey(keys[name], { ...of, operator: name, issuedAt: kernel.now() }))
}

export const refundOf = (kernel: Kernel, order: string, by: Name = 'tanaka'): Promise<SignedCommand> =>
  signByKey(keys[by], {
    ...{ context: kernel.deployment.id, command: makeRefund.name, params: { order, amount: '120000' } },
    ...{ operator: by, issuedAt: kernel.now() },
  })
/** Proposes by whoever's desktop carries it. */
export const proposing = (kernel: Kernel, command: SignedCommand, carrier: Name = 'tanaka'): Promise<Outcome> =>
  asDesktop(kernel, carrier, propose, { command })
export const carrying = (
  kernel: Kernel,
  { statement: { id } }: SignedCommand,
  signed: SignedVote,
  carrier: Name = 'tanaka',
): Promise<Outcome> => asDesktop(kernel, carrier, vote, { id, ...signed })
export const voting = async (
  kernel: Kernel,
  name: Name,
  purpose: VotePurpose,
  over: SignedCommand,
  carrier: Name = name,
): Promise<Outcome> =>
  carrying(kernel, over, await signVote(keys[name], name, purpose, over, { issuedAt: kernel.now() }), carrier)

export const rowOf = async (kernel: Kernel, { statement: { id } }: SignedCommand): Promise<ProposalRow | undefined> => {
  const { rows } = await kernel.history(proposals.name, null, 1_000)
  return (rows as ProposalRow[]).find((row) => row.id === id)
}
export const entriesOf = async (kernel: Kernel): Promise<readonly Entry[]> => {
  const { size } = await kernel.log.head()
  return (await kernel.log.entries(0, size)).map(parseEntry)
}
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown: { readonly code?: string }) => thrown.code ?? String(thrown),
  )
/** By what is seen, never by the clock. */
export const until = async <T>(look: () => Promise<T | undefined | false>): Promise<T> => {
  for (const end = performance.now() + 120_000; ; ) {
    const found = await look()
    if (found) return found
    if (performance.now() > end) throw new Error('it never came to be')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
