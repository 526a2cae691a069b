import { expect, killBackend, live, test } from './app.ts'
import { MonitoringPage } from './pages/monitoring.ts'
import { Shell } from './pages/shell.ts'

test('a backend that keeps dying is given up; that is said with its time, work waits, and goes out when it is back', async ({
  libral,
}) => {
  const { page } = libral
  const shell = new Shell(page)
  const monitoring = new MonitoringPage(page)
  await live(page)
  await expect(monitoring.tile('CPU')).toContainText('%')
  for (let pid = await killBackend(libral); pid !== null; pid = await killBackend(libral, pid));
  await expect(page.getByText(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\dから接続が切れています。/)).toBeVisible()
  await expect(page.getByText('バックエンドが異常停止しました。')).toBeVisible()
  await expect(page.getByText(/時点のデータです/)).toBeVisible()

  await shell.sidebar.getByRole('link', { name: /イベント/ }).click()
  await page.getByRole('button', { name: '引き継ぎ', exact: true }).click()
  const panel = page.getByRole('complementary', { name: '引き継ぎメモ' })
  await panel.getByLabel('内容').fill('切れている間のメモ')
  await panel.getByRole('button', { name: '引き継ぎメモを残す' }).click()
  await expect(shell.toasts.getByText('引き継ぎメモの記入は、接続したあとに送信します')).toBeVisible()
  await page.getByRole('button', { name: /^操作の状況/ }).click()
  await expect(page.getByText('送信待ち')).toBeVisible()
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'バックエンドを再起動' }).click()
  await live(page)
  await expect(panel.getByRole('listitem').filter({ hasText: '切れている間のメモ' })).toBeVisible()
  await expect(page.getByText('から接続が切れています。')).toHaveCount(0)
})
