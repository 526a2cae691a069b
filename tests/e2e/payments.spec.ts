import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { registerCertificate } from '#protocol/certificates.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { registerOperator } from '#protocol/session.ts'
import { startFakePayPay } from '#tests/fakes/payments/paypay.ts'
import { redeemAs } from '#tests/fixtures/client/session.ts'
import { readCertificate } from '#trust/openpgp/certificate.ts'
import { makePlace, startStandalone } from '../integration/transport/standalone-process.ts'
import { expect, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage } from './pages/deployments.ts'
import { Keys } from './pages/keys.ts'
import { Payments } from './pages/payments.ts'
import { Shell } from './pages/shell.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
const dearmored = (text: string): Uint8Array => {
  const body = text.split(/\r?\n\r?\n/)[1]?.split(/\r?\n[=-]/)[0] ?? ''
  return Uint8Array.from(Buffer.from(body.replaceAll(/\s/g, ''), 'base64'))
}

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folderOfShots = process.env['SHOTS']
  if (folderOfShots) await page.screenshot({ path: join(folderOfShots, `payments-${name}.png`) })
}

test('a payment is made, seen being paid, refunded in part by a signature, and told by its books', async ({
  launch,
}) => {
  const place = await makePlace()
  const paypay = await startFakePayPay()
  const settings = join(place.directory, 'payments.json')
  writeFileSync(
    settings,
    JSON.stringify({
      paypay: {
        baseAddress: paypay.server.address,
        values: { merchantId: paypay.merchantId },
        secrets: { apiKey: paypay.key, apiSecret: paypay.secret },
      },
    }),
  )
  chmodSync(settings, 0o600)
  const backend = await startStandalone(place.directory, ['--listen', '127.0.0.1:0'], {
    LIBRAL_PAYMENTS_FILE: settings,
  })
  try {
    // An operator with a key of their own, registered by the deployment's administrator.
    const { app, page, profile } = await launch()
    const keys = new Keys(app, page)
    await keys.setUp(passphrase)
    const details = await keys.create('田中花子', 'hanako@example.jp')
    const file = join(profile, 'tanaka.pgp')
    await chooses(app, file)
    const v6 = details.getByRole('region', { name: 'v6（RFC 9580）' })
    await v6.getByRole('button', { name: '証明書を保存', exact: true }).click()
    await expect.poll(() => readIfThere(file)).toContain('BEGIN PGP PUBLIC KEY')
    await details.getByRole('button', { name: '閉じる' }).last().click()
    const { session } = await redeemAs(backend.address, backend.code, 'suzuki')
    const tanaka = { operator: 'tanaka', name: '田中花子', roles: ['administrator'] }
    await session.api.command.submit(await session.own.sign(registerOperator, tanaka))
    const facts = await readCertificate(dearmored(readFileSync(file, 'utf8')), Date.now())
    const registered = { ...facts, operator: 'tanaka', proof: null } as never
    await session.api.command.submit(await session.own.sign(registerCertificate, registered))
    const rows = async (): Promise<readonly PaymentRow[]> => {
      const read = await session.api.history.rows({ collection: payments.name, before: null, limit: 20 })
      return read.rows as readonly unknown[] as readonly PaymentRow[]
    }
    const idOf = async (title: string): Promise<string> =>
      (await rows()).find((row) => row.title === title)?.payment ?? ''

    await new Shell(page).open('設定')
    await page.getByRole('radio', { name: '接続先' }).click()
    await page.getByRole('button', { name: '接続先を追加' }).click()
    const form = page.getByRole('dialog', { name: '接続先の追加' })
    await form.getByLabel('名前').fill('店舗')
    await form.getByRole('radio', { name: '青', exact: true }).click()
    await form.getByLabel('アドレス').fill(`ws://${backend.address}`)
    await form.getByRole('radio', { name: '自分の鍵' }).click()
    await form.getByLabel('利用者のID').fill('tanaka')
    await form.getByLabel('鍵', { exact: true }).selectOption({ index: 1 })
    await form.getByRole('button', { name: '接続して追加' }).click()
    const signIn = await vaultWindow(app, '鍵でサインイン')
    await pressLast(signIn.getByRole('button', { name: '署名してサインイン' }))
    const deployments = new DeploymentsPage(page)
    await expect(deployments.card('店舗')).toContainText('接続済み')
    await deployments.card('店舗').getByRole('button', { name: '店舗を表示する' }).click()
    await expect(page.locator('header[data-colour="blue"]')).toBeVisible()
    await live(page)

    const screen = new Payments(page)
    await screen.open()
    await expect(page.getByText('決済はまだありません')).toBeVisible()
    await picture(page, 'empty')

    // Made, and seen being paid.
    const made = await screen.create('会員証の発行', '1,100')
    await picture(page, 'create')
    expect.soft(await violations(page), 'create').toEqual([])
    paypay.pay(await idOf('会員証の発行'))
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
    const second = await idOf('二枚目')
    paypay.lie(second, 1_800)
    paypay.pay(second)
    await screen.tab('要対応')
    const differs = page.getByRole('article', { name: '金額または通貨の食い違い' })
    await expect(differs).toContainText('1,800 JPY')
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
    const today = page.getByRole('region', { name: 'PayPay JPY' })
    await expect(today).toContainText('￥1,100')
    await expect(today).toContainText('￥440')
    await picture(page, 'overview')
    expect.soft(await violations(page), 'overview').toEqual([])
    await screen.tab('手動仕訳')
    await expect(page.getByRole('table', { name: '科目の残高' })).toContainText('￥1,100')
    await picture(page, 'manual')
    expect.soft(await violations(page), 'manual').toEqual([])

    // Readable without the backend, with its age.
    session.close()
    backend.process.kill('SIGTERM')
    await backend.exited
    await screen.tab('一覧')
    await expect(page.getByText(/時点のデータです/).first()).toBeVisible()
    await expect(list.getByRole('row', { name: /会員証の発行/ })).toBeVisible()
    await picture(page, 'offline')
  } finally {
    backend.process.kill('SIGTERM')
    await backend.exited
    await paypay.close()
    await place.remove()
  }
})
