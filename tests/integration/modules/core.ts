import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import { createKernel } from '#backend/kernel/create-kernel.ts'
import { openDeploymentKeys } from '#backend/kernel/deployment-keys.ts'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { seedPolicy } from '#backend/kernel/policy/seed.ts'
import { newCommandId } from '#backend/kernel/sign.ts'
import { createModules, type Modules } from '#backend/modules/index.ts'
import { openSqlite } from '#backend/storage/sqlite/engine.ts'
import type { Services } from '#backend/transport/services.ts'
import type { CollectionDefinition } from '#protocol/collection.ts'
import type { CommandDefinition, Json } from '#protocol/command.ts'
import type { SignedIn } from '#protocol/session.ts'
import { ownKey } from '#tests/fixtures/client/own-key.ts'
import { toBase64url } from '#trust/bytes.ts'
import { generateSigner, type Signer } from '#trust/ed25519.ts'
import { sessionProofBytes } from '#trust/session-proof.ts'
import { signCommand } from '#trust/statement.ts'

export const launchSecret = 'the-secret-of-this-launch'
export const peer = { nonce: toBase64url(new Uint8Array(32)), address: 'pipe' }

/** One run of the real modules over the real kernel and SQLite; a directory may see several runs. */
export interface Core {
  readonly kernel: Kernel
  readonly modules: Modules
  readonly services: Services
  readonly firstCode: string | undefined
  rows<Row extends z.ZodType>(collection: CollectionDefinition<Row>): Promise<readonly z.output<Row>[]>
  /** Signs in by the launch secret. */
  signIn(): Promise<Desk>
}
export interface Desk {
  readonly signer: Signer
  readonly signedIn: SignedIn
  /** By the session key, or by the operator's own where the risk asks for it. */
  submit(command: CommandDefinition, params: Readonly<Record<string, Json>>): Promise<void>
}

export interface Place {
  readonly directory: string
  readonly key: Buffer
  open(options?: { readonly standalone?: boolean; readonly now?: () => number }): Promise<Core>
  remove(): void
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export const proofOf = (kernel: Kernel, signer: Signer, nonce = peer.nonce): string =>
  toBase64url(signer.sign(sessionProofBytes(kernel.deployment.id, nonce)))

export const signInRequest = (kernel: Kernel, signer: Signer) => ({
  method: 'launch' as const,
  secret: launchSecret,
  publicKey: toBase64url(signer.publicKey),
  client: 'test',
  proof: proofOf(kernel, signer),
})

const signIn = async (kernel: Kernel, services: Services): Promise<Desk> => {
  const signer = generateSigner()
  const signedIn = await services.signIn(signInRequest(kernel, signer), peer)
  const { operator } = signedIn
  const bySession = async (command: CommandDefinition, params: Readonly<Record<string, Json>>): Promise<void> => {
    const issuedAt = kernel.now()
    const times = { issuedAt, expiresAt: issuedAt + 60_000 }
    const of = { context: kernel.deployment.id, command: command.name, params, id: newCommandId(), operator }
    await kernel.submit(signCommand({ ...of, ...times, kind: 'session', signer }))
  }
  const own = ownKey(kernel.deployment.id, operator, bySession, kernel.now)
  return {
    signer,
    signedIn,
    submit: async (command, params) => {
      if (command.risk === 'low') await bySession(command, params)
      else await kernel.submit(await own.sign(command, params))
    },
  }
}

export const newPlace = (directory = mkdtempSync(join(tmpdir(), 'libral-modules-')), key = randomBytes(32)): Place => {
  return {
    directory,
    key,
    remove: () => rmSync(directory, { recursive: true, force: true }),
    open: async ({ standalone = false, now = Date.now } = {}) => {
      let firstCode: string | undefined
      const storage = await openSqlite({ engine: 'sqlite', file: join(directory, 'core.db'), key })
      const modules = createModules({
        storage,
        instance: 'here',
        mode: standalone ? 'standalone' : 'embedded',
        version: '0.0.0',
        launchSecret: standalone ? null : launchSecret,
        ...(standalone && {
          firstCode: {
            recovery: false,
            print: ({ code }) => {
              firstCode = code
            },
          },
        }),
        now,
      })
      const names = modules.definitions.map(({ manifest }) => manifest.name)
      const keys = openDeploymentKeys(directory, key, names)
      const { definitions, stayStopped } = modules
      const of = { storage, modules: definitions, keys, policy: seedPolicy(), instance: 'here', now, log: silent }
      const kernel = await createKernel({ ...of, stayStopped, name: 'テスト' })
      const services = modules.attach(kernel)
      await kernel.ready
      return {
        kernel,
        modules,
        services,
        firstCode,
        signIn: () => signIn(kernel, services),
        rows: async (collection) => (await kernel.history(collection.name, null, 1_000)).rows as never,
      }
    },
  }
}
