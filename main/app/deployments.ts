import { rmSync } from 'node:fs'
import type { Dispose } from '#main/link/desk.ts'
import type { DeploymentsFile, KeptDeployments, RemoteEntry } from '#main/settings/deployments-file.ts'
import { type DeploymentKey, type DeploymentList, embeddedKey, type KnownDeployment } from '#protocol/deployments.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Deployment } from './deployment-unit.ts'
import type { RemoteDeployment } from './remote-deployment.ts'

export interface DeploymentsOptions {
  readonly file: DeploymentsFile
  readonly embedded: Deployment
  makeRemote(key: RemoteEntry['key']): RemoteDeployment
  /** The folder of a deployment on other machines. */
  folderOf(key: RemoteEntry['key']): string
}

/** All deployments that this desktop knows, each with one replica, one store of commands and one session. */
export interface Deployments {
  /** @throws LibralError `deployments.unknown` */
  get(key: DeploymentKey): Deployment
  remote(key: DeploymentKey): RemoteDeployment
  all(): readonly Deployment[]
  list(shown: DeploymentKey): DeploymentList
  onChange(listener: () => void): Dispose
  /** Told of each deployment that is there or comes. */
  onDeployment(listener: (deployment: Deployment) => Dispose): Dispose
  /** Keeps a new one and opens it. @throws LibralError `deployments.exists` */
  add(entry: RemoteEntry): Promise<RemoteDeployment>
  /** Changes what is kept of one. */
  change(
    key: DeploymentKey,
    part: Partial<Pick<RemoteEntry, 'name' | 'colour' | 'addresses' | 'operatorKey'>>,
  ): Promise<void>
  /** Forgets it here: replica, commands, token and pins. Nothing on its servers. */
  remove(key: DeploymentKey): Promise<void>
  /** Opens those on other machines; the embedded one is opened by itself. */
  openRemotes(): Promise<void>
  stop(): Promise<void>
}

export function createDeployments({ file, embedded, makeRemote, folderOf }: DeploymentsOptions): Deployments {
  const remotes = new Map<DeploymentKey, { readonly unit: RemoteDeployment; readonly disposers: readonly Dispose[] }>()
  const listeners = new Set<() => void>()
  const watchers = new Set<(deployment: Deployment) => Dispose>()
  const disposersOf = new Map<Deployment, Set<Dispose>>()

  const changed = (): void => {
    for (const listener of [...listeners]) listener()
  }
  const watch = (unit: Deployment): readonly Dispose[] => [unit.state.onChange(changed), unit.onChange(changed)]
  const attach = (unit: Deployment, watcher: (deployment: Deployment) => Dispose): void => {
    const disposers = disposersOf.get(unit) ?? new Set()
    disposersOf.set(unit, disposers.add(watcher(unit)))
  }
  const make = (key: RemoteEntry['key']): RemoteDeployment => {
    const unit = makeRemote(key)
    remotes.set(key, { unit, disposers: watch(unit) })
    for (const watcher of watchers) attach(unit, watcher)
    return unit
  }
  const disposers = watch(embedded)
  for (const { key } of file.current().remotes) make(key)

  const all = (): readonly Deployment[] => [embedded, ...[...remotes.values()].map(({ unit }) => unit)]
  const get = (key: DeploymentKey): Deployment => {
    const unit = key === embeddedKey ? embedded : remotes.get(key)?.unit
    if (unit === undefined) throw new LibralError('deployments.unknown')
    return unit
  }
  const remote = (key: DeploymentKey): RemoteDeployment => {
    const unit = remotes.get(key)?.unit
    if (unit === undefined) throw new LibralError('deployments.unknown')
    return unit
  }
  const letGo = (unit: Deployment): void => {
    for (const dispose of disposersOf.get(unit) ?? []) dispose()
    disposersOf.delete(unit)
  }

  return {
    get,
    remote,
    all,
    list: (shown) => ({ shown, known: all().map((unit) => knownOf(unit, file.current())) }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onDeployment(listener) {
      watchers.add(listener)
      for (const unit of all()) attach(unit, listener)
      return () => watchers.delete(listener)
    },
    async add(entry) {
      const { remotes: kept } = file.current()
      if (kept.some(({ key }) => key === entry.key)) throw new LibralError('deployments.exists')
      await file.change({ remotes: [...kept, entry] })
      const unit = make(entry.key)
      await unit.open()
      changed()
      return unit
    },
    async change(key, part) {
      if (key === embeddedKey) {
        const { name, colour } = part
        const now = file.current().embedded
        await file.change({ embedded: { name: name ?? now.name, colour: colour ?? now.colour } })
        return
      }
      const unit = remote(key)
      await file.change({
        remotes: file.current().remotes.map((it) => (it.key === key ? { ...it, ...part } : it)),
      })
      if (part.addresses !== undefined) unit.redial()
    },
    async remove(key) {
      const unit = remote(key)
      for (const dispose of remotes.get(key)?.disposers ?? []) dispose()
      remotes.delete(key)
      letGo(unit)
      const { remotes: kept, shown } = file.current()
      await unit.stop()
      await file.change({
        remotes: kept.filter((it) => it.key !== key),
        shown: shown === key ? embeddedKey : shown,
      })
      rmSync(folderOf(key as RemoteEntry['key']), { recursive: true, force: true, maxRetries: 5 })
      changed()
    },
    async openRemotes() {
      await Promise.all([...remotes.values()].map(({ unit }) => unit.open()))
    },
    async stop() {
      for (const dispose of disposers) dispose()
      for (const unit of all()) letGo(unit)
      listeners.clear()
      watchers.clear()
      await Promise.all(all().map((unit) => unit.stop()))
      await file.flush()
    },
  }
}

function knownOf(unit: Deployment, kept: KeptDeployments): KnownDeployment {
  const { deployment, link, pendingCommands } = unit.state.current()
  const entry = kept.remotes.find(({ key }) => key === unit.key)
  return {
    key: unit.key,
    name: deployment.label,
    colour: deployment.colour,
    embedded: deployment.embedded,
    deployment: entry?.identity.deployment ?? deployment.id,
    logKey: entry?.identity.logKey ?? '',
    addresses: entry?.addresses ?? [],
    link: { state: link.state, address: link.address, failure: link.failure },
    credential: unit.credential(),
    operatorKey: entry?.operatorKey ?? null,
    pendingCommands,
  }
}
