import { BrowserWindow } from 'electron'
import type { WindowRole } from '#protocol/desktop.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Paper } from '#protocol/paper.ts'
import type { Locations } from './locations.ts'
import { appOrigin } from './protocol.ts'
import { securePreferences } from './secure-preferences.ts'

/** Draws a paper in a hidden window of its own, which can call nothing but for its data, and prints it. */
export interface ReportPrinter {
  /** @throws LibralError `export.cancelled`, `review.report-failed` */
  print(paper: Paper, signal: AbortSignal): Promise<Uint8Array>
  roleOf(contentsId: number): WindowRole | null
  /** What the page of this window draws. @throws LibralError `desktop.forbidden` */
  dataOf(window: number): Paper
  drawn(window: number): void
  stop(): void
}

/** Two thousand entries take some seconds on a slow machine. */
const limitMs = 120_000

interface Printing {
  readonly window: BrowserWindow
  readonly paper: Paper
  readonly drawn: () => void
}

export function createReportPrinter(locations: Locations): ReportPrinter {
  const open = new Map<number, Printing>()
  return {
    async print(paper, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const window = new BrowserWindow({
        ...{ width: 794, height: 1123, show: false },
        webPreferences: {
          ...securePreferences({ preload: locations.preload, zoomPercent: 100, devTools: false }),
          // Nobody looks at it, and it has everything to draw.
          backgroundThrottling: false,
          additionalArguments: ['--libral-window=report'],
        },
      })
      const cancel = (): void => reject(new LibralError('export.cancelled'))
      const failed = (): void => reject(new LibralError('review.report-failed'))
      const limit = setTimeout(failed, limitMs)
      signal.addEventListener('abort', cancel)
      window.webContents.once('render-process-gone', failed)
      open.set(window.id, { window, paper, drawn: resolve })
      try {
        void window.loadURL(`${appOrigin}/index.html`)
        await promise
        return await window.webContents.printToPDF({
          pageSize: 'A4',
          printBackground: true,
          preferCSSPageSize: true,
          generateTaggedPDF: true,
          displayHeaderFooter: true,
          headerTemplate: '<span></span>',
          footerTemplate:
            '<div style="width:100%;font-size:8px;text-align:center"><span class="pageNumber"></span> / <span class="totalPages"></span></div>',
        })
      } finally {
        clearTimeout(limit)
        signal.removeEventListener('abort', cancel)
        open.delete(window.id)
        if (!window.isDestroyed()) window.destroy()
      }
    },
    roleOf: (contentsId) =>
      [...open.values()].some(({ window }) => !window.isDestroyed() && window.webContents.id === contentsId)
        ? 'report'
        : null,
    dataOf(window) {
      const printing = open.get(window)
      if (printing === undefined) throw new LibralError('desktop.forbidden', { procedure: 'paper.data' })
      return printing.paper
    },
    drawn: (window) => open.get(window)?.drawn(),
    stop() {
      for (const { window } of open.values()) if (!window.isDestroyed()) window.destroy()
    },
  }
}
