import { expect, oneApp, test } from './app.ts'
import { Shell } from './pages/shell.ts'

const libral = oneApp()

test('pages, ranges and the theme are reached by keyboard alone', async () => {
  const { page } = libral()
  const shell = new Shell(page)
  await shell.open('監視')
  await shell.command('イベントを開く')
  await expect(page.getByRole('heading', { level: 1, name: 'イベント' })).toBeVisible()
  await shell.command('24時間')
  await expect(page.getByRole('radio', { name: '24時間' })).toBeChecked()
  await shell.command('テーマをライト')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light')
  await page.keyboard.press('Control+3')
  await expect(page.getByRole('heading', { level: 1, name: 'アラート' })).toBeVisible()
  await shell.command('メッセージ')
  await expect(page.getByRole('tab', { name: 'メッセージ' })).toHaveAttribute('aria-selected', 'true')
})

test('the palette closes on Escape and gives the focus back', async () => {
  const { page } = libral()
  const shell = new Shell(page)
  await shell.open('監視')
  const link = shell.sidebar.getByRole('link', { name: '設定' })
  await link.focus()
  const dialog = await shell.palette()
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(link).toBeFocused()
})

test('the sheet of shortcuts opens with ?', async () => {
  const { page } = libral()
  await new Shell(page).open('監視')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'キーボードショートカット' })).toBeVisible()
})
