import type { ElectronApplication, Page } from '@playwright/test'
import { expect, type Libral, test } from './app.ts'
import { EventsPage } from './pages/events.ts'
import { Keys } from './pages/keys.ts'
import { Shell } from './pages/shell.ts'
import { vaultWindow } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'

const vaultPid = (app: ElectronApplication): Promise<number | undefined> =>
  app.evaluate(({ app: it }) => it.getAppMetrics().find(({ name }) => name === 'libral-vault')?.pid)

/** What makes the vault lock itself, as Electron tells it. */
const ways: Readonly<Record<string, (app: ElectronApplication) => Promise<unknown>>> = {
  'the machine is suspended': (app) => app.evaluate(({ powerMonitor }) => powerMonitor.emit('suspend')),
  'the screen is locked': (app) => app.evaluate(({ powerMonitor }) => powerMonitor.emit('lock-screen')),
  'nobody was there for the minutes set': (app) =>
    app.evaluate(({ powerMonitor }) => {
      // Sixteen minutes later, with neither key nor mouse since.
      const now = Date.now
      Date.now = () => now() + 16 * 60_000
      powerMonitor.getSystemIdleTime = () => 16 * 60
    }),
}

async function leaveNote(page: Page, text: string): Promise<void> {
  await new Shell(page).open('イベント')
  const panel = page.getByRole('complementary', { name: '引き継ぎメモ' })
  if (!(await panel.isVisible())) await new EventsPage(page).button('引き継ぎ').click()
  await panel.getByLabel('内容').fill(text)
  await panel.getByRole('button', { name: '引き継ぎメモを残す' }).click()
}

/** The vault's process is gone, the page stays live, and the next command asks to unlock before it goes through. */
async function expectLocked({ app, page }: Libral): Promise<void> {
  await expect.poll(() => vaultPid(app), { timeout: 20_000 }).toBeUndefined()
  await expect(page.getByText('施錠しました。画面の更新は続きます。', { exact: false })).toBeVisible({
    timeout: 20_000,
  })
  await expect(page.locator('[data-link="live"]').first()).toBeVisible()
}

for (const [when, happen] of Object.entries(ways)) {
  test(`the vault locks when ${when}, and the next command asks to unlock`, async ({ libral }) => {
    test.setTimeout(120_000)
    const { app, page } = libral
    const keys = new Keys(app, page)
    await keys.setUp(passphrase)
    expect(await vaultPid(app)).toBeDefined()
    await happen(app)
    await expectLocked(libral)
    await leaveNote(page, '解錠して残しました')
    const unlock = await vaultWindow(app, '鍵の解錠')
    await keys.answer(unlock, passphrase)
    const panel = page.getByRole('complementary', { name: '引き継ぎメモ' })
    await expect(panel.getByRole('listitem').filter({ hasText: '解錠して残しました' })).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('施錠しました。画面の更新は続きます。', { exact: false })).toBeHidden()
  })
}

test('a command is not sent when the unlocking is declined', async ({ libral }) => {
  test.setTimeout(120_000)
  const { app, page } = libral
  const keys = new Keys(app, page)
  await keys.setUp(passphrase)
  await keys.lock()
  await expectLocked(libral)
  await leaveNote(page, '残らないはずです')
  const unlock = await vaultWindow(app, '鍵の解錠')
  await unlock.getByRole('button', { name: 'キャンセル' }).click()
  const panel = page.getByRole('complementary', { name: '引き継ぎメモ' })
  await expect(panel.getByRole('button', { name: '引き継ぎメモを残す' })).toBeEnabled({ timeout: 20_000 })
  await expect(panel.getByRole('listitem').filter({ hasText: '残らないはずです' })).toHaveCount(0)
  await expectLocked(libral)
})

test('what the settings leave off does not lock', async ({ libral: { app, page } }) => {
  test.setTimeout(120_000)
  const keys = new Keys(app, page)
  await keys.setUp(passphrase)
  for (const name of ['スリープのとき', '画面ロックのとき']) {
    const lock = page.getByRole('switch', { name })
    await lock.click()
    await expect(lock).not.toBeChecked()
  }
  await app.evaluate(({ powerMonitor }) => {
    powerMonitor.emit('suspend')
    powerMonitor.emit('lock-screen')
  })
  expect(await vaultPid(app)).toBeDefined()
  await keys.unlocked()
})
