import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, type Libral, live, test } from './app.ts'
import { violations } from './axe.ts'
import { catchNotifications } from './pages/notifications.ts'
import { chooses } from './pages/own-key.ts'
import { Payments } from './pages/payments.ts'
import { Sealed, shownIn } from './pages/sealed.ts'
import { Shell } from './pages/shell.ts'
import { pressLast } from './pages/vault-window.ts'

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folderOfShots = process.env['SHOTS']
  if (folderOfShots) await page.screenshot({ path: join(folderOfShots, `demo-${name}.png`) })
}
const openDeployments = async (page: Page): Promise<void> => {
  await new Shell(page).open('設定')
  await page.getByRole('radio', { name: '接続先' }).click()
}

/** Somebody who tries it out becomes a custodian, with a recovery key on paper as the second one. */
const becomesCustodian = async ({ app, page, profile }: Libral): Promise<Sealed> => {
  const sealed = new Sealed(app, page)
  await sealed.setUp('kuroshio-no-nagare-42')
  const details = await sealed.create('田中花子', 'hanako@example.jp')
  await details.getByRole('button', { name: '閉じる' }).last().click()
  await sealed.registerCertificate('田中花子', 'local', 'first')
  await sealed.giveRole('この端末の運用者', '鍵管理者')
  await sealed.addCustodian('local')
  await chooses(app, join(profile, 'recovery.txt'))
  await sealed.classPanel().getByRole('button', { name: '復旧鍵を作る' }).click()
  await sealed.sign('復旧鍵の追加')
  await sealed.custodian('紙の復旧鍵').getByRole('button', { name: '読み戻して確かめる' }).click()
  await expect(sealed.classPanel()).toContainText('封印できます')
  return sealed
}

