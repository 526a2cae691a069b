import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { argumentsFor, electronPath, expect, type Libral, test } from './app.ts'

const boundsOf = ({ app }: Libral) =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds())

test('a window comes back where it was', async ({ launch, newProfile }) => {
  const profile = newProfile()
  const wanted = { x: 60, y: 80, width: 900, height: 640 }
  const first = await launch({ profile })
  await first.app.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), wanted)
  await expect.poll(() => boundsOf(first)).toEqual(wanted)
  await first.quit()
  const second = await launch({ profile })
  expect(await boundsOf(second)).toEqual(wanted)
})

test('a window on a screen that is gone is brought back into view', async ({ launch, newProfile }) => {
  const profile = newProfile()
  const lost = { x: -9_000, y: 5_000, width: 900, height: 640 }
  writeFileSync(join(profile, 'windows.json'), JSON.stringify({ main: { bounds: lost } }))
  const libral = await launch({ profile })
  const visible = await libral.app.evaluate(({ BrowserWindow, screen }) => {
    const bounds = BrowserWindow.getAllWindows()[0]?.getBounds() ?? { x: -1, y: -1, width: 0, height: 0 }
    const { workArea } = screen.getDisplayMatching(bounds)
    return bounds.x >= workArea.x && bounds.y >= workArea.y && bounds.x < workArea.x + workArea.width
  })
  expect(visible).toBe(true)
})

test('a second start brings the first window forward and ends; a link leads it to its place', async ({ libral }) => {
  const { app, page, profile } = libral
  await page.locator('[data-link]').first().waitFor()
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
  const second = (...args: string[]) =>
    promisify(execFile)(electronPath, argumentsFor(profile, args), { timeout: 120_000 })
  await second()
  await expect
    .poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((it) => it.isMinimized())))
    .toEqual([false])
  await second('libral://events')
  await expect.poll(() => page.evaluate(() => location.hash)).toMatch(/^#\/events/)
  await second('libral://nonsense/../../etc')
  await expect.poll(() => page.evaluate(() => location.hash)).toMatch(/^#\/events/)
  expect(app.windows()).toHaveLength(1)
})

test('several windows live side by side, and one going leaves the others connected', async ({ libral }) => {
  const { app, page } = libral
  await page.locator('[data-link]').first().waitFor()
  const menu = (label: string) =>
    app.evaluate(({ Menu }, wanted) => {
      for (const top of Menu.getApplicationMenu()?.items ?? [])
        for (const item of top.submenu?.items ?? []) if (item.label === wanted) item.click()
    }, label)
  const [another] = await Promise.all([app.waitForEvent('window'), menu('新しいウィンドウ')])
  const [wall] = await Promise.all([app.waitForEvent('window'), menu('ウォール表示を開く')])
  await another.locator('[data-link]').first().waitFor()
  await wall.waitForLoadState()
  await another.close()
  await expect.poll(() => app.windows().length).toBe(2)
  await menu('アラート')
  await expect.poll(() => page.evaluate(() => location.hash)).toMatch(/^#\/alerts/)

  // Between the end of a page and that of its window nobody may be led to it: to show it then would end the app.
  const [last] = await Promise.all([app.waitForEvent('window'), menu('新しいウィンドウ')])
  await last.locator('[data-link]').first().waitFor()
  const id = await (await app.browserWindow(last)).evaluate((window) => window.id)
  const closed = last.waitForEvent('close')
  await app.evaluate(({ BrowserWindow, Menu }, closing) => {
    const items = Menu.getApplicationMenu()?.items.flatMap((top) => top.submenu?.items ?? []) ?? []
    const window = BrowserWindow.fromId(closing)
    window?.webContents.once('destroyed', () => items.find(({ label }) => label === 'イベント')?.click())
    setTimeout(() => window?.close(), 50)
  }, id)
  await closed
  await expect.poll(() => page.evaluate(() => location.hash)).toMatch(/^#\/events/)
})

test('a page whose process dies is loaded again', async ({ libral }) => {
  const { app, page, log } = libral
  await page.locator('[data-link]').first().waitFor()
  const pid = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId())
  process.kill(pid ?? 0, 'SIGKILL')
  await expect.poll(() => log().some((line) => line['event'] === 'page.gone')).toBe(true)
  // Playwright's own page object has died with the process, so main is asked.
  const pageNow = () =>
    app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      return { crashed: contents?.isCrashed(), pid: contents?.getOSProcessId() }
    })
  await expect.poll(async () => (await pageNow()).crashed).toBe(false)
  expect((await pageNow()).pid).not.toBe(pid)
})

test('without a tray host, closing the last window ends the app', async ({ launch }) => {
  const { app, process: child } = await launch({ env: { DBUS_SESSION_BUS_ADDRESS: '' } })
  const closed = app.waitForEvent('close', { timeout: 120_000 })
  await app.evaluate(({ BrowserWindow }) => {
    setTimeout(() => BrowserWindow.getAllWindows()[0]?.close(), 50)
  })
  await closed
  expect(child.exitCode).toBe(0)
})
