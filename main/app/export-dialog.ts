import type { ExportKind } from '#main/exports/exports.ts'
import { LibralError } from '#protocol/errors.ts'
import { chooseToSave } from './file-dialogs.ts'
import type { Say } from './texts.ts'

const filters: Readonly<Record<ExportKind, { readonly name: string; readonly extensions: string[] }>> = {
  bundle: { name: 'Libral', extensions: ['libral-bundle', 'libral-certificate', 'pgp'] },
  document: { name: 'PDF', extensions: ['pdf'] },
  csv: { name: 'CSV', extensions: ['csv'] },
  logs: { name: 'JSON Lines', extensions: ['jsonl'] },
  diagnostics: { name: 'ZIP', extensions: ['zip'] },
}

/** Asks where to save, over the window that wants it. null: declined. */
export async function chooseFile(window: number, kind: ExportKind, name: string, say: Say): Promise<string | null> {
  try {
    return await chooseToSave(window, name, { title: say(`export.${kind}`), filters: [filters[kind]] })
  } catch (declined) {
    if (declined instanceof LibralError && declined.code === 'file.not-chosen') return null
    throw declined
  }
}
