import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const electron = process.env['ELECTRON_EXEC_PATH'] ?? ''
const flags = (process.env['LIBRAL_ELECTRON_FLAGS'] ?? '').split(' ').filter(Boolean)

export const helloApp = join(here, 'hello.cjs')
export const controlCenter = join(here, '../..')

/** With a desktop named, Chromium asks the secret service for its key; without one it never looks. */
const desktop = { ...process.env, XDG_CURRENT_DESKTOP: 'GNOME' }

export interface Painted {
  readonly child: ChildProcess
  /** From spawn to the line that says so, ms. */
  readonly ms: number
  readonly ended: Promise<void>
}

/** Starts an Electron app and waits for its line `…: first-paint`. */
export const launch = (app: string, profile: string, args: readonly string[] = []): Promise<Painted> => {
  const began = performance.now()
  const child = spawn(electron, [app, ...flags, `--user-data-dir=${profile}`, ...args], {
    env: desktop,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes(': first-paint')) resolve({ child, ms: performance.now() - began, ended })
    })
    void ended.then(() => reject(new Error(`${app} ended before its first paint`)))
  })
}

/** Proportional set size of a process and all its descendants, bytes: shared pages count once over all. */
export const pssOf = (pid: number): number => {
  const family = [pid]
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((it) => /^[0-9]+$/.test(it))) {
    const stat = read(`/proc/${name}/stat`)
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  for (const member of family) {
    for (const [child, parent] of parents) if (parent === member && !family.includes(child)) family.push(child)
  }
  const kilobytes = family.map((it) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${it}/smaps_rollup`))?.[1] ?? 0))
  return kilobytes.reduce((sum, it) => sum + it, 0) * 1024
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
