import { join } from 'node:path'
import { app, BrowserWindow, clipboard } from 'electron'
import { createExports } from '#main/exports/exports.ts'
import type { Services } from '#main/ipc/services.ts'
import type { SettingsStore } from '#main/settings/store.ts'
import { about, licences, sqliteVersion } from './about.ts'
import type { DeskSlot } from './desk-slot.ts'
import type { composeState } from './desktop-state.ts'
import { chooseFile } from './dialogs.ts'
import type { Embedded } from './embedded.ts'
import type { FirstPaint } from './first-paint.ts'
import { openLink } from './links.ts'
import type { Locations } from './locations.ts'
import { type Log, logFiles } from './logging.ts'
import type { Navigator } from './navigation.ts'
import { askPassphrase } from './passphrase-dialog.ts'
import { hashOf, linkTo } from './places.ts'
import type { Say } from './texts.ts'
import type { Windows } from './windows.ts'

export interface Parts {
  readonly locations: Locations
  readonly settings: SettingsStore
  readonly slot: DeskSlot
  readonly state: ReturnType<typeof composeState>
  readonly embedded: Embedded
  readonly windows: Windows
  readonly navigator: Navigator
  readonly firstPaint: FirstPaint
  readonly say: Say
  readonly log: Log
}

/** What the ports serve, made of the parts of the app. */
export function createServices(parts: Parts): Services {
  const { settings, slot, state, embedded, say, log } = parts
  const out = join(parts.locations.renderer, '..')
  const exports = createExports({
    rows: slot.rows,
    locale: () => settings.current().locale,
    choose: (window, kind, name) => chooseFile(window, kind, name, say),
    async logFiles() {
      await log.flush()
      return logFiles(parts.locations.logs)
    },
    diagnostics: async () => ({
      about: about(out, await sqliteVersion()),
      state: state.current(),
      settings: settings.current(),
      logs: logFiles(parts.locations.logs),
      processes: processFigures(),
    }),
  })
  return {
    state,
    desk: slot,
    settings,
    exports,
    async protect(window) {
      const passphrase = await askPassphrase('new', say, BrowserWindow.fromId(window))
      return passphrase === null ? slot.state().replica.protection : embedded.protect(passphrase)
    },
    app: {
      about: async () => about(out, await sqliteVersion()),
      licences: () => licences(out),
      openLink,
      openWindow: (place, wall) => void parts.windows.open(wall ? 'wall' : 'main', { hash: hashOf(place) }),
      onNavigate: parts.navigator.onNavigate,
      copyLink: (place) => clipboard.writeText(linkTo(place)),
      restartBackend: () => embedded.backend.restart(),
      reconnect: () => reconnect(parts),
      painted(window, page, atMs) {
        const painted = BrowserWindow.fromId(window)
        if (painted !== null) parts.firstPaint.painted(painted, page, atMs)
      },
    },
    forbidden: (window, procedure) => log.warn('ipc.forbidden', { window, procedure }),
  }
}

/** The desk tries again at once; a backend that was given up is started first. */
function reconnect({ embedded, slot }: Parts): void {
  if (embedded.backend.state().state === 'failed') void embedded.backend.restart()
  else slot.again()
}

const processFigures = () =>
  app.getAppMetrics().map(({ type, pid, cpu, memory }) => ({
    type,
    pid,
    cpuPercent: Math.round(cpu.percentCPUUsage * 10) / 10,
    memoryKb: memory.workingSetSize,
  }))
