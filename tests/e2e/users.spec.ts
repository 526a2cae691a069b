import { expect, oneApp, test } from './app.ts'
import { Keys } from './pages/keys.ts'
import { Shell } from './pages/shell.ts'

const libral = oneApp()

test('an administrator registers a user and issues a token, shown once, and takes both back', async () => {
  test.setTimeout(180_000)
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
  await keys.prepareAndSign('利用者の登録', 'kuroshio-no-nagare-42')
  const person = page.getByRole('table', { name: '利用者' }).getByRole('row', { name: /田中花子/ })
  await expect(person).toBeVisible({ timeout: 20_000 })

  await page.getByRole('button', { name: 'トークンを発行' }).click()
  const issue = page.getByRole('dialog', { name: 'トークンを発行' })
  await issue.getByLabel('利用者').selectOption('tanaka')
  await issue.getByLabel('名称').fill('監視室')
  await issue.getByRole('button', { name: '発行', exact: true }).click()
  await keys.sign('トークンの発行')
  const shown = page.getByRole('dialog', { name: 'トークンを発行しました' })
  await expect(shown.locator('output')).toHaveText(/^[\w-]{43}$/, { timeout: 20_000 })
  await shown.getByRole('button', { name: '保管しました' }).click()
  const token = page.getByRole('table', { name: 'トークン' }).getByRole('row', { name: /監視室/ })
  await expect(token).toContainText('有効', { timeout: 20_000 })
  await token.getByRole('button', { name: /を無効にする$/ }).click()
  await page.getByRole('dialog', { name: 'トークンの無効化' }).getByRole('button', { name: '無効にする' }).click()
  await keys.sign('トークンの無効化')
  await expect(token.getByText('無効', { exact: true })).toBeVisible({ timeout: 20_000 })

  await person.getByRole('button', { name: '田中花子を変更' }).click()
  const change = page.getByRole('dialog', { name: '利用者の変更' })
  await change.getByRole('checkbox', { name: '監査担当' }).check()
  await expect(change).toContainText('役割の変更は')
  await change.getByRole('button', { name: '変更', exact: true }).click()
  await keys.sign('利用者の変更')
  await expect(person).toContainText('監査担当', { timeout: 20_000 })

  await person.getByRole('button', { name: '田中花子を無効にする' }).click()
  const disabling = page.getByRole('dialog', { name: '利用者の無効化' })
  await expect(disabling).toContainText('田中花子')
  await disabling.getByRole('button', { name: '無効にする' }).click()
  await keys.sign('利用者の変更', (window) =>
    expect(window.locator('form')).toContainText('サインインも操作もできなくなります'),
  )
  await expect(person.getByText('無効', { exact: true })).toBeVisible({ timeout: 20_000 })
  await person.getByRole('button', { name: '田中花子を有効にする' }).click()
  await page.getByRole('dialog', { name: '利用者の有効化' }).getByRole('button', { name: '有効にする' }).click()
  await keys.sign('利用者の変更')
  await expect(person.getByText('有効', { exact: true })).toBeVisible({ timeout: 20_000 })
})

test('a session is ended only after its target and effects were named', async () => {
  const { page } = libral()
  const shell = new Shell(page)
  await shell.open('利用者')
  const session = page.getByRole('table', { name: 'セッション' }).getByRole('row').filter({ hasText: 'local' }).first()
  await session.getByRole('button', { name: /のセッションを終了する/ }).click({ timeout: 20_000 })
  const asked = page.getByRole('dialog', { name: 'セッションの終了' })
  await expect(asked).toContainText('Libral Control Center')
  await expect(asked).toContainText('サインインできます')
  await asked.getByRole('button', { name: 'キャンセル' }).click()
  await expect(asked).toBeHidden()
})
