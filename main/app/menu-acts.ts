import type { Services } from '#main/ipc/services.ts'
import type { MenuActs } from './menu.ts'
import { zoomed } from './menu.ts'
import type { Navigator } from './navigation.ts'
import type { Windows } from './windows.ts'

/** What the menu does, over the same services as the pages. */
export function createMenuActs(services: Services, windows: Windows, navigator: Navigator, quit: () => void): MenuActs {
  const zoom = services.settings
  const drain = async (items: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of items);
  }
  const over = (): number => windows.main()?.id ?? -1
  const toTheEnd = new AbortController().signal
  return {
    navigate: (page) => navigator.go({ page, key: null }),
    newWindow: (wall) => void windows.open(wall ? 'wall' : 'main'),
    zoom: (step) => void zoom.change({ zoom: zoomed(zoom.current().zoom, step) }).catch(() => {}),
    reconnect: () => services.app.reconnect(),
    exportLogs: () => void drain(services.exports.logs(over(), toTheEnd)),
    exportDiagnostics: () => void drain(services.exports.diagnostics(over(), toTheEnd)),
    quit,
  }
}