/** A payment whose buyer complains: told of at once, with what PayPal signed kept to be proved again. */
const complaint = async ({ app, page }: Libral, sealed: Sealed): Promise<void> => {
  const { shown, click } = await catchNotifications(app)
  const screen = new Payments(page)
  await screen.open()
  const made = await screen.create('係争になる注文', '48.00', { provider: 'PayPal', currency: '米ドル' })
  await picture(page, 'link')
  await expect(made.getByText('支払い済み')).toBeVisible()
  const told = 'デモ: 購入者が異議を申し立てました：PayPal　係争になる注文'
  await expect.poll(shown).toContain(told)
  await new Shell(page).open('監視')
  await click('係争になる注文')
  const whole = page.getByRole('article', { name: '決済の詳細' })
  await expect(whole).toContainText('係争になる注文')
  await expect(whole.getByText('係争中', { exact: true }).first()).toBeVisible()

  const panel = whole.getByRole('region', { name: 'PayPalの署名の証拠' })
  const opens = panel.getByRole('button', { name: '証拠を開いて検証' })
  await expect(opens).toHaveCount(3)
  await panel.scrollIntoViewIfNeeded()
  await picture(page, 'evidence')
  expect.soft(await violations(page), 'evidence').toEqual([])
  const complained = panel.getByRole('listitem').filter({ hasText: '異議の申し立て' })
  const asks = await sealed.window(() => complained.getByRole('button').click())
  await expect(asks.locator('h1')).toHaveText('「封印を開く」への署名')
  await expect(asks.locator('dl')).toContainText('PayPalの通知の証拠')
  await asks.getByLabel('開く理由').fill('係争への回答のため')
  await picture(asks, 'evidence-asked')
  const [verdict] = await Promise.all([
    app.waitForEvent('window'),
    pressLast(asks.getByRole('button', { name: '署名して開く' })),
  ])
  await verdict.locator('dl').waitFor()
  const text = await shownIn(verdict)
  for (const word of [
    '署名・証明書・時刻は互いに合っています',
    'CUSTOMER.DISPUTE.CREATED',
    'このアプリの一覧にはありません',
  ])
    expect(text).toContain(word)
  await picture(verdict, 'evidence-verdict')
  expect.soft(await violations(verdict), 'verdict').toEqual([])
  await pressLast(verdict.getByRole('button', { name: '閉じる' }))

  // The same message as it came: what it was held to, where its proof lies, and its own words for a reason.
  await whole.getByRole('button', { name: '一覧に戻る' }).click()
  await screen.tab('受信箱')
  const inbox = page.getByRole('table', { name: '受信した内容' })
  await picture(page, 'inbox')
  await inbox
    .getByRole('row', { name: /CUSTOMER\.DISPUTE\.CREATED/ })
    .first()
    .getByRole('button')
    .click()
  const message = page.getByRole('dialog', { name: /PayPal/ })
  await expect(message).toContainText('異議の申し立て')
  await expect(message).toContainText(/記録 #\d+に保存済み/)
  await expect(message.getByRole('button', { name: '係争になる注文　$48.00' })).toBeVisible()
  await picture(page, 'message')
  await message.getByLabel('原文を読む理由').fill('係争への回答のため')
  await message.getByRole('button', { name: '原文を読む' }).click()
  const raw = message.getByRole('textbox', { name: '原文' })
  await expect(raw).toHaveValue(/UNAUTHORISED/)
  await raw.scrollIntoViewIfNeeded()
  await picture(page, 'message-raw')
  expect.soft(await violations(page), 'message').toEqual([])
  await message.getByRole('button', { name: '閉じる' }).last().click()
}

test('a demo is opened, marked in every window, full of payments, proves a complaint, and is deleted with its data', async ({
  libral,
}) => {
  // A week of payments is made before anybody is let in.
  test.slow()
  const { app, page, profile } = libral
  await live(page)
  const folder = join(profile, 'deployments', 'demo')
  await openDeployments(page)
  await page.getByRole('button', { name: 'デモを開く' }).click()
  const band = page.getByRole('complementary', { name: 'デモ' })
  await expect(band).toBeVisible()
  await live(page)
  await new Shell(page).open('決済')
  await expect(page.getByRole('region', { name: 'Telegram Stars' })).toContainText('保留中')
  await picture(page, 'overview')
  await page.getByRole('tab', { name: '一覧' }).click()
  const list = page.getByRole('grid', { name: '決済の一覧' })
  await expect(list.getByText('支払い済み').first()).toBeVisible()
  await picture(page, 'list')
  await page.getByRole('textbox', { name: /番号・件名/ }).fill('月額プラン')
  await list.getByText('月額プラン').first().click()
  await expect(page.getByRole('article', { name: '決済の詳細' })).toContainText('翌日から引き出せます')
  await picture(page, 'stars')
  expect(await violations(page)).toEqual([])

  // No address of anybody's can take the place of the demo's own.
  await page.getByRole('button', { name: '一覧に戻る' }).click()
  await page.getByRole('tab', { name: '接続' }).click()
  const changes = page.getByRole('button', { name: '設定を変える' })
  await expect(changes).toHaveCount(3)
  for (const change of await changes.all()) await expect(change).toHaveAttribute('aria-disabled', 'true')
  await expect(page.getByText('見本の決済サービスにつながっています')).toHaveCount(3)
  await expect(page.getByText('ほとんどなし（1秒未満）')).toHaveCount(3)
  await picture(page, 'connections')

  await complaint(libral, await becomesCustodian(libral))

  await new Shell(page).open('監視')
  const [wall] = await Promise.all([
    app.waitForEvent('window'),
    page.getByRole('button', { name: 'ウォール表示' }).click(),
  ])
  await expect(wall.getByRole('complementary', { name: 'デモ' })).toBeVisible()
  await wall.close()

  expect(existsSync(folder)).toBe(true)
  await openDeployments(page)
  await page.getByRole('button', { name: 'デモを削除' }).click()
  const asked = page.getByRole('dialog', { name: 'デモを削除しますか' })
  await expect(asked).toContainText('ほかの接続先のデータには触れません')
  await picture(page, 'remove')
  await asked.getByRole('button', { name: 'デモを削除' }).click()
  await expect(band).toBeHidden()
  await live(page)
  await expect.poll(() => existsSync(folder)).toBe(false)
  expect(existsSync(join(profile, 'deployments', 'local'))).toBe(true)
})
