import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { app } from 'electron'
import type { Desk, DeskOptions } from '#main/link/desk.ts'
import type { DeploymentKeys } from './deployment-keys.ts'
import type { Log } from './logging.ts'

/** The deployment that runs embedded in this app. Its id is made by its backend; its folder has a fixed name. */
export const embeddedDirectory = (deployments: string): string => join(deployments, 'local')

const runPrefix = 'this-run-'

/** Where the replica lies: beside the backend, or, under a key for this run, in a folder that goes with the run. */
export function replicaDirectory(deployment: string, keys: DeploymentKeys): string {
  if (keys.replica.protection !== 'this-run') return deployment
  const folder = join(deployment, `${runPrefix}${process.pid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Removes replicas of runs that are over: nobody has their key any more. Only one app has the profile. */
export function dropEarlierRuns(deployment: string): void {
  for (const name of namesIn(deployment).filter((it) => it.startsWith(runPrefix)))
    rmSync(join(deployment, name), { recursive: true, force: true })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** How this desktop names itself to backends. */
export const clientName = (): string => `Libral Control Center ${app.getVersion()} (${hostname()})`.slice(0, 120)

export const deskOptions = (deployment: string, keys: DeploymentKeys, log: Log): DeskOptions => ({
  directory: replicaDirectory(deployment, keys),
  deployment,
  storageKey: keys.replica,
  client: clientName(),
  log,
})

export type OpenDesk = (options: DeskOptions) => Promise<Desk>
