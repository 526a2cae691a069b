import type { ElectronApplication, Page } from '@playwright/test'
import { expect, type Libral, test } from './app.ts'
import { EventsPage } from './pages/events.ts'
import { Keys } from './pages/keys.ts'
import { Shell } from './pages/shell.ts'
import { pressLast, vaultPid, vaultWindow } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'

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
  await expect.poll(() => vaultPid(app)).toBeUndefined()
  await expect(page.getByText('施錠しました。画面の更新は続きます。', { exact: false })).toBeVisible()
  await expect(page.locator('[data-link="live"]').first()).toBeVisible()
}

async function toggle(page: Page, names: readonly string[], on: boolean): Promise<void> {
  await new Shell(page).open('鍵')
  for (const name of names) {
    const lock = page.getByRole('switch', { name })
    await lock.click()
    await expect(lock).toBeChecked({ checked: on })
  }
}

test('the vault locks by itself, and the next command asks to unlock before it goes', async ({ libral }) => {
  const { app, page } = libral
  const keys = new Keys(app, page)
  const panel = page.getByRole('complementary', { name: '引き継ぎメモ' })
  const noted = (text: string) => panel.getByRole('listitem').filter({ hasText: text })
  await keys.setUp(passphrase)

  await test.step('not for what the settings leave off', async () => {
    const events = ['スリープのとき', '画面ロックのとき']
    await toggle(page, events, false)
    await app.evaluate(({ powerMonitor }) => {
      powerMonitor.emit('suspend')
      powerMonitor.emit('lock-screen')
    })
    expect(await vaultPid(app)).toBeDefined()
    await keys.unlocked()
    await toggle(page, events, true)
  })
  await test.step('a command is not sent when the unlocking is declined', async () => {
    await keys.lock()
    await expectLocked(libral)
    await leaveNote(page, '残らないはずです')
    const unlock = await vaultWindow(app, '鍵の解錠')
    await pressLast(unlock.getByRole('button', { name: 'キャンセル' }))
    await expect(panel.getByRole('button', { name: '引き継ぎメモを残す' })).toBeEnabled()
    await expect(noted('残らないはずです')).toHaveCount(0)
    await expectLocked(libral)
    await leaveNote(page, '手で施錠')
    await keys.answer(await vaultWindow(app, '鍵の解錠'), passphrase)
    await expect(noted('手で施錠')).toBeVisible()
  })
  for (const [when, happen] of Object.entries(ways))
    await test.step(when, async () => {
      expect(await vaultPid(app)).toBeDefined()
      await happen(app)
      await expectLocked(libral)
      await leaveNote(page, when)
      await keys.answer(await vaultWindow(app, '鍵の解錠'), passphrase)
      await expect(noted(when)).toBeVisible()
      await expect(page.getByText('施錠しました。画面の更新は続きます。', { exact: false })).toBeHidden()
    })
})
