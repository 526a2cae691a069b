import { writeFile } from 'node:fs/promises'
import type { BrowserWindow } from 'electron'
import type { LaunchOptions } from './launch-options.ts'

export interface FirstPaint {
  /** A page said that it has painted something meaningful; only the first of all counts. */
  painted(window: BrowserWindow, page: string, atMs: number): void
  /** Resolves at the first paint, or after `limitMs` where a page never tells: what waited for it begins then. */
  readonly done: Promise<void>
}

const limitMs = 5_000

/**
 * @param options.startedAt when the process was created, ms since the epoch
 * @param options.settled resolves when the page shows live data, for a picture worth keeping
 * @param options.end is called after the report when the command line asks for it
 */
export function watchFirstPaint(options: {
  readonly launch: LaunchOptions
  readonly startedAt: number
  settled(): Promise<void>
  report(line: string): void
  end(): void
}): FirstPaint {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const limit = setTimeout(resolve, limitMs)
  let first = true
  const report = async (window: BrowserWindow, page: string, atMs: number): Promise<void> => {
    const ms = Date.now() - options.startedAt
    clearTimeout(limit)
    resolve()
    const { screenshot, exitAfterFirstPaint } = options.launch
    if (screenshot !== null) {
      await options.settled()
      await writeFile(screenshot, (await window.webContents.capturePage()).toPNG())
    }
    options.report(`libral: first-paint ${JSON.stringify({ page, ms: Math.round(ms), pageMs: Math.round(atMs) })}`)
    if (exitAfterFirstPaint) options.end()
  }
  return {
    done,
    painted(window, page, atMs) {
      if (!first) return
      first = false
      void report(window, page, atMs)
    },
  }
}
