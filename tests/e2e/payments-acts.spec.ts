import { join } from 'node:path'
import type { ElectronApplication, Locator, Page } from '@playwright/test'
import { type ProposalRow, proposals } from '#protocol/approvals.ts'
import { registerCertificate } from '#protocol/certificates.ts'
import { refundPayment } from '#protocol/payments-commands.ts'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { addCustodian } from '#protocol/sealed.ts'
import { registerOperator } from '#protocol/session.ts'
import { otherDesk } from '#tests/fixtures/approvals/other-desk.ts'
import { factsOf } from '#tests/fixtures/client/certified.ts'
import { keyOf } from '#tests/fixtures/client/own-key.ts'
import { redeemAs, type Session } from '#tests/fixtures/client/session.ts'
import { paymentTitled, type Shop, startShop } from '#tests/fixtures/payments/shop.ts'
import { expect, type Libral, test } from './app.ts'
import { violations } from './axe.ts'
import { Keys } from './pages/keys.ts'
import { catchNotifications } from './pages/notifications.ts'
import { joinWithOwnKey } from './pages/own-key.ts'
import { Payments } from './pages/payments.ts'
import { shownIn } from './pages/sealed.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'

/** What operators do with payments of all three providers, each a fake that speaks its real protocol. */

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const shots = process.env['SHOTS']
  if (shots) await page.screenshot({ path: join(shots, `acts-${name}.png`) })
}

/** What a test's steps are done with. */
interface Desk extends Pick<Shop, 'paypay' | 'paypal' | 'telegram'> {
  readonly app: ElectronApplication
  readonly page: Page
  readonly keys: Keys
  readonly screen: Payments
  /** The other operator, at a desktop without a window. */
  readonly suzuki: ReturnType<typeof otherDesk>
  readonly session: Session
  /** Of the payment with this title. */
  rowOf(title: string): Promise<PaymentRow>
  /** Its buyer pays by PayPay, which tells of it at once. */
  buys(title: string): Promise<void>
}

const deskOf = async (libral: Libral, shop: Shop): Promise<Desk> => {
  const { app, page } = libral
  const { session } = await redeemAs(shop.address, shop.code, 'suzuki')
  const fingerprint = await joinWithOwnKey(libral, session, {
    ...{ operator: 'tanaka', name: '田中花子', email: 'hanako@example.jp', roles: ['administrator', 'custodian'] },
    ...{ passphrase: 'kuroshio-no-nagare-42', address: shop.address },
  })
  const suzuki = otherDesk(session, await keyOf('suzuki'))
  // Two custodians: from now on buyers are sealed.
  const sato = await factsOf(await keyOf('sato'))
  await suzuki.act(registerOperator, { operator: 'sato', name: '佐藤一郎', roles: ['custodian'] })
  await suzuki.act(registerCertificate, { ...sato, operator: 'sato', proof: null } as never)
  await suzuki.act(addCustodian, { class: 'personal', custodian: 'tanaka', fingerprint })
  await suzuki.act(addCustodian, { class: 'personal', custodian: 'sato', fingerprint: sato.fingerprint })
  const screen = new Payments(page)
  await screen.open()
  const rowOf: Desk['rowOf'] = (title) => paymentTitled(session, title)
  return {
    ...{ ...shop, app, page, keys: new Keys(app, page), screen, suzuki, session, rowOf },
    buys: async (title) => {
      shop.paypay.pay((await rowOf(title)).payment)
      const { headers = {}, body = Buffer.alloc(0) } = shop.paypay.webhooks.at(-1) ?? {}
      const address = `http://${shop.address}/webhooks/paypay`
      const { status } = await fetch(address, { method: 'POST', headers, body: Uint8Array.from(body) })
      expect(status).toBe(200)
    },
  }
}

const story = (whole: Locator): Locator => whole.getByRole('list', { name: '経緯' })

/** 売上確定: of what was reserved a part is taken. */
const captures = async ({ screen, keys, page, buys }: Desk): Promise<void> => {
  const made = await screen.create('予約の手付金', '3300', { authorise: true })
  await buys('予約の手付金')
  await expect(made.getByText('売上確定前')).toBeVisible()
  const whole = await screen.details(made)
  await screen.act('売上確定', '売上の確定', { amount: '3000' }, async (dialog) => {
    await expect(dialog).toContainText('売上として確定し、購入者に請求します')
    await expect(dialog.getByRole('table', { name: '帳簿への影響' })).toContainText('与信の解放')
    await picture(page, 'capture')
  })
  await keys.sign('与信の売上確定', async (window) => expect(window.locator('dl')).toContainText('3,000 JPY'))
  await expect(story(whole)).toContainText('￥3,000の支払い')
  await expect(whole.getByText('支払い済み', { exact: true })).toBeVisible()
}

