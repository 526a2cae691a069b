import type { Services } from '#main/ipc/services.ts'
import type { ExportProgress } from '#protocol/exports.ts'
import type { MenuActs } from './menu.ts'
import { zoomed } from './menu.ts'
import type { Navigator } from './navigation.ts'
import { notify } from './notify.ts'
import type { Say } from './texts.ts'
import type { Windows } from './windows.ts'

export interface MenuParts {
  /** Of the deployment that the main window used last shows. */
  services(): Services
  newWindow(wall: boolean): void
  openBundle(): void
  readonly windows: Windows
  readonly navigator: Navigator
  readonly say: Say
  quit(): void
}

/** What the menu does, over the same services as the pages. */
export function createMenuActs({
  services,
  newWindow,
  openBundle,
  windows,
  navigator,
  say,
  quit,
}: MenuParts): MenuActs {
  const over = (): number => windows.main()?.id ?? -1
  const toTheEnd = new AbortController().signal
  return {
    navigate: (page) => navigator.go({ page, key: null }),
    newWindow,
    openBundle,
    zoom(step) {
      const zoom = services().settings
      void zoom.change({ zoom: zoomed(zoom.current().zoom, step) }).catch(() => {})
    },
    reconnect: () => services().app.reconnect(),
    exportLogs: () => void drain(services().exports.logs(over(), toTheEnd), say),
    exportDiagnostics: () => void drain(services().exports.diagnostics(over(), toTheEnd), say),
    quit,
  }
}

/** No page shows how it goes, so the system's notification says how it ended. */
async function drain(items: AsyncIterable<ExportProgress>, say: Say): Promise<void> {
  for await (const item of items) {
    if (item.state === 'done') notify({ title: say('export.done'), body: item.file })
    if (item.state === 'failed' && item.failure.code !== 'file.not-chosen')
      notify({ title: say('export.failed'), body: say('export.failed.body') })
  }
}
