import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { checkout, expect, test } from './app.ts'
import { pick, Shell } from './pages/shell.ts'

test('language and theme change at once and outlive a restart', async ({ launch, newProfile }) => {
  const profile = newProfile()
  const first = await launch({ profile })
  await new Shell(first.page).open('設定')
  await pick(first.page.getByRole('radio', { name: 'ライト' }))
  await expect(first.page.locator('html')).toHaveAttribute('data-theme', 'light')
  await pick(first.page.getByRole('radio', { name: 'English' }))
  await expect(first.page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  await first.quit()
  const second = await launch({ profile })
  await expect(second.page.locator('html')).toHaveAttribute('data-theme', 'light', { timeout: 20_000 })
  await expect(second.page.getByRole('navigation', { name: 'Pages' })).toBeVisible()
})

test('情報 tells versions, that this build is unofficial where it is, and licences', async ({ libral: { page } }) => {
  await new Shell(page).open('情報')
  await expect(page.getByText('Electron', { exact: true })).toBeVisible()
  const build = z
    .object({ commit: z.string(), official: z.boolean() })
    .parse(JSON.parse(readFileSync(join(checkout, 'out/build.json'), 'utf8')))
  await expect(page.getByText(build.commit, { exact: true })).toBeVisible()
  await expect(page.getByText('非公式ビルド')).toHaveCount(build.official ? 0 : 1)
  await page.getByRole('textbox', { name: '名前で検索' }).fill('react-dom')
  await page.getByRole('button', { name: 'react-domのライセンス', exact: true }).click()
  await expect(page.getByRole('dialog')).toContainText('MIT')
})
