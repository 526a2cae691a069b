import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { type Shop, startShop } from '#tests/fixtures/payments/shop.ts'
import { makeCertificate, startTlsFront, type TlsFront } from '../fixtures/tls-front.ts'
import { expect, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage, question } from './pages/deployments.ts'
import { Payments } from './pages/payments.ts'
import { Shell } from './pages/shell.ts'
import { pressLast } from './pages/vault-window.ts'

/** The books of 決済 over a backend of its own, whose PayPay is a fake that speaks PayPay's protocol. */

let shop: Shop
let front: TlsFront

test.beforeAll(async () => {
  shop = await startShop()
  front = await startTlsFront(shop.address, makeCertificate(shop.directory, 'first'))
})
test.afterAll(async () => {
  await front?.stop()
  await shop?.close()
})

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const shots = process.env['SHOTS']
  if (shots) await page.screenshot({ path: join(shots, `books-${name}.png`) })
}

const japanMs = 9 * 3_600_000
const dayMs = 86_400_000
/** `2026-11-20`, the last day in Japan that is over. */
const yesterday = (): string => new Date(Date.now() + japanMs - dayMs).toISOString().slice(0, 10)

/** PayPay's file of a day, with three sales that nobody here knows, and the webhook that tells of it. */
const sendFile = async (day: string): Promise<void> => {
  const { paypay } = shop
  const headings = paypay.statement().trim()
  const line = (id: string, status: string, at: string, amount: number, ours = '') =>
    [id, paypay.merchantId, '試験店', '', '', '', status, `${day} ${at}`, amount, '', 'PayPay残高', ours, '{}'].join(
      ',',
    )
  const lines = [
    line('04700000000000000101', '取引完了', '10:15:00', 1_200),
    line('04700000000000000102', '取引完了', '18:40:12', 34_500),
    line('04700000000000000103', '返金完了', '19:02:45', -1_200),
    line('04700000000000000104', '取引完了', '20:00:00', 800, 'other-till-17'),
  ]
  const { body, headers } = paypay.file(`${[headings, ...lines].join('\n')}\n`)
  const answer = await fetch(`http://${shop.address}/webhooks/paypay`, {
    method: 'POST',
    headers,
    body: Uint8Array.from(body),
  })
  expect(answer.status).toBe(200)
}

