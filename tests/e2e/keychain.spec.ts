import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { argumentsFor, electronPath, expect, live, test } from './app.ts'
import { pressLast } from './pages/vault-window.ts'

/** No session bus, so no keyring, whatever the machine has. */
const noKeyring = { DBUS_SESSION_BUS_ADDRESS: '', XDG_CURRENT_DESKTOP: '' }

test('without a keychain the header says so, and the backend keeps its data', async ({ launch, newProfile }) => {
  const profile = newProfile()
  const first = await launch({ profile, env: noKeyring })
  await live(first.page)
  await expect(first.page.getByText('この起動のみ').first()).toBeVisible()
  const name = await first.page.evaluate(() => document.title)
  await first.quit()
  const key = readFileSync(join(profile, 'deployments/local/storage.key'))
  const second = await launch({ profile, env: noKeyring })
  await live(second.page)
  expect(await second.page.evaluate(() => document.title)).toBe(name)
  expect(readFileSync(join(profile, 'deployments/local/storage.key'))).toEqual(key)
})

test('a passphrase is asked in a window of main, protects from then on, and never stops a script', async ({
  launch,
  newProfile,
}) => {
  const profile = newProfile()
  const { app, page, log, quit } = await launch({ profile, env: noKeyring })
  await live(page)
  const passphrase = 'correct horse battery 電池'
  const protect = page.evaluate(() => {
    location.hash = '#/settings'
  })
  await protect
  const [dialog] = await Promise.all([
    app.waitForEvent('window'),
    page
      .getByRole('button', { name: /パスフレーズ/ })
      .first()
      .click(),
  ])
  await dialog.locator('#first').fill('short')
  await dialog.locator('#again').fill('short')
  await dialog.getByRole('button', { name: '決定' }).click()
  await expect(dialog.getByRole('alert')).toHaveText('12文字以上にしてください。')
  await dialog.locator('#first').fill(passphrase)
  await dialog.locator('#again').fill(passphrase)
  await pressLast(dialog.getByRole('button', { name: '決定' }))
  await expect(page.getByText('この起動のみ')).toHaveCount(0)
  await live(page)
  const kept = readFileSync(join(profile, 'deployments/local/storage.key'), 'utf8')
  expect(kept).toContain('"kind":"passphrase"')
  expect(JSON.stringify(log())).not.toContain('horse')
  await quit()

  const args = argumentsFor(profile, ['--exit-after-first-paint'])
  const { stdout } = await promisify(execFile)(electronPath, args, {
    timeout: 120_000,
    env: { ...process.env, ...noKeyring },
  })
  expect(stdout).toContain('libral: first-paint')

  const again = await launch({ profile, env: noKeyring })
  const ask =
    again.app.windows().find((it) => it.url().includes('/question/')) ?? (await again.app.waitForEvent('window'))
  await ask.locator('#first').fill(passphrase)
  await pressLast(ask.getByRole('button', { name: '決定' }))
  const main = again.app.windows().find((it) => it.url().startsWith('app://main/') && !it.url().includes('/question/'))
  if (main === undefined) throw new Error('no main window')
  await live(main)
})
