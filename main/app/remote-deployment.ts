import type { Certification, Credential, Identity, Target } from '#main/link/desk.ts'
import type { DeploymentsFile, RemoteEntry } from '#main/settings/deployments-file.ts'
import { LibralError } from '#protocol/errors.ts'
import { bytes32Schema, deploymentIdSchema } from '#protocol/ids.ts'
import { keepToken, readToken } from './credential.ts'
import type { Deployment } from './deployment-unit.ts'
import { composeState } from './desktop-state.ts'
import { createKeptDesk, type KeptDeskOptions } from './kept-desk.ts'

export interface RemoteOptions extends KeptDeskOptions {
  readonly key: RemoteEntry['key']
  readonly file: DeploymentsFile
}

/** A deployment on other machines. */
export interface RemoteDeployment extends Deployment {
  /** Connects with it from now on; kept sealed where something protects it, and else until the app ends. */
  takeToken(token: string): Promise<void>
  /** The same without connecting yet. */
  keepToken(token: string): Promise<void>
  /** Connects anew: addresses or pins have changed. */
  redial(): void
  /** Connects with a session key that the operator's OpenPGP key has certified. */
  enter(certification: Certification): void
}

const targetOf = ({ url, certificate }: RemoteEntry['addresses'][number]): Target => ({
  kind: 'address',
  url,
  pin: certificate?.fingerprint ?? null,
})

export function createRemoteDeployment(options: RemoteOptions): RemoteDeployment {
  const { key, file, slot, directory, log } = options
  const desk = createKeptDesk(options)
  const listeners = new Set<() => void>()
  let token: string | null = null
  let certification: Certification | null = null
  let opened = false

  const entry = (): RemoteEntry => {
    const found = file.current().remotes.find((it) => it.key === key)
    if (found === undefined) throw new LibralError('deployments.unknown')
    return found
  }
  let called = entry()
  const refresh = (): void => {
    called = file.current().remotes.find((it) => it.key === key) ?? called
    for (const listener of [...listeners]) listener()
  }
  const stopFile = file.onChange(refresh)
  const onChange: Deployment['onChange'] = (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  const credentialNow = (): Credential | null => {
    if (entry().operatorKey !== null) return { method: 'certificate', certification }
    return token === null ? null : { method: 'token', secret: token }
  }
  const sealed = (): Uint8Array | null => desk.keys()?.credential ?? null
  const keep = async (): Promise<void> => {
    const sealing = sealed()
    if (sealing !== null && token !== null) await keepToken(directory, sealing, entry().identity.deployment, token)
  }

  const renewed = (identity: Identity): void => {
    const logKey = bytes32Schema.parse(identity.logKey)
    const deployment = deploymentIdSchema.parse(identity.deployment)
    const remotes = file
      .current()
      .remotes.map((it) => (it.key === key ? { ...it, identity: { deployment, logKey } } : it))
    // The token is sealed for the id: a restored backup has another.
    file
      .change({ remotes })
      .then(keep)
      .catch(() => log.warn('deployments.unwritten', { key }))
  }
  const redial = (): void => {
    const credential = credentialNow()
    const { addresses, identity } = entry()
    const [first, ...more] = addresses.map(targetOf)
    if (first === undefined || credential === null) return
    slot.connect({ targets: [first, ...more], credential, identity, renewed })
  }

  const take = async (next: string): Promise<void> => {
    token = next
    await keep()
    refresh()
  }

  const state = composeState(slot, {
    called: () => called,
    backend: null,
    hindrance: () =>
      opened && credentialNow() === null ? { code: 'deployments.credential-missing', params: {} } : null,
    reviewOnly: options.reviewOnly,
    onChange,
  })

  return {
    key,
    slot,
    state,
    backend: null,
    async open() {
      await desk.open()
      const sealing = sealed()
      token ??= sealing === null ? null : readToken(directory, sealing, entry().identity.deployment)
      opened = true
      refresh()
      redial()
    },
    async protect(passphrase) {
      const protection = await desk.protect(passphrase)
      await keep()
      refresh()
      return protection
    },
    reconnect: redial,
    redial,
    async takeToken(next) {
      await take(next)
      // The token's own session is meant, and not one that a key has opened.
      if (certification !== null) slot.lock()
      certification = null
      redial()
    },
    keepToken: take,
    enter(certified) {
      certification = certified
      redial()
    },
    lock() {
      certification = null
      slot.lock()
    },
    credential() {
      if (called.operatorKey !== null) return 'key'
      if (token === null) return 'missing'
      return sealed() === null ? 'this-run' : 'kept'
    },
    onChange,
    async stop() {
      stopFile()
      await desk.close()
      desk.dropEarlierRuns()
      state.stop()
      listeners.clear()
    },
  }
}
