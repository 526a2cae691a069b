import { createKernel } from '#backend/kernel/create-kernel.ts'
import type { DeploymentKeys } from '#backend/kernel/deployment-keys.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { openKeyFile } from '#backend/kernel/key-file.ts'
import type { ModuleDefinition } from '#backend/kernel/module.ts'
import { seedPolicy } from '#backend/kernel/policy/seed.ts'
import { submitAs } from '#backend/kernel/sign.ts'
import type { Storage } from '#backend/storage/port.ts'
import { openPostgres } from '#backend/storage/postgres/engine.ts'
import { operatorIdSchema } from '#protocol/ids.ts'
import { openSession, registerOperator, sessionLimits } from '#protocol/session.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner } from '#trust/ed25519.ts'
import { baseModules, type Person, personOf } from '../kernel/harness.ts'

/** What an instance of a test's deployment needs; plain data, so that it can be handed to a process. */
export interface InstancePlace {
  readonly url: string
  readonly keyFile: string
  readonly instance: string
}

export interface TeamInstance {
  readonly kernel: Kernel
  readonly storage: Storage
  readonly keys: DeploymentKeys
}

/** Short, so that a test of a server that hangs takes seconds. */
export const briefly = { connectMs: 1_000, statementMs: 3_000, lockMs: 3_000, idleMs: 1_000 } as const

interface InstanceOptions {
  readonly aheadMs?: () => number
  readonly limits?: Partial<typeof briefly>
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

/**
 * One instance of a shared deployment: the real engine and the modules that the door needs.
 * @param options `aheadMs`: how far its clock is ahead of the database's; `limits`: the product's own where they are empty
 */
export const openInstance = async (
  { url, keyFile, instance }: InstancePlace,
  modules: readonly ModuleDefinition[] = baseModules(),
  { aheadMs = () => 0, limits = briefly }: InstanceOptions = {},
): Promise<TeamInstance> => {
  const storage = await openPostgres({ engine: 'postgres', url, instance, ...limits })
  const { size } = await storage.head()
  const names = modules.map(({ manifest }) => manifest.name)
  const keys = openKeyFile(keyFile, names, { mayMake: size === 0 })
  const now = () => storage.now() + aheadMs()
  const shared = { storage, modules, keys, policy: seedPolicy(), instance, now, log: silent, name: 'チーム' }
  const kernel = await createKernel(shared)
  await kernel.ready
  return { kernel, storage, keys }
}

/** A person with a session, whose statements live long enough to be sent again and again. */
export const signIn = async ({ kernel, keys }: TeamInstance): Promise<Person> => {
  const operator = operatorIdSchema.parse('tanaka')
  const signer = generateSigner()
  const now = kernel.now
  const signing = { deployment: keys.deployment, kind: 'service', name: 'session', now } as const
  const service = { ...signing, signer: keys.service('session'), submit: kernel.submit }
  await submitAs(service, { command: registerOperator, params: { operator, name: '田中', roles: ['operator'] } })
  const session = { key: signer.keyId, publicKey: toBase64url(signer.publicKey), operator, client: 'test' }
  const expiresAt = now() + sessionLimits.lifeMs
  await submitAs(service, { command: openSession, params: { ...session, method: 'launch', token: null, expiresAt } })
  const principal = kernel.principal(signer.keyId)
  if (!principal) throw new Error('the session did not open')
  const person = personOf(kernel, { operator, signer, principal })
  return { ...person, sign: (command, params, change) => person.sign(command, params, { lifeMs: 300_000, ...change }) }
}
