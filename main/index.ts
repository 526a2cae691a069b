import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { app, Menu, nativeTheme, session } from 'electron'
import type { Core } from './app/core.ts'
import { catchStrays, startCrashReports, watchChildren } from './app/crash.ts'
import { developmentServer, serveDevelopment } from './app/development.ts'
import { guardContents, guardSession } from './app/guards.ts'
import { mayPrompt, readLaunch } from './app/launch-options.ts'
import { locate } from './app/locations.ts'
import { openLog, usualRotation } from './app/logging.ts'
import { actsOnceLoaded, setMenu } from './app/menu.ts'
import { forgoForms } from './app/no-forms.ts'
import { registerAppScheme, serveApp } from './app/protocol.ts'
import { orderlyQuit } from './app/quit.ts'
import { claimProfile } from './app/single-instance.ts'
import { endFailedStart } from './app/start-failure.ts'
import { speaker } from './app/texts.ts'
import { hasTrayHost } from './app/tray.ts'
import { createWindows } from './app/windows.ts'
import { acceptPorts } from './ipc/port.ts'
import { glance } from './settings/appearance.ts'

/**
 * The main process. The first window opens before anything heavy is loaded; the core (schemas, ports, replica,
 * embedded backend) follows while the page's own process starts.
 */

const startedAt = process.getCreationTime() ?? Date.now()
const launch = readLaunch(process.argv)
const locations = locate(import.meta.dirname, app.getPath('userData'))
const development = developmentServer(app.isPackaged, process.env)
const developer = !app.isPackaged
const { theme, locale, startHidden } = glance(locations.settings)
/** A page that never asks for its files keeps nothing else waiting. */
const pageLimitMs = 1_000
const soon = (event: Promise<unknown>): Promise<unknown> => Promise.race([event, pause(pageLimitMs)])

forgoForms()
// What Chromium draws itself, such as the fields of a date, follows the app's language, not the system's.
app.commandLine.appendSwitch('lang', locale)
// Or Electron builds a menu of its own before ours.
Menu.setApplicationMenu(null)
registerAppScheme()
startCrashReports()
// With --no-sandbox (root without an ordinary user) enforcing it would end every child process at once.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()

let core: Core | null = null
const loaded = Promise.withResolvers<Core>()

if (claimProfile((argv) => void loaded.promise.then((it) => it.follow(readLaunch(argv))))) run()
else leaveToFirst()

/** A script that waits for a paint must not take the other instance for its own success: EX_TEMPFAIL of sysexits.h. */
function leaveToFirst(): void {
  console.log('libral: already-running')
  app.exit(launch.exitAfterFirstPaint ? 75 : 0)
}

function run(): void {
  const log = openLog(locations.logs, usualRotation)
  catchStrays(locations.logs, () => app.exit(1))
  watchChildren(log)
  const refused = (what: string): void => log.warn('page.refused', { what })
  const quitting = orderlyQuit(async () => {
    for (const window of windows.all()) window.hide()
    await core?.stop()
    await windows.flush()
    await log.flush()
  })
  const windows = createWindows({
    locations,
    developer,
    appearance: () => glance(locations.settings),
    hidesOnClose: (window) => (core?.tray.wantsHidden(window) ? core.tray.mayHide() : null),
    pageDied: (what) => core?.pageDied(what),
    log,
  })
  app.on('session-created', (it) => guardSession(it, development, refused))
  app.on('web-contents-created', (_event, contents) => guardContents(contents, refused))
  app.on('window-all-closed', () => app.quit())
  app.on('activate', () => core?.follow(readLaunch([])))
  // A bundle that was double-clicked, on macOS.
  app.on(
    'open-file',
    (_event, file) => void loaded.promise.then((it) => it.follow(readLaunch(['', `--review=${file}`]))),
  )
  app.on('open-url', (_event, link) => void loaded.promise.then((it) => it.follow(readLaunch([link]))))
  acceptPorts({
    roleOf: (contents) => windows.roleOf(contents) ?? core?.roleOf(contents) ?? null,
    toVault: (contents, port) => core?.vaultWindows.take(contents, port) ?? false,
    serve: (port, owner) => void loaded.promise.then((it) => it.serve(port, owner)),
    refused,
  })

  // Not awaited at the top: `ready` comes only after this module has been evaluated.
  const say = speaker(() => locale)
  const fail = (error: unknown): void => endFailedStart(error, locations.logs, launch, say)
  const started = app.whenReady().then(async () => {
    nativeTheme.themeSource = theme
    const pageGiven = servePages(development)
    setMenu(say, actsOnceLoaded(loaded.promise), developer)
    // Without a tray there would be no way to a hidden window; a script wants to see one.
    const hidden = mayPrompt(launch) && (launch.hidden || startHidden) && (await hasTrayHost())
    // The page's process needs this thread until it has its document, and again until it has its files.
    if (!hidden) {
      const { webContents } = windows.open('main', launch.review === null ? {} : { hash: '#/audit' })
      await soon(once(webContents, 'did-navigate'))
      await import('./ipc/serve.ts')
      await soon(pageGiven)
    }
    const { startCore } = await import('./app/core.ts')
    const options = { locations, launch, windows, log, developer, startedAt, hidden }
    core = startCore({ ...options, quit: () => app.quit(), fail, quitting: quitting.begun })
    loaded.resolve(core)
    if (launch.link !== null) core.follow(launch)
  })
  started.catch(fail)
}

/** Resolves when a page has its files. */
async function servePages(server: URL | null): Promise<void> {
  if (server === null) return serveApp(session.defaultSession, locations.renderer)
  serveDevelopment(session.defaultSession, server)
}