/** 取り消し of what was paid: the buyer gets all of it back, and it says so. */
const cancels = async ({ screen, keys, page, buys }: Desk): Promise<void> => {
  const made = await screen.create('取り違えた注文', '2200')
  await buys('取り違えた注文')
  await expect(made.getByText('支払い済み')).toBeVisible()
  const whole = await screen.details(made)
  await screen.act('取り消し', '決済の取り消し', { reason: '商品の取り違え' }, async (dialog) => {
    await expect(dialog).toContainText('支払いを取り消し、購入者に全額を返します。')
    await expect(dialog).not.toContainText('購入者に請求します')
    await expect(dialog.getByRole('table', { name: '帳簿への影響' })).toContainText('￥2,000')
    await picture(page, 'cancel')
    expect.soft(await violations(page), 'cancel').toEqual([])
  })
  await keys.sign('決済の取り消し', async (window) => {
    await expect(window.locator('dl')).toContainText('本日の売上')
    await expect(window.locator('dl')).toContainText('2,200 JPY')
  })
  await expect(whole.getByText('返金済み', { exact: true })).toBeVisible()
  await expect(story(whole)).toContainText('￥2,200を返金')
  await picture(page, 'cancelled')
}

/** Above the policy's amount: each of the two asks for half of it, and the other approves. */
const approves = async (desk: Desk): Promise<void> => {
  const { screen, keys, page, app, rowOf, buys, suzuki, session } = desk
  const made = await screen.create('法人の年会費', '300000')
  await buys('法人の年会費')
  await expect(made.getByText('支払い済み')).toBeVisible()
  const whole = await screen.details(made)
  await screen.act('返金', '返金', { amount: '150000', reason: '重複した請求' })
  await keys.sign('返金')
  const offer = page.getByRole('dialog', { name: '承認を依頼' })
  await expect(offer).toContainText('150,000 JPY')
  await picture(page, 'propose')
  await offer.getByRole('button', { name: '承認を依頼' }).click()
  const mine = page.getByRole('region', { name: /あなたの依頼/ }).getByRole('article')
  await expect(mine).toContainText('承認 0／1')
  const { rows } = await session.api.history.rows({ collection: proposals.name, before: null, limit: 20 })
  const asked = (rows as readonly unknown[] as readonly ProposalRow[]).find(({ state }) => state === 'open')
  if (!asked) throw new Error('nothing was proposed')
  await suzuki.approve(asked.proposed)
  await expect(mine).toBeHidden()

  const { payment, captures: taken } = await rowOf('法人の年会費')
  await expect.poll(async () => (await rowOf('法人の年会費')).sums.refunded).toBe('150000')
  await suzuki.propose(refundPayment, {
    ...{ payment, capture: taken[0]?.id ?? '', amount: { currency: 'JPY', minor: '150000' } },
    ...{ left: '150000', reason: '解約のため' },
  })
  const card = page.getByRole('article', { name: /suzukiの依頼/ })
  await expect(card).toContainText('150,000 JPY')
  await card.getByRole('button', { name: '承認…' }).click()
  const confirm = await vaultWindow(app, '承認の署名')
  await expect(confirm.locator('dl')).toContainText('解約のため')
  await pressLast(confirm.getByRole('button', { name: '署名', exact: false }))
  await expect(card).toContainText('実行済み')
  await page.evaluate((id) => {
    location.hash = `#/payments/${id}`
  }, payment)
  await expect(whole.getByText('返金済み', { exact: true })).toBeVisible()
  await expect(story(whole).getByText('￥150,000を返金', { exact: false })).toHaveCount(2)
}

/** 手動仕訳, in the words that stand on the page. */
const posts = async ({ screen, keys, page }: Desk): Promise<void> => {
  await whole(page).getByRole('button', { name: '一覧に戻る' }).click()
  await screen.tab('手動仕訳')
  await page.getByLabel('金額', { exact: true }).fill('5000')
  await page.getByLabel('理由').fill('11月分の入金')
  await page.getByRole('button', { name: '署名へ進む' }).click()
  await keys.sign('手動の仕訳', async (window) => {
    await expect(window.locator('dl')).toContainText('銀行口座')
    await expect(window.locator('dl')).toContainText('決済サービスへの未収金（PayPay）')
    await expect(window.locator('dl')).toContainText('5,000 JPY')
    await picture(window, 'entry')
  })
  const balances = page.getByRole('table', { name: '科目の残高' })
  await expect(balances.getByRole('row', { name: /銀行口座/ })).toContainText('借方 ￥5,000')
  await expect(page.getByLabel('金額', { exact: true })).toHaveValue('')
}
const whole = (page: Page): Locator => page.getByRole('article', { name: '決済の詳細' })

