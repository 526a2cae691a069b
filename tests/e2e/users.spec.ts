import type { Page } from '@playwright/test'
import { expect, live, oneApp, test } from './app.ts'
import { Keys } from './pages/keys.ts'
import { Shell } from './pages/shell.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'
import { call, tapPort } from './port.ts'

const passphrase = 'kuroshio-no-nagare-42'

const libral = oneApp()

test('an administrator registers a user and issues a token, shown once, and takes both back', async () => {
  const { app, page } = libral()
  const shell = new Shell(page)
  const keys = new Keys(app, page)
  await shell.open('利用者')
  await page.getByRole('button', { name: '利用者を登録' }).click()
  const form = page.getByRole('dialog', { name: '利用者を登録' })
  await form.getByLabel('ID').fill('tanaka')
  await form.getByLabel('名前').fill('田中花子')
  await form.getByRole('button', { name: '登録', exact: true }).click()
  // Nobody has a key yet: the way to one begins where it is needed.
  await keys.prepareAndSign('利用者の登録', passphrase)
  const person = page.getByRole('table', { name: '利用者' }).getByRole('row', { name: /田中花子/ })
  await expect(person).toBeVisible()

  await page.getByRole('button', { name: 'トークンを発行' }).click()
  const issue = page.getByRole('dialog', { name: 'トークンを発行' })
  await issue.getByLabel('利用者').selectOption('tanaka')
  await issue.getByLabel('名称').fill('監視室')
  await issue.getByRole('button', { name: '発行', exact: true }).click()
  await keys.sign('トークンの発行')
  const shown = page.getByRole('dialog', { name: 'トークンを発行しました' })
  await expect(shown.locator('output')).toHaveText(/^[\w-]{43}$/)
  await shown.getByRole('button', { name: '保管しました' }).click()
  const token = page.getByRole('table', { name: 'トークン' }).getByRole('row', { name: /監視室/ })
  await expect(token).toContainText('有効')
  await token.getByRole('button', { name: /を無効にする$/ }).click()
  await page.getByRole('dialog', { name: 'トークンの無効化' }).getByRole('button', { name: '無効にする' }).click()
  await keys.sign('トークンの無効化')
  await expect(token.getByText('無効', { exact: true })).toBeVisible()

  await person.getByRole('button', { name: '田中花子を変更' }).click()
  const change = page.getByRole('dialog', { name: '利用者の変更' })
  await change.getByRole('checkbox', { name: '監査担当' }).check()
  await expect(change).toContainText('役割の変更は')
  await change.getByRole('button', { name: '変更', exact: true }).click()
  await keys.sign('利用者の変更')
  await expect(person).toContainText('監査担当')

  await person.getByRole('button', { name: '田中花子を無効にする' }).click()
  const disabling = page.getByRole('dialog', { name: '利用者の無効化' })
  await expect(disabling).toContainText('田中花子')
  await disabling.getByRole('button', { name: '無効にする' }).click()
  await keys.sign('利用者の変更', (window) =>
    expect(window.locator('form')).toContainText('サインインも操作もできなくなります'),
  )
  await expect(person.getByText('無効', { exact: true })).toBeVisible()
  await person.getByRole('button', { name: '田中花子を有効にする' }).click()
  await page.getByRole('dialog', { name: '利用者の有効化' }).getByRole('button', { name: '有効にする' }).click()
  await keys.sign('利用者の変更')
  await expect(person.getByText('有効', { exact: true })).toBeVisible()
})

