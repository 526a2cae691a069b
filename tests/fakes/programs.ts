import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Daemons lie in sbin, which an ordinary user's path leaves out. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/usr/lib/gnupg']

/** Where a program of this machine lies; undefined when it isn't installed. */
export const program = (name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find(isExecutable)

/** Which of these the machine lacks: a test that needs them is reported skipped. */
export const lacking = (...names: readonly string[]): string[] => names.filter((name) => program(name) === undefined)

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
