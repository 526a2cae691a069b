import { join } from 'node:path'
import { app, BrowserWindow, dialog, type SaveDialogOptions } from 'electron'
import type { ExportKind } from '#main/exports/exports.ts'
import type { Say } from './texts.ts'

const filters: Readonly<Record<ExportKind, { readonly name: string; readonly extensions: string[] }>> = {
  csv: { name: 'CSV', extensions: ['csv'] },
  logs: { name: 'JSON Lines', extensions: ['jsonl'] },
  diagnostics: { name: 'ZIP', extensions: ['zip'] },
}

/** Asks where to save, over the window that wants it. null: declined. */
export async function chooseFile(window: number, kind: ExportKind, name: string, say: Say): Promise<string | null> {
  const options: SaveDialogOptions = {
    title: say(`export.${kind}`),
    defaultPath: join(app.getPath('documents'), name),
    filters: [filters[kind]],
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  }
  const parent = BrowserWindow.fromId(window)
  const { canceled, filePath } = parent
    ? await dialog.showSaveDialog(parent, options)
    : await dialog.showSaveDialog(options)
  return canceled || filePath === '' ? null : filePath
}
