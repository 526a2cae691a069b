import { join } from 'node:path'
import { app, BrowserWindow, dialog, type FileFilter } from 'electron'
import { LibralError } from '#protocol/errors.ts'

export interface FileQuestion {
  readonly title: string
  readonly filters: FileFilter[]
}

/** Asks which file to read, over the window that wants it. @throws LibralError `file.not-chosen` */
export async function chooseToOpen(window: number, question: FileQuestion): Promise<string> {
  const options = { ...question, properties: ['openFile' as const] }
  const parent = BrowserWindow.fromId(window)
  const answer = parent ? await dialog.showOpenDialog(parent, options) : await dialog.showOpenDialog(options)
  const [file] = answer.filePaths
  if (answer.canceled || file === undefined) throw new LibralError('file.not-chosen')
  return file
}

/** Asks where to write. @param name the file's name unless the person gives another @throws as {@link chooseToOpen} */
export async function chooseToSave(window: number, name: string, question: FileQuestion): Promise<string> {
  const options = {
    ...question,
    defaultPath: join(app.getPath('documents'), name),
    properties: ['createDirectory' as const, 'showOverwriteConfirmation' as const],
  }
  const parent = BrowserWindow.fromId(window)
  const answer = parent ? await dialog.showSaveDialog(parent, options) : await dialog.showSaveDialog(options)
  if (answer.canceled || answer.filePath === '') throw new LibralError('file.not-chosen')
  return answer.filePath
}
