import type { ElectronApplication, Locator, Page } from '@playwright/test'
import { expect } from '../app.ts'

/** The vault's own window with this question, once it is there. */
export async function vaultWindow(app: ElectronApplication, heading: string): Promise<Page> {
  let found: Page | undefined
  await expect
    .poll(async () => {
      for (const page of app.windows().filter((it) => it.url().includes('vault.html'))) {
        const title = await page
          .locator('h1')
          .textContent({ timeout: 1_000 })
          .catch(() => null)
        if (title === heading) found = page
      }
      return found !== undefined
    })
    .toBe(true)
  if (found === undefined) throw new Error(`no window of the vault: ${heading}`)
  return found
}

/** Presses a button that closes its own window, which may be gone before the click is told to be over. */
export async function pressLast(button: Locator): Promise<void> {
  await button.click().catch((error: unknown) => {
    if (!String(error).includes('has been closed')) throw error
  })
}

/** The vault's process, as Chromium lists it; undefined while it is locked. */
export const vaultPid = (app: ElectronApplication): Promise<number | undefined> =>
  app.evaluate(({ app: it }) => it.getAppMetrics().find(({ name }) => name === 'libral-vault')?.pid)
