import { rmSync } from 'node:fs'
import type { Dispose } from '#main/link/desk.ts'
import type { DeploymentsFile, KeptDeployments, RemoteEntry } from '#main/settings/deployments-file.ts'
import { demoKey, embeddedKey } from '#protocol/deployment-keys.ts'
import type { DeploymentKey, DeploymentList, KnownDeployment } from '#protocol/deployments.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Deployment } from './deployment-unit.ts'
import type { RemoteDeployment } from './remote-deployment.ts'

export interface DeploymentsOptions {
  readonly file: DeploymentsFile
  readonly embedded: Deployment
  makeRemote(key: RemoteEntry['key']): RemoteDeployment
  makeDemo(): Deployment
  /** The folder of any but the embedded one. */
  folderOf(key: Exclude<DeploymentKey, typeof embeddedKey>): string
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
  /** Makes it anew where there is none, and starts its backend. */
  openDemo(): Promise<Deployment>
  /** Forgets it here: replica, commands, token and pins. Nothing on its servers; the demo's go with it. */
  remove(key: DeploymentKey): Promise<void>
  /** Opens those on other machines; the embedded one is opened by itself. */
  openRemotes(): Promise<void>
  stop(): Promise<void>
}

export function createDeployments({ file, embedded, makeRemote, makeDemo, folderOf }: DeploymentsOptions): Deployments {
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

  let demo: {
    readonly unit: Deployment
    readonly disposers: readonly Dispose[]
    readonly opened: Promise<void>
  } | null = null
  let removing: Promise<void> | null = null
  const all = (): readonly Deployment[] => [
    embedded,
    ...[...remotes.values()].map(({ unit }) => unit),
    ...(demo ? [demo.unit] : []),
  ]
  const get = (key: DeploymentKey): Deployment => {
    const unit = key === embeddedKey ? embedded : key === demoKey ? demo?.unit : remotes.get(key)?.unit
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

  const dropFolder = (key: Exclude<DeploymentKey, typeof embeddedKey>): void =>
    rmSync(folderOf(key), { recursive: true, force: true, maxRetries: 5 })
  const removeDemo = async (): Promise<void> => {
    if (demo === null) throw new LibralError('deployments.unknown')
    const { unit, disposers, opened } = demo
    demo = null
    for (const dispose of disposers) dispose()
    letGo(unit)
    // Also one that never came up, or whose folder the system holds, is no longer listed.
    removing = opened
      .catch(() => undefined)
      .then(unit.stop)
      .then(() => dropFolder(demoKey))
      .finally(() => {
        removing = null
      })
    try {
      await removing
    } finally {
      if (file.current().shown === demoKey) await file.change({ shown: embeddedKey })
      changed()
    }
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
    async openDemo() {
      // What is being deleted has the folder still.
      await removing
      if (demo === null) {
        // Of a run that was killed.
        dropFolder(demoKey)
        const unit = makeDemo()
        const opened = unit.open().then(() => unit.backend?.start())
        demo = { unit, disposers: watch(unit), opened }
        for (const watcher of watchers) attach(unit, watcher)
        changed()
      }
      await demo.opened
      return demo.unit
    },
    async remove(key) {
      if (key === demoKey) return removeDemo()
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
      dropFolder(key as RemoteEntry['key'])
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
      // What is still being opened or deleted must not outlive this.
      await Promise.allSettled([removing, demo?.opened])
      await Promise.all(all().map((unit) => unit.stop()))
      if (demo !== null) dropFolder(demoKey)
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
