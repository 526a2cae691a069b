import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { type FakePayPay, startFakePayPay, toShiftJis } from '../fakes/payments/paypay.ts'
import { makeCertificate, startTlsFront, type TlsFront } from '../fixtures/tls-front.ts'
import { type StandaloneProcess, startStandalone } from '../integration/transport/standalone-process.ts'
import { expect, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage, question } from './pages/deployments.ts'
import { Shell } from './pages/shell.ts'
import { pressLast } from './pages/vault-window.ts'

/** The books of 決済 over a backend of its own, whose PayPay is a fake that speaks PayPay's protocol. */

let folder: string
let paypay: FakePayPay
let backend: StandaloneProcess
let front: TlsFront

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lt-'))
  paypay = await startFakePayPay()
  const settings = join(folder, 'payments.json')
  const { address } = paypay.server
  const values = { merchantId: paypay.merchantId, fileOrigins: address }
  const secrets = { apiKey: paypay.key, apiSecret: paypay.secret }
  writeFileSync(settings, JSON.stringify({ paypay: { baseAddress: address, values, secrets } }), { mode: 0o600 })
  const listen = ['--listen', '127.0.0.1:0']
  backend = await startStandalone(join(folder, 'backend'), listen, { LIBRAL_PAYMENTS_FILE: settings })
  front = await startTlsFront(backend.address, makeCertificate(folder, 'first'))
})
test.afterAll(async () => {
  await front?.stop()
  backend?.process.kill('SIGTERM')
  await backend?.exited
  await paypay?.close()
  rmSync(folder, { recursive: true, force: true })
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

/** PayPay's file of yesterday, with three sales that nobody here knows, and the webhook that tells of it. */
const sendFile = async (): Promise<void> => {
  const headings = paypay.statement().trim()
  const day = yesterday().replaceAll('-', '/')
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
  const { body, headers } = paypay.file(toShiftJis(`${[headings, ...lines].join('\n')}\n`))
  const answer = await fetch(`http://${backend.address}/webhooks/paypay`, {
    method: 'POST',
    headers,
    body: Uint8Array.from(body),
  })
  expect(answer.status).toBe(200)
}

test('a day is closed on demand, its differences are taken and settled, and what a later look finds gone is closed by itself', async ({
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
  await code.getByLabel('コード', { exact: true }).fill(backend.code ?? '')
  await code.getByLabel('利用者のID').fill('suzuki')
  await code.getByLabel('名前').fill('鈴木一郎')
  await pressLast(code.getByRole('button', { name: '決定' }))
  const card = deployments.card('東京本番')
  await expect(card).toContainText('接続済み')
  await card.getByRole('button', { name: '東京本番を表示する' }).click()
  await expect(page.locator('header[data-colour="red"]')).toBeVisible()
  await live(page)

  await shell.open('決済')
  await page.getByRole('tab', { name: '日次締め' }).click()
  await expect(page.getByText('締める日はまだありません')).toBeVisible()

  // PayPay has not sent its file: the day waits, and that is no failure.
  await page.getByLabel('決済サービス').selectOption('paypay')
  await expect(page.getByLabel('日', { exact: true })).toHaveValue(yesterday())
  const run = page.getByRole('button', { name: '締めを実行', exact: true })
  await run.click()
  const row = page.getByRole('row').filter({ hasText: 'PayPay' })
  await expect(row).toContainText('先方の記録待ち')

  await sendFile()
  await expect(async () => {
    await row.getByRole('button', { name: /の締めを実行|もう一度締める/ }).click()
    await expect(row).toContainText('差異あり', { timeout: 2_000 })
  }).toPass()
  await row.getByRole('button', { name: /の内訳$/ }).click()
  const differences = page.getByRole('table', { name: '差異の一覧' })
  await expect(differences.getByRole('row')).toHaveCount(4)
  const sale = differences.getByRole('row').filter({ hasText: '04700000000000000102' })
  await expect(sale).toContainText('先方だけにある')
  await expect(sale).toContainText('34,500 JPY')
  await sale.getByRole('button', { name: /を引き受ける$/ }).click()
  await expect(sale).toContainText('対応中（suzuki）')
  await sale.getByRole('button', { name: /を完了にする$/ }).click()
  const note = page.getByRole('dialog', { name: '差異を完了にする' })
  await note.getByLabel('メモ').fill('他店の売上と確認')
  await note.getByRole('button', { name: '完了にする' }).click()
  await expect(sale).toContainText('完了（suzuki）')
  await sale.getByText('経過').click()
  await expect(sale).toContainText('他店の売上と確認')
  await picture(page, 'closing')
  expect(await violations(page)).toEqual([])
})
