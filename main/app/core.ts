import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type MessagePortMain, nativeTheme } from 'electron'
import type { PortOwner } from '#main/ipc/port.ts'
import { serveDesktop } from '#main/ipc/serve.ts'
import type { Services } from '#main/ipc/services.ts'
import type { DeskOptions } from '#main/link/desk.ts'
import { openDeploymentsFile } from '#main/settings/deployments-file.ts'
import { openSettings } from '#main/settings/store.ts'
import { demoKey } from '#protocol/deployment-keys.ts'
import type { WindowRole } from '#protocol/desktop.ts'
import { notifyOfApprovals } from './approval-notices.ts'
import { childLog } from './child-log.ts'
import { embeddedDirectory } from './deployment.ts'
import { createDeploymentServices } from './deployment-services.ts'
import type { Deployment } from './deployment-unit.ts'
import { createDeployments } from './deployments.ts'
import { createDeskSlot, type DeskSlot } from './desk-slot.ts'
import { demoDeployment, embeddedDeployment } from './embedded-deployment.ts'
import { watchFirstPaint } from './first-paint.ts'
import { forkBackend } from './fork-backend.ts'
import { systemKeychain } from './keychain.ts'
import { type LaunchOptions, mayPrompt } from './launch-options.ts'
import { claimLinks } from './link-scheme.ts'
import type { Locations } from './locations.ts'
import type { Log } from './logging.ts'
import { startAtLogin } from './login-item.ts'
import { type MenuActs, setMenu } from './menu.ts'
import { createMenuActs } from './menu-acts.ts'
import { createMessageFiles } from './message-files.ts'
import { createNavigator } from './navigation.ts'
import { type Notice, notifyOfAlerts } from './notifications.ts'
import { notify } from './notify.ts'
import { followOwnRoles } from './own-roles.ts'
import { askPassphrase } from './passphrase-dialog.ts'
import { notifyOfPayments } from './payment-notices.ts'
import { parseLink } from './places.ts'
import { createRemoteDeployment } from './remote-deployment.ts'
import { createReportPrinter } from './report-printer.ts'
import { createReviewServices } from './review.ts'
import { createServices } from './services.ts'
import { createShown } from './shown.ts'
import { makeSocketPlace } from './socket-folder.ts'
import { speaker } from './texts.ts'
import { hasTrayHost, showTray } from './tray.ts'
import { createTrayKeeper, type TrayKeeper } from './tray-keeper.ts'
import { createVaultServices } from './vault.ts'
import { onceLocked } from './vault-locks.ts'
import { createVaultWindows, type VaultWindows } from './vault-window.ts'
import type { Windows } from './windows.ts'

export interface CoreOptions {
  readonly locations: Locations
  readonly launch: LaunchOptions
  readonly windows: Windows
  readonly log: Log
  readonly developer: boolean
  readonly startedAt: number
  /** It starts in the tray: no page will paint. */
  readonly hidden: boolean
  quit(): void
  /** Ends the app with a failure that a script can see. */
  fail(error: unknown): void
  quitting(): boolean
}

/** The part of the app that the first window does not wait for. */
export interface Core {
  serve(port: MessagePortMain, owner: PortOwner): void
  /** Goes where a command line points: a `libral://` link, or just to the front. */
  follow(launch: LaunchOptions): void
  /** Of a page that is no window of the operator's. */
  roleOf(contentsId: number): WindowRole | null
  readonly tray: TrayKeeper
  readonly acts: MenuActs
  readonly vaultWindows: VaultWindows
  /** Tells the operator that a page's process died. */
  pageDied(what: 'resumed' | 'gone'): void
  stop(): Promise<void>
}

/** By then a page has painted, or this machine is so busy that waiting on makes it worse. */
const pageFirstMs = 500
/** Every demo tells the same story. */
const demoSeed = 7
const trayFile = 'notices-shown.json'

