import { createServer } from 'node:net'
import type { Page } from '@playwright/test'
import { startFakePayPay } from '#backend/demo/providers/paypay.ts'
import { expect, live, test } from './app.ts'
import { violations } from './axe.ts'
import { question } from './pages/deployments.ts'
import { Keys } from './pages/keys.ts'
import { Shell } from './pages/shell.ts'
import { pressLast } from './pages/vault-window.ts'
import { call, tapPort } from './port.ts'

const passphrase = 'kuroshio-no-nagare-42'

const freePort = async (): Promise<number> => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const bound = holder.address()
  await new Promise((resolve) => holder.close(resolve))
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

test('a provider is set up with keys that no page sees, tested in plain words, and what it sends is looked through', async ({
  libral: { app, page },
}) => {
  const fake = await startFakePayPay()
  try {
    const keys = new Keys(app, page)
    await live(page)
    await tapPort(page)
    await live(page)
    const port = await freePort()
    expect(await call(page, 'settings/change', { httpPort: port })).toMatchObject({ ok: true })
    const webhook = (body: string) =>
      fetch(`http://127.0.0.1:${port}/webhooks/paypay`, { method: 'POST', body }).then(
        ({ status }) => status,
        () => 0,
      )
    // Before there are settings it waits; the backend is started anew for its port meanwhile.
    await expect.poll(() => webhook('this is no webhook')).toBe(200)
    await live(page)

    await new Shell(page).open('決済')
    await page.getByRole('tab', { name: '受信箱' }).click()
    const inbox = page.getByRole('table', { name: '受信した内容' })
    await expect(inbox.getByRole('row', { name: /受信済み/ })).toHaveCount(1)

    await page.getByRole('tab', { name: '接続' }).click()
    const panel = page.getByRole('region', { name: /^PayPay/ })
    await expect(panel).toContainText('未設定')
    expect(await violations(page)).toEqual([])
    await panel.getByRole('button', { name: '設定する' }).click()
    const form = page.getByRole('dialog', { name: 'PayPayへの接続' })
    await form.getByText('そのほか', { exact: true }).click()
    await form.getByLabel('接続先').last().fill(fake.server.address)
    await form.getByLabel('加盟店ID（Merchant ID）（必須）').fill(fake.merchantId)
    await expect(form.getByRole('button', { name: '署名して保存' })).toBeDisabled()

    const enter = async (key: string, secret: string): Promise<void> => {
      await form.getByRole('button', { name: '鍵を入力する…' }).click()
      const window = await question(app, '決済サービスの鍵の入力')
      await expect(window.locator('dl')).toContainText(fake.server.address)
      await window.locator('#apiKey').fill(key)
      await window.locator('#apiSecret').fill(secret)
      await pressLast(window.getByRole('button', { name: '決定' }))
    }
    await enter(fake.key, 'a-secret-that-is-wrong-0000')
    await expect(form).toContainText('入力しました（…0000）')
    await form.getByRole('button', { name: '接続テスト' }).click()
    await expect(form.getByRole('status').filter({ hasText: '鍵が違います' })).toBeVisible()
    await enter(fake.key, fake.secret)
    await form.getByRole('button', { name: '接続テスト' }).click()
    await expect(form.getByRole('status').filter({ hasText: 'つながりました' })).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(fake.secret)
    expect(await violations(page)).toEqual([])

    await form.getByRole('button', { name: '署名して保存' }).click()
    await keys.prepareAndSign('決済サービスへの接続の変更', passphrase)
    await expect(form).toHaveCount(0)
    await expect(panel).toContainText('APIキーシークレット設定済み')
    await expect(panel.getByRole('button', { name: '設定を変える' })).toBeVisible()
    await panel.getByRole('button', { name: '接続テスト' }).click()
    await expect(panel.getByRole('status').filter({ hasText: 'つながりました' })).toBeVisible()

    // What waited is judged now; what is about no payment of ours is refused, and stays to be seen.
    expect(
      await webhook(JSON.stringify({ notification_type: 'Transaction', order_id: '0123456789', state: 'COMPLETED' })),
    ).toBe(200)
    await page.getByRole('tab', { name: '受信箱' }).click()
    await expect(inbox.getByRole('row', { name: /拒否/ })).toHaveCount(2)
    const stranger = inbox.getByRole('row', { name: /Transaction COMPLETED/ })
    await expect(stranger).toContainText('拒否：決済の番号')
    await expect(inbox.getByRole('row', { name: /不明/ })).toContainText('拒否：内容')
    await stranger.getByRole('button').click()
    await looksThrough(page)
  } finally {
    await fake.close()
  }
})

const looksThrough = async (page: Page): Promise<void> => {
  const dialog = page.getByRole('dialog', { name: /^PayPay/ })
  const steps = dialog.getByRole('region', { name: '検証の結果' })
  await expect(steps.getByRole('listitem')).toHaveText([
    /^合格大きさ/,
    /^合格内容/,
    /^合格ファイルの場所/,
    /^不合格決済の番号どの決済の知らせか、わかりません$/,
    /^未確認問い合わせで確認/,
  ])
  expect(await violations(page)).toEqual([])
  // The administrator of this machine is no custodian.
  await expect(dialog).toContainText('鍵管理者だけが読めます')
  await dialog.getByRole('button', { name: '処理し直す' }).click()
  await expect(page.getByText('処理し直します', { exact: true })).toBeVisible()
  await expect(steps).toContainText('不合格')
}
