import type { Page } from '@playwright/test'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { type PageName, Shell } from './pages/shell.ts'

const pages: readonly PageName[] = [
  '監視',
  'イベント',
  'アラート',
  '決済',
  '鍵',
  '監査',
  '利用者',
  'ポリシー',
  '設定',
  '情報',
]

/** Nothing is still coming: no grey bars stand for it. */
const settled = async (page: Page): Promise<void> => {
  await expect(page.locator('.skeleton')).toHaveCount(0)
}

for (const theme of ['ダーク', 'ライト'] as const) {
  test(`axe finds nothing on any page, ${theme}`, async ({ libral: { page } }) => {
    const shell = new Shell(page)
    await shell.open('監視')
    await shell.command(`テーマを${theme}`)
    for (const name of pages) {
      await shell.open(name)
      await settled(page)
      expect.soft(await violations(page), name).toEqual([])
    }
    await shell.goTo('#/alerts?part=rules')
    await expect(page.getByRole('table', { name: 'アラートルールの一覧' })).toBeVisible()
    expect.soft(await violations(page), 'rules').toEqual([])
    await shell.goTo('#/settings?part=deployments')
    await expect(page.getByRole('article').first()).toBeVisible()
    expect.soft(await violations(page), 'deployments').toEqual([])
    await shell.palette()
    expect.soft(await violations(page), 'palette').toEqual([])
  })
}
