import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKernel } from '#backend/kernel/create-kernel.ts'
import { type DeploymentKeys, openDeploymentKeys } from '#backend/kernel/deployment-keys.ts'
import type { Kernel, Principal } from '#backend/kernel/kernel.ts'
import type { ModuleDefinition, ServiceCommand } from '#backend/kernel/module.ts'
import { seedPolicy } from '#backend/kernel/policy/seed.ts'
import { newCommandId, submitAs } from '#backend/kernel/sign.ts'
import { createEvents } from '#backend/modules/events/index.ts'
import { createSession } from '#backend/modules/session/index.ts'
import type { Storage } from '#backend/storage/port.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import type { CommandDefinition, Json, Outcome, SignedCommand } from '#protocol/command.ts'
import { leaveHandover } from '#protocol/events.ts'
import { type Instant, type OperatorId, operatorIdSchema } from '#protocol/ids.ts'
import type { Role } from '#protocol/permission.ts'
import { openSession, registerOperator, sessionLimits } from '#protocol/session.ts'
import { type OwnKey, ownKey } from '#tests/fixtures/client/own-key.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner, type Signer } from '#trust/ed25519.ts'
import { signCommand } from '#trust/statement.ts'

/** A deployment in a folder of its own: the real engine, the real modules that the door needs. */
export interface Deployment {
  readonly dir: string
  readonly storageKey: Uint8Array
  /** The backend's clock; tests move it. */
  readonly clock: { now: () => Instant }
  open(more?: OpenOptions): Promise<Opened>
  remove(): void
}

export interface OpenOptions {
  readonly modules?: readonly ModuleDefinition[]
  readonly maxPages?: number
  readonly wrap?: (storage: Storage) => Storage
  readonly recentBytes?: number
}

export interface Opened {
  readonly kernel: Kernel
  readonly storage: Storage
  readonly keys: DeploymentKeys
  /** Submits as a module's service. */
  service(module: string, command: ServiceCommand): Promise<Outcome>
  /** Registers a person with these roles and opens a session for them. */
  signIn(operator: string, ...roles: Role[]): Promise<Person>
}

/** A signed-in person with the key that signs for them. */
export interface Person {
  readonly operator: OperatorId
  readonly signer: Signer
  readonly principal: Principal
  sign(command: CommandDefinition, params: Readonly<Record<string, Json>>, change?: Partial<Times>): SignedCommand
  /** By the OpenPGP key, which is registered as the deployment's first when it is first used. */
  readonly own: OwnKey
}
interface Times {
  readonly issuedAt: Instant
  readonly lifeMs: number
  readonly context: string
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
export const baseModules = (): readonly ModuleDefinition[] => {
  const never = new Promise<Kernel>(() => undefined)
  return [createEvents(), createSession({ kernel: never, launchSecret: null }).definition]
}

export const newDeployment = (
  dir = mkdtempSync(join(tmpdir(), 'libral-kernel-')),
  storageKey: Uint8Array = new Uint8Array(32).fill(7),
): Deployment => {
  const clock = { now: () => Date.now() }
  return {
    dir,
    storageKey,
    clock,
    open: (options = {}) => openDeployment(dir, storageKey, clock, options),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

const openDeployment = async (
  dir: string,
  storageKey: Uint8Array,
  clock: Deployment['clock'],
  { modules = baseModules(), maxPages, wrap = (storage) => storage, recentBytes }: OpenOptions,
): Promise<Opened> => {
  const file = join(dir, 'core.db')
  const storage = wrap(
    await openSqlite({ engine: 'sqlite', file, key: storageKey, ...(maxPages !== undefined && { maxPages }) }),
  )
  const keys = openDeploymentKeys(
    dir,
    storageKey,
    modules.map(({ manifest }) => manifest.name),
  )
  const now = (): Instant => clock.now()
  const named = {
    instance: 'test',
    name: 'テスト',
    now,
    log: silent,
    ...(recentBytes !== undefined && { recentBytes }),
  }
  const options = { storage, modules, keys, policy: seedPolicy(), ...named }
  const kernel = await createKernel(options)
  await kernel.ready
  const service: Opened['service'] = (name, command) =>
    submitAs(
      { deployment: keys.deployment, kind: 'service', name, signer: keys.service(name), now, submit: kernel.submit },
      command,
    )
  return { kernel, storage, keys, service, signIn: (operator, ...roles) => signIn(operator, roles, kernel, service) }
}

const signIn = async (
  name: string,
  roles: readonly Role[],
  kernel: Kernel,
  service: Opened['service'],
): Promise<Person> => {
  const operator = operatorIdSchema.parse(name)
  const signer = generateSigner()
  await service('session', { command: registerOperator, params: { operator, name, roles: [...roles] } }).catch(
    () => undefined,
  )
  await service('session', {
    command: openSession,
    params: {
      key: signer.keyId,
      publicKey: toBase64url(signer.publicKey),
      operator,
      client: 'test',
      method: 'launch',
      token: null,
      expiresAt: kernel.now() + sessionLimits.lifeMs,
    },
  })
  const principal = kernel.principal(signer.keyId)
  if (!principal) throw new Error('the session did not open')
  return personOf(kernel, { operator, signer, principal })
}

export const personOf = (
  kernel: Pick<Kernel, 'deployment' | 'now' | 'submit'>,
  who: Pick<Person, 'operator' | 'signer' | 'principal'>,
): Person => {
  const sign = signerOf(kernel, who.operator, who.signer)
  const own = ownKey(kernel.deployment.id, who.operator, (...of) => kernel.submit(sign(...of)), kernel.now)
  return { ...who, sign, own }
}

export const signerOf =
  (kernel: Pick<Kernel, 'deployment' | 'now'>, operator: OperatorId, signer: Signer): Person['sign'] =>
  (command, params, { issuedAt = kernel.now(), lifeMs = 60_000, context = kernel.deployment.id } = {}) =>
    signCommand({
      context: context as Kernel['deployment']['id'],
      command: command.name,
      params,
      id: newCommandId(),
      operator,
      issuedAt,
      expiresAt: issuedAt + lifeMs,
      kind: 'session',
      signer,
    })

/** A command that always succeeds: a handover note. */
export const note = (person: Person, text: string): SignedCommand => person.sign(leaveHandover, { shift: '日勤', text })