test('a day is closed on demand and its differences settled; then the journal is looked at and written for 弥生会計, on record', async ({
  libral,
}) => {
  const { app, page } = libral
  const shell = new Shell(page)
  await shell.open('設定')
  await page.getByRole('radio', { name: '接続先' }).click()
  const deployments = new DeploymentsPage(page)
  await deployments.add({ name: '東京本番', colour: '赤', addresses: [front.url], code: true })
  await pressLast((await question(app, 'この証明書を信頼しますか')).getByRole('button', { name: '信頼する' }))
  const code = await question(app, '初回の管理者コードの入力')
  await code.getByLabel('コード', { exact: true }).fill(shop.code)
  await code.getByLabel('利用者のID').fill('suzuki')
  await code.getByLabel('名前').fill('鈴木一郎')
  await pressLast(code.getByRole('button', { name: '決定' }))
  const card = deployments.card('東京本番')
  await expect(card).toContainText('接続済み')
  await card.getByRole('button', { name: '東京本番を表示する' }).click()
  await expect(page.locator('header[data-colour="red"]')).toBeVisible()
  await live(page)

  await shell.open('決済')
  const over = yesterday()
  await page.getByRole('tab', { name: '日次締め' }).click()
  await expect(page.getByText('締める日はまだありません')).toBeVisible()

  // PayPay has not sent its file: the day waits, and that is no failure.
  await page.getByLabel('決済サービス').selectOption('paypay')
  const day = await page.getByLabel('日', { exact: true }).inputValue()
  // It may be over midnight now, and just was not.
  expect([over, yesterday()]).toContain(day)
  const slashed = day.replaceAll('-', '/')
  const run = page.getByRole('button', { name: '締めを実行', exact: true })
  await run.click()
  const row = page.getByRole('row').filter({ hasText: slashed }).filter({ hasText: 'PayPay' })
  await expect(row).toContainText('先方の記録待ち')

  await sendFile(slashed)
  await expect(async () => {
    await row.getByRole('button', { name: /の締めを実行|もう一度締める/ }).click()
    await expect(row).toContainText('差異あり', { timeout: 2_000 })
  }).toPass()
  await row.getByRole('button', { name: /の内訳$/ }).click()
  const differences = page.getByRole('table', { name: '差異の一覧' })
  await expect(differences.getByRole('row')).toHaveCount(4)
  const sale = differences.getByRole('row').filter({ hasText: '04700000000000000102' })
  await expect(sale).toContainText('先方だけにある')
  await expect(sale).toContainText('入金 ￥34,500')
  await sale.getByRole('button', { name: /担当する$/ }).click()
  await expect(sale).toContainText('対応中')
  await expect(sale).toContainText('担当：suzuki')
  await sale.getByRole('button', { name: /完了にする$/ }).click()
  const note = page.getByRole('dialog', { name: '完了にする' })
  await note.getByLabel('メモ').fill('他店の売上と確認')
  await note.getByRole('button', { name: '完了にする' }).click()
  await expect(sale.getByText('完了', { exact: true }).first()).toBeVisible()
  await sale.getByText('履歴').click()
  await expect(sale).toContainText('他店の売上と確認')
  await picture(page, 'closing')
  expect(await violations(page)).toEqual([])

  // 仕訳・書き出し: a sale with a sign that Shift_JIS lacks.
  const screen = new Payments(page)
  const made = await screen.create('菓子🎁詰め合わせ', '1,100')
  await made.getByRole('button', { name: '詳細を開く' }).click()
  const whole = page.getByRole('article', { name: '決済の詳細' })
  await expect(whole).toBeVisible()
  shop.paypay.pay(new URL(page.url()).hash.match(/[0-9a-f-]{36}/)?.[0] ?? '')
  await expect(whole.getByText('支払い済み').first()).toBeVisible()
  await screen.tab('仕訳・書き出し')
  await page.getByLabel('会計ソフト', { exact: true }).selectOption('yayoi')
  const [from, to] = [page.getByLabel('開始日'), page.getByLabel('終了日')]
  await expect(from).toHaveValue(/-01$/)
  await expect(to).toHaveValue(/-(28|29|30|31)$/)
  // Days before there was anything; then up to one that the sale can't be after.
  await from.fill('2025-12-01')
  await to.fill('2025-12-31')
  await expect(page.getByText('この期間に仕訳はありません')).toBeVisible()
  await to.fill(new Date(Date.now() + japanMs).toISOString().slice(0, 10))
  const preview = page.getByRole('table', { name: '書き出す内容' })
  await expect(preview).toContainText('課税売上込10%（うち税￥100）')
  await expect(page.getByText('「〓」に置き換えます')).toBeVisible()

  // Sales go to another account from now on: the preview follows.
  await page.getByRole('button', { name: '弥生会計の勘定科目と税区分を変更' }).click()
  const names = page.getByRole('dialog', { name: '弥生会計の勘定科目と税区分' })
  await names.getByRole('group', { name: '売上', exact: true }).getByLabel('勘定科目').fill('ネット売上高')
  await picture(page, 'names')
  expect(await violations(page)).toEqual([])
  await names.getByRole('button', { name: '保存' }).click()
  await expect(names).toBeHidden()
  await expect(preview).toContainText('ネット売上高')

  const file = join(shop.directory, 'yayoi.csv')
  await app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
  }, file)
  await page.getByRole('button', { name: 'ファイルに書き出す' }).click()
  const files = page.getByRole('table', { name: '書き出したファイル' })
  await expect(files).toContainText('弥生会計')
  await expect(page.getByText('二重に取り込まないでください')).toBeVisible()
  await picture(page, 'journal')
  await page.getByRole('button', { name: '残高を検算' }).click()
  await expect(page.getByText('一致しました（仕訳2件、残高3件）')).toBeVisible()
  await picture(page, 'balance')
  expect(await violations(page)).toEqual([])
  await expect.poll(() => readFileSync(file).length).toBeGreaterThan(0)
  const bytes = readFileSync(file)
  const text = new TextDecoder('shift_jis', { fatal: true }).decode(bytes)
  expect(text).toMatch(/^2000,[0-9]+,,[0-9/]{10},売掛金,PayPay,,対象外,1100,,ネット売上高,,,課税売上込10%,1100,100,/)
  expect(text).toContain('PayPay 売上 菓子〓詰め合わせ')
  await expect(files.getByTitle(createHash('sha256').update(bytes).digest('hex'))).toBeVisible()
})
