import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Event names and ids, never payloads. */
export interface Log {
  info(event: string, fields?: object): void
  warn(event: string, fields?: object): void
  error(event: string, fields?: object): void
  /** Resolves when every line so far is written. */
  flush(): Promise<void>
}

const fileName = 'main.log'

/** Size of a file at which the next is begun, and how many are kept beside the present one. */
export interface Rotation {
  readonly maxBytes: number
  readonly keep: number
}
export const usualRotation: Rotation = { maxBytes: 1_048_576, keep: 4 }

/** JSON lines in rotating files: `main.log`, `main.log.1` … */
export function openLog(folder: string, rotation: Rotation): Log {
  const file = openLines(folder, fileName, rotation)
  const write =
    (level: string) =>
    (event: string, fields: object = {}) =>
      file.append(JSON.stringify({ at: new Date().toISOString(), level, event, ...redact(fields) }))
  return { info: write('info'), warn: write('warn'), error: write('error'), flush: file.flush }
}

export interface LineFile {
  append(line: string): void
  /** Resolves when every line so far is written. */
  flush(): Promise<void>
}

/** Lines of text in files that rotate by size. A full disk loses lines, nothing else. */
export function openLines(folder: string, name: string, { maxBytes, keep }: Rotation): LineFile {
  makeFolder(folder)
  const file = join(folder, name)
  let size = sizeOf(file)
  let tail: Promise<void> = Promise.resolve()
  const write = async (text: string): Promise<void> => {
    if (size + text.length > maxBytes) size = rotate(file, keep)
    size += text.length
    await appendFile(file, text, { mode: 0o600 })
  }
  return {
    append(line) {
      tail = tail.then(() => write(`${line}\n`)).catch(() => {})
    },
    flush: () => tail,
  }
}

/** Where it can't be made there is no log, and the app goes on without. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    // What is appended is lost.
  }
}

/** For the last words of a process that has no time for promises. */
export function logAtOnce(folder: string, event: string, fields: object): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const line = JSON.stringify({ at: new Date().toISOString(), level: 'error', event, ...redact(fields) })
    appendFileSync(join(folder, fileName), `${line}\n`, { mode: 0o600 })
  } catch {
    // There is nowhere left to say it.
  }
}

/** The log files that exist, newest first. */
export function logFiles(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^[a-z-]+\.log(\.[0-9]+)?$/.test(name))
    return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => join(folder, name))
  } catch {
    return []
  }
}

const safeText = /^[\w.:@/+=~ ()-]{0,200}$/

/**
 * Keeps numbers, booleans and short plain words such as ids and codes; everything else becomes `[redacted]`. The
 * operator's home folder reads `~`.
 */
export function redact(fields: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redacted(name, value)]))
}

const secretName = /secret|passphrase|password|token|^key$|credential/i

function redacted(name: string, value: unknown): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'string' || secretName.test(name)) return '[redacted]'
  const text = value.replaceAll(homedir(), '~')
  return safeText.test(text) ? text : '[redacted]'
}

function rotate(file: string, keep: number): number {
  rmSync(`${file}.${keep}`, { force: true })
  for (let number = keep - 1; number >= 0; number--) {
    const from = number === 0 ? file : `${file}.${number}`
    if (sizeOf(from) > 0) renameSync(from, `${file}.${number + 1}`)
  }
  return 0
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch {
    return 0
  }
}
