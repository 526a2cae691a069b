import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './app.ts'
import { ask, tapPort } from './port.ts'

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
