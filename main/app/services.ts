import { join } from 'node:path'
import { app, BrowserWindow, clipboard } from 'electron'
import { createExports } from '#main/exports/exports.ts'
import type { Services } from '#main/ipc/services.ts'
import { settledOutcome } from '#main/link/outcome.ts'
import type { SettingsStore } from '#main/settings/store.ts'
import { exportPermission, recordExport } from '#protocol/access.ts'
import { demoKey } from '#protocol/deployment-keys.ts'
import { LibralError } from '#protocol/errors.ts'
import { recordBooks } from '#protocol/payments-books.ts'
import { about, licences, sqliteVersion } from './about.ts'
import type { Deployment } from './deployment-unit.ts'
import { chooseFile } from './export-dialog.ts'
import { chooseToOpen, chooseToSave } from './file-dialogs.ts'
import type { FirstPaint } from './first-paint.ts'
import { openLink } from './links.ts'
import type { Locations } from './locations.ts'
import { type Log, logFiles } from './logging.ts'
import type { Navigator } from './navigation.ts'
import { oneDialog } from './one-dialog.ts'
import { askPassphrase } from './passphrase-dialog.ts'
import { linkTo } from './places.ts'
import type { ReportPrinter } from './report-printer.ts'
import { askSecrets } from './secrets-dialog.ts'
import type { Shown } from './shown.ts'
import type { Say } from './texts.ts'

const envFiles = [{ name: '.env.gpg', extensions: ['gpg', 'pgp', 'asc'] }]
const checkpoints = [{ name: 'Checkpoint', extensions: ['checkpoint', 'txt', 'json'] }]
const approvalFiles = [{ name: 'JSON', extensions: ['json'] }]

export interface Parts {
  readonly locations: Locations
  readonly settings: SettingsStore
  readonly deployments: Services['deployments']
  readonly shown: Shown
  readonly navigator: Navigator
  readonly firstPaint: FirstPaint
  readonly say: Say
  /** One vault for every deployment. */
  readonly keys: Services['keys']
  readonly messages: Services['messages']
  readonly review: Services['review']
  readonly printer: ReportPrinter
  readonly log: Log
}

/** What the ports of one deployment's windows serve, made of the parts of the app. */
export function createServices(parts: Parts, deployment: Deployment): Services {
  const { settings, say, log, shown } = parts
  const { slot, state } = deployment
  const out = join(parts.locations.renderer, '..')
  // A file of made-up data says so by its name, wherever it is taken.
  const named = (name: string): string => (deployment.key === demoKey ? `${say('demo.file')}${name}` : name)
  const exports = createExports({
    rows: slot.rows,
    log: slot.log,
    locale: () => settings.current().locale,
    choose: (window, kind, name) => chooseFile(window, kind, named(name), say),
    record: async (what) => {
      const permission = exportPermission(what)
      if (permission !== null && !slot.state().session?.permissions.includes(permission))
        throw new LibralError('command.not-permitted', { permission })
      // Without a link it waits like any command, and is told later. Who has no session can't say it: nothing leaves then.
      const { state: sent, failure } = await slot.commands.submit(recordExport.name, { what })
      if (sent !== 'accepted') log.info('export.record', { what, state: sent })
      if (sent === 'refused' && failure !== null) throw new LibralError(failure.code, failure.params)
    },
    recordBooks: async (file) => {
      await settledOutcome(slot.commands, await slot.commands.submit(recordBooks.name, file))
    },
    print: parts.printer.print,
    demo: deployment.key === demoKey,
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
    signIn: (window) => parts.deployments.signIn(window, deployment.key),
    settings,
    exports,
    keys: parts.keys,
    messages: parts.messages,
    review: parts.review,
    paper: parts.printer,
    audit: {
      chooseOpen: (window) => chooseToOpen(window, { title: say('audit.compare'), filters: checkpoints }),
      chooseSave: (window, name) =>
        chooseToSave(window, named(name), { title: say('audit.export'), filters: checkpoints }),
    },
    approvals: {
      chooseOpen: (window, what) =>
        chooseToOpen(window, { title: say(`approvals.open-${what}`), filters: approvalFiles }),
      chooseSave: (window, what, name) =>
        chooseToSave(window, named(name), { title: say(`approvals.save-${what}`), filters: approvalFiles }),
    },
    payments: {
      askSecrets: (window, question) =>
        oneDialog(window, () => askSecrets(question, say, BrowserWindow.fromId(window))),
    },
    envFiles: {
      choose: (window, how) =>
        how === 'open'
          ? chooseToOpen(window, { title: say('env-files.open'), filters: envFiles, properties: ['showHiddenFiles'] })
          : chooseToSave(window, '.env.gpg', { title: say('env-files.create'), filters: envFiles }),
    },
    async protect(window) {
      const passphrase = await askPassphrase('new', say, BrowserWindow.fromId(window))
      return passphrase === null ? slot.state().replica.protection : deployment.protect(passphrase)
    },
    app: {
      about: async () => about(out, await sqliteVersion()),
      licences: () => licences(out),
      openLink,
      openWindow: (window, place, wall) => shown.open(wall ? 'wall' : 'main', shown.of(window), place),
      onNavigate: parts.navigator.onNavigate,
      copyLink: (place) => clipboard.writeText(linkTo(place)),
      restartBackend: async () => deployment.backend?.restart(),
      reconnect: deployment.reconnect,
      painted(window, page, atMs) {
        const painted = BrowserWindow.fromId(window)
        if (painted !== null) parts.firstPaint.painted(painted, page, atMs)
      },
    },
    deployments: parts.deployments,
    forbidden: (window, procedure) => log.warn('ipc.forbidden', { window, procedure }),
  }
}

const processFigures = () =>
  app.getAppMetrics().map(({ type, pid, cpu, memory }) => ({
    type,
    pid,
    cpuPercent: Math.round(cpu.percentCPUUsage * 10) / 10,
    memoryKb: memory.workingSetSize,
  }))
