import type { ElectronApplication, Locator, Page } from '@playwright/test'
import { expect } from '../app.ts'

/** The window of the app, once it is there, in whose address `path` stands and whose heading is this. */
export async function windowHeaded(app: ElectronApplication, path: string, heading: string): Promise<Page> {
  const headingOf = (page: Page): Promise<string | null> =>
    page.evaluate(() => document.querySelector('h1')?.textContent ?? null).catch(() => null)
  let found: Page | undefined
  const look = async (): Promise<boolean> => {
    for (const page of app.windows().filter((it) => it.url().includes(path))) {
      if ((await headingOf(page)) === heading) found = page
    }
    return found !== undefined
  }
  // A look costs little, and many tests go through many such windows.
  await expect.poll(look, { intervals: [50] }).toBe(true)
  if (found === undefined) throw new Error(`no window: ${heading}`)
  return found
}

/** The vault's own window with this question, once it is there. */
export const vaultWindow = (app: ElectronApplication, heading: string): Promise<Page> =>
  windowHeaded(app, 'vault.html', heading)

/** Presses a button that closes its own window, which may be gone before the click is told to be over. */
export async function pressLast(button: Locator): Promise<void> {
  await button.click().catch((error: unknown) => {
    if (!String(error).includes('has been closed')) throw error
  })
}

/** The vault's process, as Chromium lists it; undefined while it is locked. */
export const vaultPid = (app: ElectronApplication): Promise<number | undefined> =>
  app.evaluate(({ app: it }) => it.getAppMetrics().find(({ name }) => name === 'libral-vault')?.pid)
