import { backendPid, expect, type Libral, live, test } from './app.ts'
import { MonitoringPage } from './pages/monitoring.ts'
import { Shell } from './pages/shell.ts'

/** Kills the backend as often as it comes back, until it is given up. */
async function endBackend({ app, log }: Libral): Promise<void> {
  const deaths = () => log().filter((line) => line['event'] === 'backend.exit').length
  const state = () => log().findLast((line) => line['event'] === 'backend.state')?.['state']
  while (state() !== 'failed') {
    const before = deaths()
    await expect.poll(() => backendPid(app), { timeout: 20_000 }).toBeDefined()
    const pid = await backendPid(app)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    await expect.poll(deaths, { timeout: 10_000 }).toBe(before + 1)
    await expect.poll(state).not.toBe('running')
  }
}

test('offline is said with its time, work waits, and goes out when the backend is back', async ({ libral }) => {
  test.setTimeout(120_000)
  const { page } = libral
  const shell = new Shell(page)
  const monitoring = new MonitoringPage(page)
  await live(page)
  await expect(monitoring.tile('CPU')).toContainText('%', { timeout: 20_000 })
  await endBackend(libral)
  await expect(page.getByText(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\dから接続が切れています。/)).toBeVisible({
    timeout: 20_000,
  })
  await expect(page.getByText('バックエンドが異常停止しました。')).toBeVisible()
  await expect(page.getByText(/時点のデータです/)).toBeVisible({ timeout: 20_000 })

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
  await expect(panel.getByRole('listitem').filter({ hasText: '切れている間のメモ' })).toBeVisible({ timeout: 20_000 })
  await expect(page.getByText('から接続が切れています。')).toHaveCount(0)
})