export function startCore(options: CoreOptions): Core {
  const { locations, launch, windows, log } = options
  const settings = openSettings(locations.settings)
  const say = speaker(() => settings.current().locale)
  const navigator = createNavigator(windows)
  // Only 監視, where a start without a link leads, tells when it has painted.
  const reviewOnly = launch.review !== null
  const tellsPaint = !options.hidden && launch.link === null && !reviewOnly
  const keepBackendLog = childLog(locations.logs, 'core.log')
  const file = openDeploymentsFile(locations.known)
  const kept = {
    reviewOnly,
    keychain: systemKeychain,
    ask: mayPrompt(launch)
      ? async (wrong: boolean) =>
          options.quitting() ? null : askPassphrase(wrong ? 'wrong' : 'ask', say, windows.main())
      : null,
    openDesk: async (wanted: DeskOptions) => (await import('#main/link/open-desk.ts')).openDesk(wanted),
    pageFirst: () => (tellsPaint ? Promise.race([firstPaint.done, pause(pageFirstMs)]) : Promise.resolve()),
    log,
  }
  const embedded = embeddedDeployment(
    {
      ...kept,
      directory: embeddedDirectory(locations.deployments),
      slot: createDeskSlot('keychain', Date.now),
      backend: {
        fork: () => forkBackend(locations.backend, keepBackendLog, log),
        httpPort: () => settings.current().httpPort,
        makeSocket: () => makeSocketPlace(process.env),
      },
    },
    file,
  )
  const folderOf = (key: string): string => join(locations.deployments, key)
  const deployments = createDeployments({
    file,
    embedded,
    folderOf,
    makeDemo: () =>
      demoDeployment({
        ...kept,
        directory: folderOf(demoKey),
        slot: createDeskSlot('keychain', Date.now),
        backend: {
          fork: () => forkBackend(locations.backend, keepBackendLog, log),
          httpPort: () => null,
          makeSocket: () => makeSocketPlace(process.env),
          more: { name: say('demo.name'), demo: demoSeed },
        },
      }),
    makeRemote: (key) =>
      createRemoteDeployment({
        ...kept,
        key,
        file,
        directory: folderOf(key),
        slot: createDeskSlot('keychain', Date.now),
      }),
  })
  const shown = createShown({ windows, navigator, deployments, file })
  const firstPaint = watchFirstPaint({
    launch,
    startedAt: options.startedAt,
    settled: () => (reviewOnly ? Promise.resolve() : liveData(deployments.get(file.current().shown).slot)),
    report: (line) => console.log(line),
    end: options.quit,
    fail: options.fail,
  })
  const vaultWindows = createVaultWindows(locations)
  const keys = createVaultServices({ locations, windows: vaultWindows, settings, say, log })
  const printer = createReportPrinter(locations)
  const review = createReviewServices({ locations, keys, printer, say, locale: () => settings.current().locale })
  const parts = {
    ...{
      keys,
      review,
      printer,
      messages: createMessageFiles(say),
      locations,
      settings,
      shown,
      navigator,
      firstPaint,
      say,
      log,
    },
    deployments: createDeploymentServices({ deployments, shown, file, say, keys }),
  }
  const made = new WeakMap<Deployment, Services>()
  const servicesOf = (deployment: Deployment): Services => {
    const services = made.get(deployment) ?? createServices(parts, deployment)
    made.set(deployment, services)
    return services
  }
  const servicesFor = (window: number): Services => servicesOf(deployments.get(shown.of(window)))
  const recent = (): number => windows.main()?.id ?? -1
  const acts = createMenuActs({
    services: () => servicesFor(recent()),
    openBundle: () => {
      navigator.go({ page: 'audit', key: null })
      void review.ask(recent())
    },
    newWindow: (wall) => shown.open(wall ? 'wall' : 'main', shown.of(recent())),
    windows,
    navigator,
    say,
    quit: options.quit,
  })
  const tray = createTrayKeeper({
    file: join(locations.userData, trayFile),
    hasHost: hasTrayHost,
    show: () => showTray(locations.resources, say, { open: () => navigator.reveal(), quit: options.quit }),
    closeToTray: () => settings.current().closeToTray,
    quitting: options.quitting,
    isLastMain: (window) => windows.all().every((it) => it === window || windows.roleOf(it.webContents.id) === 'wall'),
    explain: () => notify({ title: say('tray.explained.title'), body: say('tray.explained.body') }),
  })

  const disposers = [
    onceLocked(keys, () => {
      for (const deployment of deployments.all()) deployment.lock()
    }),
    settings.onChange((now, before) => {
      nativeTheme.themeSource = now.theme
      if (now.zoom !== before.zoom) windows.setZoom(now.zoom)
      if (now.startAtLogin !== before.startAtLogin) void startAtLogin(now.startAtLogin)
      if (now.httpPort !== before.httpPort) void embedded.backend.restart()
      if (now.locale === before.locale) return
      setMenu(say, acts, options.developer)
      tray.refresh()
    }),
    deployments.onDeployment(({ key, slot, state }) => {
      const show =
        (page: 'alerts' | 'approvals' | 'payments') =>
        ({ key: row, title, body, silent }: Notice): void => {
          // With several deployments, which one it is about comes first.
          const whose = deployments.all().length > 1 ? `${state.current().deployment.label}: ` : ''
          const click = (): void => shown.go(key, { page, key: row === '' ? null : row })
          notify({ title: `${whose}${title}`, body, silent, click })
        }
      const shared = { settings: settings.current, say, since: options.startedAt }
      const disposers = [
        notifyOfAlerts({ ...shared, rows: slot.rows, show: show('alerts') }),
        notifyOfApprovals({ ...shared, desk: slot, locale: () => settings.current().locale, show: show('approvals') }),
        notifyOfPayments({ ...shared, rows: slot.rows, show: show('payments') }),
        followOwnRoles(slot),
      ]
      return () => {
        for (const dispose of disposers) dispose()
      }
    }),
  ]

  const openReview = (path: string): void => void review.review.open(resolve(path)).catch(() => {})
  if (launch.review !== null) openReview(launch.review)
  const opened = reviewOnly ? Promise.resolve() : embedded.open()
  void Promise.all([opened, options.hidden ? null : firstPaint.done]).then(async () => {
    if (options.quitting() || reviewOnly) return
    embedded.backend.start()
    // On Linux it waits for xdg-settings, a shell script.
    claimLinks()
    void deployments.openRemotes()
    await tray.start()
    // The tray that it was to start in has gone meanwhile: nobody could find it.
    if (!tray.present() && windows.all().length === 0) navigator.reveal()
  })

  return {
    roleOf: (contents) => printer.roleOf(contents),
    serve: (port, { window, role }) => {
      serveDesktop(port, { services: servicesFor(window.id), window: window.id, role })
      port.start()
    },
    follow(wish) {
      if (wish.review !== null) {
        openReview(wish.review)
        return navigator.go({ page: 'audit', key: null })
      }
      const place = wish.link === null ? null : parseLink(wish.link)
      if (place !== null) navigator.go(place)
      else navigator.reveal()
    },
    tray,
    acts,
    vaultWindows,
    pageDied: (what) => {
      notify({ title: say(`page.${what}.title`), body: say(`page.${what}.body`) })
    },
    async stop() {
      for (const dispose of disposers) dispose()
      tray.stop()
      for (const deployment of deployments.all()) await made.get(deployment)?.exports.stop()
      printer.stop()
      await review.stop()
      await keys.stop()
      await opened
      await deployments.stop()
      await settings.flush()
    },
  }
}

const liveSamples = 5
const liveLimitMs = 20_000

/** Resolves when the page has something to show, for the picture that scripts ask for. */
function liveData(slot: DeskSlot): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, liveLimitMs)
    let samples = 0
    const dispose = slot.telemetry.onSample(() => {
      if (++samples < liveSamples) return
      clearTimeout(limit)
      dispose()
      resolve()
    })
  })
}
