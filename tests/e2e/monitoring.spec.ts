import { expect, oneApp, test } from './app.ts'
import { MonitoringPage } from './pages/monitoring.ts'
import { pick, Shell } from './pages/shell.ts'

const libral = oneApp()

test('tiles show figures of this machine, second by second', async () => {
  const { page } = libral()
  await new Shell(page).open('監視')
  const monitoring = new MonitoringPage(page)
  for (const name of ['CPU', 'メモリ', 'ディスク', '接続数']) {
    await expect(monitoring.tile(name)).toContainText(/\d/)
  }
  const before = await monitoring.tile('CPU').textContent()
  await expect(monitoring.tile('CPU')).not.toHaveText(before ?? '')
})

test('charts draw the live minutes and the kept ranges', async () => {
  const { page } = libral()
  await new Shell(page).open('監視')
  const monitoring = new MonitoringPage(page)
  await expect(monitoring.chart('CPU使用率').locator('canvas')).toBeVisible()
  await pick(monitoring.range('1時間'))
  await expect(page).toHaveURL(/range=1h/)
  await expect(monitoring.chart('メモリ使用量').locator('canvas')).toBeVisible()
})

test('modules say how they are; an essential one cannot be stopped, and says why', async () => {
  const { page } = libral()
  await new Shell(page).open('監視')
  const monitoring = new MonitoringPage(page)
  await expect(monitoring.module('ハブ')).toContainText('稼働中')
  const stop = monitoring.action('ハブ', '停止')
  await expect(stop).toHaveAttribute('aria-disabled', 'true')
  await stop.focus()
  await expect(page.getByRole('tooltip')).toContainText('欠かせない')
})

test('stopping a module asks, and its effect comes back through the log', async () => {
  const { page } = libral()
  await new Shell(page).open('監視')
  const monitoring = new MonitoringPage(page)
  await expect(monitoring.module('アラート')).toContainText('稼働中')
  await monitoring.action('アラート', '停止').click()
  const dialog = page.getByRole('dialog', { name: 'モジュールの停止' })
  await expect(dialog).toContainText('アラート')
  await dialog.getByRole('button', { name: 'キャンセル' }).click()
  await expect(monitoring.module('アラート')).toContainText('稼働中')
  await monitoring.action('アラート', '停止').click()
  await dialog.getByRole('button', { name: '停止する' }).click()
  await expect(page.getByText('アラートの停止を受け付けました')).toBeVisible()
  await expect(monitoring.module('アラート').getByText('停止', { exact: true }).first()).toBeVisible()
  await monitoring.action('アラート', '開始').click()
  await expect(monitoring.module('アラート')).toContainText('稼働中')
})

test('the wall opens in a window of its own', async () => {
  const { app, page } = libral()
  await new Shell(page).open('監視')
  const [wall] = await Promise.all([
    app.waitForEvent('window'),
    page.getByRole('button', { name: 'ウォール表示' }).click(),
  ])
  await expect(wall.getByRole('heading', { name: 'ウォール表示', includeHidden: true })).toBeAttached()
  await expect(wall.getByRole('article', { name: 'CPU', exact: true })).toContainText(/\d/)
  await expect(wall.getByRole('navigation')).toHaveCount(0)
})