/** Notifications of a difference and a failure, the first of which leads to its payment. */
const notifies = async ({ screen, app, page, paypay, rowOf, buys }: Desk): Promise<void> => {
  const { shown, click } = await catchNotifications(app)
  await screen.create('金額の合わない注文', '2000')
  const { payment } = await rowOf('金額の合わない注文')
  paypay.lie(payment, 1_800)
  await buys('金額の合わない注文')
  await expect.poll(shown).toEqual(['店舗: 決済の記録に食い違いがあります：PayPay　金額の合わない注文'])
  await screen.create('断られた注文', '900')
  paypay.fail((await rowOf('断られた注文')).payment)
  await expect.poll(shown).toContain('店舗: 決済に失敗しました：PayPay　断られた注文')
  await click('金額の合わない注文')
  await expect(whole(page)).toContainText('金額の合わない注文')
  await expect(story(whole(page))).toContainText('金額または通貨の食い違い')
  await whole(page).getByRole('button', { name: '一覧に戻る' }).click()
}

/** PayPal: approved by its buyer, captured by us, refunded in part; and who the buyer is, for custodians alone. */
const paypals = async ({ screen, keys, app, page, paypal, rowOf }: Desk): Promise<void> => {
  const made = await screen.create('海外向けの講座', '25.00', { provider: 'PayPal', currency: '米ドル' })
  await expect(made).toContainText('PayPalにログインして支払います')
  paypal.approve((await rowOf('海外向けの講座')).payment)
  await expect(made.getByText('支払い済み')).toBeVisible()
  await screen.details(made)
  await screen.act('返金', '返金', { amount: '10.00', reason: '一部の欠席' }, async (dialog) => {
    await expect(dialog).toContainText('この後に返金できる残り：$15.00')
  })
  await keys.sign('返金', async (window) => expect(window.locator('dl')).toContainText('10.00 USD'))
  await expect(story(whole(page))).toContainText('$10.00を返金')
  await expect(whole(page).getByText('一部返金', { exact: true })).toBeVisible()

  const buyer = page.getByRole('region', { name: '購入者', exact: true })
  await expect(buyer).toContainText('封印されています')
  await picture(page, 'paypal')
  const asks = await keys.window(() => buyer.getByRole('button', { name: '封印を開く' }).click())
  await expect(asks.locator('h1')).toHaveText('「封印を開く」への署名')
  await expect(asks.locator('dl')).toContainText('PayPal')
  await asks.getByLabel('開く理由').fill('返金の連絡のため')
  const [shown] = await Promise.all([
    app.waitForEvent('window'),
    pressLast(asks.getByRole('button', { name: '署名して開く' })),
  ])
  await shown.locator('dl').waitFor()
  const text = await shownIn(shown)
  for (const value of ['buyer@example.org', 'PAYER1']) expect(text).toContain(value)
  await picture(shown, 'buyer')
  expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain('buyer@example.org')
  await pressLast(shown.getByRole('button', { name: '閉じる' }))
  await whole(page).getByRole('button', { name: '一覧に戻る' }).click()
}

/** Telegram Stars without any address of ours: asked for, answered before its buyer pays, refunded as a whole alone. */
const stars = async ({ screen, keys, page, telegram, rowOf }: Desk): Promise<void> => {
  const made = await screen.create('限定スタンプ', '50', { provider: 'Telegram Stars' })
  expect(await telegram.pay((await rowOf('限定スタンプ')).payment)).toBe('paid')
  await expect(made.getByText('支払い済み')).toBeVisible()
  expect(telegram.webhook).toBeNull()
  await screen.details(made)
  const cancel = whole(page).getByRole('button', { name: '取り消し', exact: true })
  await cancel.focus()
  await expect(page.getByRole('tooltip')).toContainText('この状態の決済を取り消せません')
  await page.keyboard.press('Escape')
  await screen.act('返金', '返金', { reason: '内容の違い' }, async (dialog) => {
    await expect(dialog).toContainText('50 Stars')
    await expect(dialog).toContainText('この決済サービスでは、全額だけを返金できます。')
    await expect(dialog.getByLabel('金額')).toHaveCount(0)
    await picture(page, 'stars')
  })
  await keys.sign('返金', async (window) => expect(window.locator('dl')).toContainText('50 XTR'))
  await expect(whole(page).getByText('返金済み', { exact: true })).toBeVisible()
  await expect(story(whole(page))).toContainText('50 Starsを返金')
  // Nobody pays twice by one link.
  expect(await telegram.pay((await rowOf('限定スタンプ')).payment)).toBe('refused')
}

test('operators capture, cancel, refund by two, post, open a buyer and are notified, over PayPay, PayPal and Stars', async ({
  launch,
}) => {
  const shop = await startShop()
  try {
    const desk = await deskOf(await launch(), shop)
    await captures(desk)
    await cancels(desk)
    await approves(desk)
    await posts(desk)
    await notifies(desk)
    await paypals(desk)
    await stars(desk)
    desk.session.close()
  } finally {
    await shop.close()
  }
})
