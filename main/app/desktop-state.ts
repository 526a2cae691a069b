import type { Desk, Dispose } from '#main/link/desk.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import type { BackendProcess } from './backend-process.ts'

type DeskPart = Pick<Desk, 'state' | 'onState'>
type BackendPart = Pick<BackendProcess, 'state' | 'failure' | 'onState'>

/** One snapshot of desk and backend process together, its revision rising by one with each change. */
export function composeState(desk: DeskPart, backend: BackendPart) {
  const listeners = new Set<(state: DesktopState) => void>()
  const compose = (revision: number): DesktopState => {
    const { deployment, link, ...rest } = desk.state()
    return {
      revision,
      ...rest,
      // Why there is nobody to connect to says more than that nobody answers.
      link: { ...link, failure: backend.failure() ?? link.failure },
      deployment: { ...deployment, embedded: true },
      backendProcess: backend.state(),
    }
  }
  let current = compose(0)
  const refresh = (): void => {
    current = compose(current.revision + 1)
    for (const listener of [...listeners]) listener(current)
  }
  const disposers = [desk.onState(refresh), backend.onState(refresh)]
  return {
    current: () => current,
    onChange(listener: (state: DesktopState) => void): Dispose {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop(): void {
      for (const dispose of disposers) dispose()
      listeners.clear()
    },
  }
}
