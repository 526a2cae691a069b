import { join } from 'node:path'
import { app, BrowserWindow, dialog, type OpenDialogOptions, type SaveDialogOptions } from 'electron'
import { LibralError } from '#protocol/errors.ts'
import { oneDialog } from './one-dialog.ts'

/** Asks which files or folder to read, over the window that wants them. @throws LibralError `file.not-chosen` */
export async function chooseMany(window: number, options: OpenDialogOptions): Promise<string[]> {
  const parent = BrowserWindow.fromId(window)
  const answer = await oneDialog(window, () =>
    parent ? dialog.showOpenDialog(parent, options) : dialog.showOpenDialog(options),
  )
  if (answer.canceled || answer.filePaths.length === 0) throw new LibralError('file.not-chosen')
  return answer.filePaths
}

/** Asks which one file to read. @throws as {@link chooseMany} */
export async function chooseToOpen(window: number, options: OpenDialogOptions): Promise<string> {
  const [file = ''] = await chooseMany(window, {
    ...options,
    properties: ['openFile', ...(options.properties ?? [])],
  })
  return file
}

/**
 * Asks where to write; the system's dialog asks before it takes a name that is there.
 * @param path the name unless the person gives another, in the person's documents where it names no folder
 * @throws as {@link chooseMany}
 */
export async function chooseToSave(
  window: number,
  path: string,
  options: Pick<SaveDialogOptions, 'title' | 'filters'>,
): Promise<string> {
  const whole: SaveDialogOptions = {
    ...options,
    defaultPath: path.includes('/') || path.includes('\\') ? path : join(app.getPath('documents'), path),
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  }
  const parent = BrowserWindow.fromId(window)
  const answer = await oneDialog(window, () =>
    parent ? dialog.showSaveDialog(parent, whole) : dialog.showSaveDialog(whole),
  )
  if (answer.canceled || answer.filePath === '') throw new LibralError('file.not-chosen')
  return answer.filePath
}
