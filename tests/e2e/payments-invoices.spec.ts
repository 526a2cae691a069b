import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { redeemAs } from '#tests/fixtures/client/session.ts'
import { paymentTitled, startShop } from '#tests/fixtures/payments/shop.ts'
import { pdfText } from '#tests/fixtures/pdf-text.ts'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { chooses, joinWithOwnKey, readIfThere } from './pages/own-key.ts'
import { Payments } from './pages/payments.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'

/** 請求書・領収書: issued from a paid payment, on paper, found again, issued once more, and credited after a refund. */

const passphrase = 'kuroshio-no-nagare-42'

const shots = process.env['SHOTS']
/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  if (shots) await page.screenshot({ path: join(shots, `invoices-${name}.png`) })
}
const keepPaper = (file: string, name: string): void => {
  if (shots) writeFileSync(join(shots, `invoices-${name}.pdf`), readFileSync(file))
}

test('a receipt is issued, printed, found, issued again, and reduced by a credit note', async ({ launch }) => {
  const shop = await startShop()
  try {
    const libral = await launch()
    const { app, page, profile } = libral
    const { session } = await redeemAs(shop.address, shop.code, 'suzuki')
    await joinWithOwnKey(libral, session, {
      ...{ operator: 'tanaka', name: '田中花子', email: 'hanako@example.jp', roles: ['administrator'] },
      ...{ passphrase, address: shop.address },
    })
    const year = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 4)

    // Who issues: a wrong number is found before anything is signed.
    const screen = new Payments(page)
    await screen.open()
    await screen.tab('請求書・領収書')
    await expect(page.getByText('請求書・領収書はまだありません')).toBeVisible()
    await page.getByRole('button', { name: '発行者を登録' }).click()
    const issuer = page.getByRole('dialog', { name: '発行者を登録' })
    await issuer.getByLabel('名称').fill('株式会社見本商店')
    await issuer.getByLabel('住所').fill('東京都千代田区霞が関3-1-1')
    await issuer.getByLabel('電話番号').fill('03-0000-0000')
    await issuer.getByLabel('登録番号').fill('T1234567890123')
    await expect(issuer).toContainText('チェックデジットが合いません')
    await picture(page, 'issuer')
    expect.soft(await violations(page), 'issuer').toEqual([])
    await issuer.getByLabel('登録番号').fill('Ｔ７０００-0120-50002')
    await issuer.getByRole('button', { name: '署名へ進む' }).click()
    const signing = await vaultWindow(app, '「請求書・領収書の発行者の登録」への署名')
    await expect(signing.locator('dl')).toContainText('T7000012050002')
    await picture(signing, 'vault')
    await pressLast(signing.getByRole('button', { name: '署名する' }))
    await expect(page.getByRole('region', { name: '発行者' })).toContainText('T7000012050002')

    // Not before it is paid; then from the payment's page.
    const made = await screen.create('会員証の発行', '12,100')
    await made.getByRole('button', { name: '詳細を開く' }).click()
    const panel = page.getByRole('region', { name: '請求書・領収書' })
    const issue = panel.getByRole('button', { name: '領収書を発行' })
    await issue.focus()
    await expect(page.getByRole('tooltip')).toContainText('まだ支払われていないため')
    await page.keyboard.press('Escape')
    shop.paypay.pay((await paymentTitled(session, '会員証の発行')).payment)
    await expect(issue).toHaveAttribute('aria-disabled', 'false')
    await issue.click()
    const receipt = page.getByRole('dialog', { name: '領収書の発行' })
    await receipt.getByRole('button', { name: '発行', exact: true }).click()
    await expect(receipt).toContainText('入力してください')
    await receipt.getByLabel('宛名（取引先）').fill('株式会社国税商事')
    await expect(receipt.getByRole('table', { name: '税率ごとの金額' })).toContainText('￥11,000')
    await picture(page, 'issue')
    expect.soft(await violations(page), 'issue').toEqual([])
    await receipt.getByRole('button', { name: '発行', exact: true }).click()
    const number = panel.getByRole('button', { name: /^RCP-\d{4}-000001を開く$/ })
    await expect(number).toBeVisible()
    await expect(issue).toHaveAttribute('aria-disabled', 'true')
    await number.click()
    const shown = page.getByRole('dialog', { name: /領収書（適格請求書） RCP-/ })
    await expect(shown).toContainText('株式会社国税商事 御中')
    await picture(page, 'document')
    expect.soft(await violations(page), 'document').toEqual([])
    const paper = join(profile, 'receipt.pdf')
    await chooses(app, paper)
    await shown.getByRole('button', { name: 'PDFを保存' }).click()
    await expect.poll(() => existsSync(paper)).toBe(true)
    keepPaper(paper, 'receipt')
    const text = pdfText(readFileSync(paper))
    for (const word of [
      '領収書',
      '株式会社国税商事御中',
      '￥12,100',
      '会員証の発行',
      '10%',
      '￥1,100',
      'T7000012050002',
    ])
      expect(text).toContain(word)
    expect(text).not.toContain('再発行')

    // Issued again to the right name: marked, the old one stays.
    await shown.getByRole('button', { name: '再発行', exact: true }).click()
    const again = page.getByRole('dialog', { name: /の再発行$/ })
    await again.getByLabel('宛名（取引先）').fill('株式会社国税商事 本店')
    await again.getByLabel('再発行の理由').fill('宛名の誤り')
    await again.getByRole('button', { name: '再発行', exact: true }).click()
    await expect(shown).toContainText('この版は旧版です')
    await shown.getByRole('button', { name: '第2版' }).click()
    await expect(shown).toContainText('株式会社国税商事 本店 御中')
    const second = join(profile, 'again.pdf')
    await chooses(app, second)
    await shown.getByRole('button', { name: 'PDFを保存' }).click()
    await expect.poll(() => existsSync(second)).toBe(true)
    keepPaper(second, 'again')
    expect(pdfText(readFileSync(second))).toContain('再発行')
    await shown.getByRole('button', { name: '閉じる' }).click()

    // A refund asks for a credit note.
    await page.getByRole('button', { name: '返金', exact: true }).click()
    const refund = page.getByRole('dialog', { name: '返金' })
    await refund.getByLabel('金額').fill('11000')
    await refund.getByLabel('理由').fill('返品')
    await refund.getByRole('button', { name: '署名へ進む' }).click()
    const refunding = await vaultWindow(app, '「返金」への署名')
    await pressLast(refunding.getByRole('button', { name: '署名する' }))
    await expect(panel).toContainText('￥11,000の返金に、返還請求書の発行が必要です')
    await picture(page, 'due')
    expect.soft(await violations(page), 'due').toEqual([])
    await panel.getByRole('button', { name: '返還請求書を発行' }).click()
    const credit = page.getByRole('dialog', { name: '返還請求書の発行' })
    await credit.getByLabel('返金の理由').fill('返品のため')
    await credit.getByRole('button', { name: '発行', exact: true }).click()
    const note = panel.getByRole('button', { name: /^CRN-\d{4}-000001を開く$/ })
    await expect(note).toBeVisible()
    await expect(panel).not.toContainText('返還請求書の発行が必要です')

    // Found by day, amount and counterparty together; and on paper from there.
    await screen.tab('請求書・領収書')
    const list = page.getByRole('grid', { name: '請求書・領収書の一覧' })
    await expect(list.getByRole('row')).toHaveCount(3)
    await page.getByLabel('金額（以上）').fill('12,000')
    await page.getByLabel('金額（以下）').fill('13000')
    await page.getByLabel('番号・取引先で検索').fill('国税')
    await page.getByLabel('取引日（から）').fill(`${year}-01-01`)
    await expect(list.getByRole('row')).toHaveCount(2)
    await expect(list.getByRole('row', { name: /RCP-/ })).toContainText('再発行（1回目）')
    await picture(page, 'list')
    expect.soft(await violations(page), 'list').toEqual([])
    const csv = join(profile, 'invoices.csv')
    await chooses(app, csv)
    await page.getByRole('button', { name: 'CSVに書き出す' }).click()
    await expect.poll(() => readIfThere(csv)).toContain('株式会社国税商事 本店,12100,領収書,RCP-')
    await page.getByLabel('旧版も表示').check()
    await expect(list.getByRole('row')).toHaveCount(3)
    await page.getByRole('button', { name: '条件を解除' }).click()
    await expect(list.getByRole('row')).toHaveCount(4)
    await picture(page, 'all')

    // One paper over two payments of one buyer, at two rates: each line, and the tax of each rate rounded once.
    for (const [title, amount, rate] of [
      ['コーヒー豆 200g', '1,480', 8],
      ['マグカップ', '2,200', 10],
    ] as const) {
      const sold = await screen.create(title, amount, { provider: 'PayPal', rate })
      shop.paypal.approve((await paymentTitled(session, title)).payment)
      await expect(sold.getByText('支払い済み')).toBeVisible()
    }
    await page.getByRole('button', { name: '詳細を開く' }).click()
    await panel.getByRole('button', { name: '請求書を発行' }).click()
    const both = page.getByRole('dialog', { name: '請求書の発行' })
    await both.getByLabel('宛名（取引先）').fill('株式会社国税商事')
    await both.getByRole('checkbox', { name: /コーヒー豆 200g/ }).check()
    await expect(both.getByRole('table', { name: '税率ごとの金額' })).toContainText('￥1,371')
    await picture(page, 'two-rates')
    await both.getByRole('button', { name: '発行', exact: true }).click()
    await panel.getByRole('button', { name: /^INV-\d{4}-000001を開く$/ }).click()
    const twoRates = page.getByRole('dialog', { name: /適格請求書 INV-/ })
    const fourth = join(profile, 'two-rates.pdf')
    await chooses(app, fourth)
    await twoRates.getByRole('button', { name: 'PDFを保存' }).click()
    await expect.poll(() => existsSync(fourth)).toBe(true)
    keepPaper(fourth, 'two-rates')
    const printed = pdfText(readFileSync(fourth))
    for (const word of [
      ...['適格請求書', '株式会社国税商事御中', 'T7000012050002', '￥3,680'],
      ...['コーヒー豆200g※8%（軽減）￥1,480', 'マグカップ10%￥2,200', '※は軽減税率（8%）の対象です。'],
      ...['10%￥2,200￥2,000￥200', '8%（軽減）￥1,480￥1,371￥109', '合計￥3,680￥3,371￥309'],
    ])
      expect.soft(printed).toContain(word)
    await twoRates.getByRole('button', { name: '閉じる' }).click()
    await screen.tab('請求書・領収書')

    // Offline as well.
    session.close()
    await shop.stop()
    await expect(page.getByText(/時点のデータです/).first()).toBeVisible()
    await list.getByRole('row', { name: /CRN-/ }).dblclick()
    const credited = page.getByRole('dialog', { name: /適格返還請求書 CRN-/ })
    const third = join(profile, 'credit.pdf')
    await chooses(app, third)
    await credited.getByRole('button', { name: 'PDFを保存' }).click()
    await expect.poll(() => existsSync(third)).toBe(true)
    expect(pdfText(readFileSync(third))).toContain('返還請求書')
    keepPaper(third, 'credit')
  } finally {
    await shop.close()
  }
})
