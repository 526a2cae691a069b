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
/** A script is not left waiting for a page that never paints. */
const scriptLimitMs = 110_000

/**
 * @param options.startedAt when the process was created, ms since the epoch
 * @param options.settled resolves when the page shows live data, for a picture worth keeping
 * @param options.end is called after the report when the command line asks for it
 * @param options.fail is called when a script's wish can't be met: no paint in time, no picture
 */
export function watchFirstPaint(options: {
  readonly launch: LaunchOptions
  readonly startedAt: number
  settled(): Promise<void>
  report(line: string): void
  end(): void
  fail(error: unknown): void
}): FirstPaint {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  const { screenshot, exitAfterFirstPaint } = options.launch
  const limit = setTimeout(resolve, limitMs)
  const never = (): void => options.fail(new Error('no first paint'))
  const scriptLimit = exitAfterFirstPaint ? setTimeout(never, scriptLimitMs) : undefined
  let first = true
  const report = async (window: BrowserWindow, page: string, atMs: number): Promise<void> => {
    const ms = Date.now() - options.startedAt
    clearTimeout(limit)
    resolve()
    clearTimeout(scriptLimit)
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
      report(window, page, atMs).catch(options.fail)
    },
  }
}