test('a page that was taken over: the vault shows what the bytes say, signs nothing by itself, and is not flooded', async () => {
  const { app, page } = libral()
  const keys = new Keys(app, page)
  await new Shell(page).open('利用者')
  await tapPort(page)
  await live(page)
  const person = page.getByRole('table', { name: '利用者' }).getByRole('row', { name: /田中花子/ })
  await expect(person).toContainText('監査担当')
  const change = { operator: 'tanaka', name: '田中花子', roles: ['administrator'], disabled: false }
  const wish = (params: object = change, over: object = {}) =>
    call(page, 'command/submit', { command: 'session.changeOperator', params, ...over })
  const declined = { ok: false, code: 'vault.declined' }
  const cancel = (window: Page): Promise<void> => pressLast(window.getByRole('button', { name: 'キャンセル' }))

  // It shows a form for a new user, and asks to make somebody an administrator.
  await page.getByRole('button', { name: '利用者を登録' }).click()
  const asked = wish()
  const window = await vaultWindow(app, '「利用者の変更」への署名')
  await expect(window.locator('dl')).toContainText('田中花子（tanaka）')
  await expect(window.locator('form')).toContainText('ほかの利用者の権限も変えられるようになります')
  await cancel(window)
  expect(await asked).toEqual(declined)
  await page.keyboard.press('Escape')
  // Words, places and signatures are not its to give: nothing is shown for such a call.
  for (const over of [{ title: '安全な操作' }, { context: 'libral:x' }, { operator: 'tanaka' }, { signatures: [] }])
    expect(await wish(change, over)).toEqual({ ok: false, code: 'input.invalid' })
  // What this build can't read is shown as it stands, and as what it is.
  const strange = wish({ ...change, note: '表示名だけの変更' })
  const raw = await vaultWindow(app, '「不明な操作 session.changeOperator」への署名')
  await expect(raw.locator('dl')).toContainText('["administrator"]')
  await cancel(raw)
  expect(await strange).toEqual(declined)
  // What goes by the session key carries no such power.
  for (const command of ['session.openSession', 'session.certifyKey'])
    expect(await call(page, 'command/submit', { command, params: {} })).not.toMatchObject({
      value: { state: 'accepted' },
    })
  const proof = { issuedAt: 0, expiresAt: 1, value: 'AA' }
  const enrolled = { command: 'session.enrolCertificate', params: { proof } }
  expect(await call(page, 'command/submit', enrolled)).toEqual({ ok: false, code: 'session.proof-wrong' })

  // Locked, it asks to unlock first, once for all that want it; without that nothing is signed.
  await keys.open()
  await keys.lock()
  const locked = [wish(), wish(), wish()]
  await cancel(await vaultWindow(app, '鍵の解錠'))
  expect(await Promise.all(locked)).toEqual([declined, declined, declined])
  await keys.answer(await keys.window(() => page.getByRole('button', { name: '解錠' }).last().click()), passphrase)
  await keys.unlocked()

  // However much it asks for, one window stands at a time, and after some that were dismissed none comes up.
  let shown = 0
  const dismiss = (next: Page): void => {
    shown += 1
    void next
      .locator('form')
      .waitFor()
      .then(() => cancel(next))
      .catch(() => {})
  }
  app.on('window', dismiss)
  const answers = await Promise.all(Array.from({ length: 30 }, () => wish()))
  app.off('window', dismiss)
  const codes = answers.map((answer) => (answer.ok ? 'signed' : answer.code))
  expect(codes.filter((code) => code === 'vault.declined')).toHaveLength(shown)
  expect(codes.filter((code) => code === 'vault.asked-too-often')).toHaveLength(30 - shown)
  expect(shown).toBeGreaterThanOrEqual(5)
  expect(shown).toBeLessThanOrEqual(16)

  await new Shell(page).open('利用者')
  await expect(person).toContainText('監査担当')
  await expect(person).not.toContainText('管理者')
})

test('a session is ended only after its target and effects were named', async () => {
  const { page } = libral()
  const shell = new Shell(page)
  await shell.open('利用者')
  const session = page.getByRole('table', { name: 'セッション' }).getByRole('row').filter({ hasText: 'local' }).first()
  await session.getByRole('button', { name: /のセッションを終了する/ }).click()
  const asked = page.getByRole('dialog', { name: 'セッションの終了' })
  await expect(asked).toContainText('Libral Control Center')
  await expect(asked).toContainText('サインインできます')
  await asked.getByRole('button', { name: 'キャンセル' }).click()
  await expect(asked).toBeHidden()
})
