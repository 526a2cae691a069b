import type { Desk, Dispose } from '#main/link/desk.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import type { Failure } from '#protocol/errors.ts'
import type { BackendProcess } from './backend-process.ts'
import type { Called } from './deployment-unit.ts'

type DeskPart = Pick<Desk, 'state' | 'onState'>
type BackendPart = Pick<BackendProcess, 'state' | 'failure' | 'onState'>

/** What is known of a deployment besides its desk. */
export interface Surroundings {
  called(): Called
  /** null where the backend is remote. */
  readonly backend: BackendPart | null
  /** Why nobody even tries to connect; null: nothing is in the way. */
  hindrance(): Failure | null
  /** The app was started for a review alone. */
  readonly reviewOnly: boolean
  /** What `called` or `hindrance` answer has changed. */
  onChange(listener: () => void): Dispose
}

/** One snapshot of desk, backend process and name together, its revision rising by one with each change. */
export function composeState(desk: DeskPart, { called, backend, hindrance, reviewOnly, onChange }: Surroundings) {
  const listeners = new Set<(state: DesktopState) => void>()
  const compose = (revision: number): DesktopState => {
    const { deployment, link, ...rest } = desk.state()
    const { key, name, colour } = called()
    return {
      revision,
      ...rest,
      // Why there is nobody to connect to says more than that nobody answers.
      link: { ...link, failure: backend?.failure() ?? hindrance() ?? link.failure },
      deployment: { ...deployment, embedded: backend !== null, key, label: name ?? deployment.name, colour },
      backendProcess: backend?.state() ?? null,
      reviewOnly,
    }
  }
  let current = compose(0)
  const refresh = (): void => {
    current = compose(current.revision + 1)
    for (const listener of [...listeners]) listener(current)
  }
  const disposers = [desk.onState(refresh), backend?.onState(refresh), onChange(refresh)]
  return {
    current: () => current,
    onChange(listener: (state: DesktopState) => void): Dispose {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop(): void {
      for (const dispose of disposers) dispose?.()
      listeners.clear()
    },
  }
}
