import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { redeemAs } from '#tests/fixtures/client/session.ts'
import { paymentTitled, startShop } from '#tests/fixtures/payments/shop.ts'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { chooses, joinWithOwnKey, readIfThere } from './pages/own-key.ts'
import { Payments } from './pages/payments.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'

/** `2026-11-21`, as it is in Japan. */
const dayOf = (at: number): string => new Date(at + 9 * 3_600_000).toISOString().slice(0, 10)

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folderOfShots = process.env['SHOTS']
  if (folderOfShots) await page.screenshot({ path: join(folderOfShots, `payments-${name}.png`) })
}

test('a payment is made, seen being paid, refunded in part by a signature, and told by its books', async ({
  launch,
}) => {
  const shop = await startShop()
  try {
    const libral = await launch()
    const { app, page, profile } = libral
    const { session } = await redeemAs(shop.address, shop.code, 'suzuki')
    await joinWithOwnKey(libral, session, {
      ...{ operator: 'tanaka', name: '田中花子', email: 'hanako@example.jp', roles: ['administrator'] },
      ...{ passphrase, address: shop.address },
    })
    const screen = new Payments(page)
    await screen.open()
    await expect(page.getByText('決済はまだありません')).toBeVisible()
    await picture(page, 'empty')

    // Made, and seen being paid.
    const made = await screen.create('会員証の発行', '1,100')
    await picture(page, 'create')
    expect.soft(await violations(page), 'create').toEqual([])
    shop.paypay.pay((await paymentTitled(session, '会員証の発行')).payment)
    await expect(made.getByText('支払い済み')).toBeVisible()
    await expect(made).toContainText('支払いを確認しました')
    await made.getByRole('button', { name: '詳細を開く' }).click()

    // The whole of it: story, books, and why some acts are not possible.
    const whole = page.getByRole('article', { name: '決済の詳細' })
    const books = whole.getByRole('table', { name: '仕訳' })
    await expect(books).toContainText('￥1,000')
    await expect(books).toContainText('￥100')
    await expect(books).toContainText('借方と貸方は一致しています')
    await expect(whole.getByRole('list', { name: '経緯' })).toContainText('￥1,100の支払い')
    const capture = whole.getByRole('button', { name: '売上確定' })
    await expect(capture).toHaveAttribute('aria-disabled', 'true')
    await capture.focus()
    await expect(page.getByRole('tooltip')).toContainText('確定するものがありません')
    await page.keyboard.press('Escape')
    await picture(page, 'details')
    expect.soft(await violations(page), 'details').toEqual([])

    // Refunded in part: seen in the books before it is signed.
    await whole.getByRole('button', { name: '返金', exact: true }).click()
    const refund = page.getByRole('dialog', { name: '返金' })
    await refund.getByLabel('金額').fill('1200')
    await refund.getByLabel('理由').fill('一部の品切れ')
    await refund.getByRole('button', { name: '署名へ進む' }).click()
    await expect(refund).toContainText('￥1以上￥1,100以下')
    await refund.getByLabel('金額').fill('440')
    await expect(refund.getByRole('table', { name: '帳簿への影響' })).toContainText('￥400')
    await expect(refund).toContainText('この後に返金できる残り：￥660')
    await picture(page, 'refund')
    expect.soft(await violations(page), 'refund').toEqual([])
    await refund.getByRole('button', { name: '署名へ進む' }).click()
    const signing = await vaultWindow(app, '「返金」への署名')
    await expect(signing.locator('dl')).toContainText('440 JPY')
    await expect(signing.locator('dl')).toContainText('一部の品切れ')
    await picture(signing, 'vault')
    await pressLast(signing.getByRole('button', { name: '署名する' }))
    await expect(whole.getByRole('list', { name: '経緯' })).toContainText('￥440を返金')
    await expect(whole.getByText('一部返金', { exact: true })).toBeVisible()
    await expect(books).toContainText('￥400')
    await picture(page, 'refunded')

    // A provider that says another amount moves nothing and asks for a person.
    await screen.create('二枚目', '2000')
    const { payment: second } = await paymentTitled(session, '二枚目')
    shop.paypay.lie(second, 1_800)
    shop.paypay.pay(second)
    await screen.tab('要対応')
    const differs = page.getByRole('article', { name: '金額または通貨の食い違い' })
    await expect(differs).toContainText('￥1,800')
    await picture(page, 'cases')
    expect.soft(await violations(page), 'cases').toEqual([])
    await differs.getByRole('button', { name: '担当する' }).click()
    await expect(differs).toContainText('担当：tanaka')

    // Found, kept under a name, and taken along.
    await screen.tab('一覧')
    const list = page.getByRole('grid', { name: '決済の一覧' })
    await expect(list.getByRole('row', { name: /会員証の発行/ })).toContainText('一部返金')
    await page.getByLabel('番号・件名・メモ・金額で検索').fill('会員証')
    await expect(list.getByRole('row', { name: /二枚目/ })).toHaveCount(0)
    await page.getByRole('button', { name: '保存した条件' }).click()
    await page.getByLabel('この条件の名前').fill('会員証')
    await page.getByRole('button', { name: '保存', exact: true }).click()
    await expect(page.getByRole('button', { name: '保存した条件' })).toContainText('会員証')
    await picture(page, 'list')
    expect.soft(await violations(page), 'list').toEqual([])
    const csv = join(profile, 'payments.csv')
    await chooses(app, csv)
    await page.getByRole('button', { name: 'CSVに書き出す' }).click()
    await expect.poll(() => readIfThere(csv)).toContain('一部返金,PayPay,JPY,1100,1100,440,')

    await screen.tab('概要')
    const today = page.getByRole('region', { name: 'PayPay' })
    // Figures of a day: what was before midnight is none of them.
    const { captures, refunds } = await paymentTitled(session, '会員証の発行')
    await expect(async () => {
      const figures = [
        ['￥1,100', captures[0]?.at],
        ['￥440', refunds[0]?.at],
      ] as const
      for (const [figure, at = 0] of figures) {
        if (dayOf(at) === dayOf(Date.now())) await expect(today).toContainText(figure, { timeout: 2_000 })
      }
    }).toPass()
    await picture(page, 'overview')
    expect.soft(await violations(page), 'overview').toEqual([])
    await screen.tab('手動仕訳')
    await expect(page.getByRole('table', { name: '科目の残高' })).toContainText('￥1,100')
    await picture(page, 'manual')
    expect.soft(await violations(page), 'manual').toEqual([])

    // Readable without the backend, with its age.
    session.close()
    await shop.stop()
    await screen.tab('一覧')
    await expect(page.getByText(/時点のデータです/).first()).toBeVisible()
    await expect(list.getByRole('row', { name: /会員証の発行/ })).toBeVisible()
    await picture(page, 'offline')
  } finally {
    await shop.close()
  }
})
