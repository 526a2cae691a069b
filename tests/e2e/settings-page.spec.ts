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

test('an administrator registers a user and issues a token, shown once', async ({ libral: { page } }) => {
  const shell = new Shell(page)
  await shell.open('設定')
  await pick(page.getByRole('radio', { name: '利用者とトークン' }))
  await page.getByRole('button', { name: '利用者を登録' }).click()
  const form = page.getByRole('dialog', { name: '利用者を登録' })
  await form.getByLabel('ID').fill('tanaka')
  await form.getByLabel('名前').fill('田中花子')
  await form.getByRole('button', { name: '登録', exact: true }).click()
  await expect(page.getByRole('table', { name: '利用者' }).getByRole('row', { name: /田中花子/ })).toBeVisible({
    timeout: 20_000,
  })
  await page.getByRole('button', { name: 'トークンを発行' }).click()
  const issue = page.getByRole('dialog', { name: 'トークンを発行' })
  await issue.getByLabel('利用者').selectOption('tanaka')
  await issue.getByLabel('名称').fill('監視室')
  await issue.getByRole('button', { name: '発行', exact: true }).click()
  const shown = page.getByRole('dialog', { name: 'トークンを発行しました' })
  await expect(shown.locator('output')).toHaveText(/^[\w-]{43}$/, { timeout: 20_000 })
  await shown.getByRole('button', { name: '保管しました' }).click()
  const row = page.getByRole('table', { name: 'トークン' }).getByRole('row', { name: /監視室/ })
  await expect(row).toContainText('有効', { timeout: 20_000 })
  await row.getByRole('button', { name: /を無効にする$/ }).click()
  await page.getByRole('dialog', { name: 'トークンの無効化' }).getByRole('button', { name: '無効にする' }).click()
  await expect(row.getByText('無効', { exact: true })).toBeVisible({ timeout: 20_000 })
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
