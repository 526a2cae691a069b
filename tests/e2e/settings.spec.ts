import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { backendPid, expect, live, test } from './app.ts'
import { ask, call, tapPort } from './port.ts'

test('settings act at once in every window and last', async ({ launch, newProfile }) => {
  const profile = newProfile()
  const first = await launch({ profile })
  await tapPort(first.page)
  await ask(first.page, 'settings/change', { zoom: 125, theme: 'light', locale: 'en' })
  await expect
    .poll(() =>
      first.app.evaluate(({ BrowserWindow, nativeTheme, Menu }) => ({
        zoom: BrowserWindow.getAllWindows()[0]?.webContents.getZoomFactor(),
        theme: nativeTheme.themeSource,
        menu: Menu.getApplicationMenu()?.items[0]?.label,
      })),
    )
    .toEqual({ zoom: 1.25, theme: 'light', menu: 'File' })
  await expect.poll(() => first.page.evaluate(() => document.documentElement.lang)).toBe('en')
  await first.quit()
  const kept = JSON.parse(readFileSync(join(profile, 'settings.json'), 'utf8')) as object
  expect(kept).toMatchObject({ zoom: 125, theme: 'light', locale: 'en' })

  const second = await launch({ profile })
  const started = await second.app.evaluate(({ BrowserWindow, nativeTheme }) => ({
    ground: BrowserWindow.getAllWindows()[0]?.getBackgroundColor(),
    theme: nativeTheme.themeSource,
  }))
  expect(started).toEqual({ ground: '#EEF1F4', theme: 'light' })
  await expect.poll(() => second.page.evaluate(() => document.documentElement.lang)).toBe('en')
})

test('a port that another program holds is refused, and the backend goes on', async ({ libral: { app, page } }) => {
  await live(page)
  await tapPort(page)
  await live(page)
  const before = await backendPid(app)
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const bound = holder.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  expect(await call(page, 'settings/change', { httpPort: port })).toEqual({ ok: false, code: 'settings.port-taken' })
  expect(await backendPid(app)).toBe(before)
  await new Promise((resolve) => holder.close(resolve))
  expect(await call(page, 'settings/change', { httpPort: port })).toMatchObject({ ok: true })
  const health = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.status
  await expect.poll(health).toBe(200)
})
