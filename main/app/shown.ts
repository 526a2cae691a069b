import type { BrowserWindow } from 'electron'
import type { DeploymentsFile } from '#main/settings/deployments-file.ts'
import type { DeploymentKey } from '#protocol/deployments.ts'
import type { Place, WindowRole } from '#protocol/desktop.ts'
import type { Deployments } from './deployments.ts'
import type { Navigator } from './navigation.ts'
import { hashOf } from './places.ts'
import type { Windows } from './windows.ts'

/** Which deployment each window shows. */
export interface Shown {
  of(window: number): DeploymentKey
  /** The window shows this deployment from now on. Its page is loaded anew, so that nothing of the other one stays. */
  show(window: BrowserWindow, key: DeploymentKey, place?: Place): Promise<void>
  open(role: WindowRole, key: DeploymentKey, place?: Place): void
  /** Leads a main window that shows this deployment to a place, switching one over where there is none. */
  go(key: DeploymentKey, place: Place): void
  /** Windows of a deployment that is forgotten show another one. */
  leave(key: DeploymentKey, next: DeploymentKey): Promise<void>
}

export function createShown(parts: {
  readonly windows: Windows
  readonly navigator: Navigator
  readonly deployments: Deployments
  readonly file: DeploymentsFile
}): Shown {
  const { windows, navigator, deployments, file } = parts
  const shown = new Map<number, DeploymentKey>()

  const bind = (window: BrowserWindow, key: DeploymentKey): void => {
    if (!shown.has(window.id)) window.once('closed', () => shown.delete(window.id))
    shown.set(window.id, key)
  }
  const of = (id: number): DeploymentKey => {
    const known = shown.get(id)
    if (known !== undefined) return known
    const window = windows.all().find((it) => it.id === id)
    const { shown: last } = file.current()
    if (window !== undefined) bind(window, last)
    return last
  }
  const start: Place = { page: 'monitoring', key: null }
  const show: Shown['show'] = async (window, key, place = start) => {
    deployments.get(key)
    bind(window, key)
    windows.load(window, hashOf(place), key)
    await file.change({ shown: key })
  }

  return {
    of,
    show,
    open(role, key, place = start) {
      deployments.get(key)
      bind(windows.open(role, { hash: hashOf(place) }), key)
    },
    go(key, place) {
      const mains = windows.all().filter((it) => windows.roleOf(it.webContents.id) === 'main')
      const recent = windows.main()
      const window = recent !== null && of(recent.id) === key ? recent : mains.find((it) => of(it.id) === key)
      if (window !== undefined) navigator.go(place, window)
      else if (recent === null) this.open('main', key, place)
      else {
        windows.reveal(recent)
        void show(recent, key, place)
      }
    },
    async leave(key, next) {
      for (const window of windows.all()) if (of(window.id) === key) await show(window, next)
    },
  }
}
