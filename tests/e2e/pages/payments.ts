import { expect, type Locator, type Page } from '@playwright/test'
import { Shell } from './shell.ts'

/** 決済. */
export class Payments {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  open(): Promise<void> {
    return new Shell(this.page).open('決済')
  }

  async tab(name: string): Promise<void> {
    const tab = this.page.getByRole('tab', { name, exact: true })
    await tab.click()
    await expect(tab).toHaveAttribute('aria-selected', 'true')
  }

  /** Makes a link, of PayPay for yen unless said otherwise, up to its QR code. */
  async create(
    title: string,
    amount: string,
    { provider = 'PayPay', currency = '', authorise = false, rate = 10 } = {},
  ) {
    await this.tab('作成')
    await this.page.getByRole('radio', { name: provider, exact: true }).click()
    if (currency !== '') await this.page.getByLabel('通貨').selectOption({ label: currency })
    await this.page.getByLabel('金額（税込）').fill(amount)
    await this.page.getByLabel('件名', { exact: true }).fill(title)
    await this.page.getByLabel('消費税率').selectOption(String(rate))
    if (provider !== 'Telegram Stars') await this.page.getByRole('checkbox', { name: /与信だけ/ }).setChecked(authorise)
    await this.page.getByRole('button', { name: '作成', exact: true }).click()
    const made = this.page.getByRole('region', { name: '作成した決済' })
    await expect(made).toContainText(title)
    await expect(made.getByRole('img', { name: '支払い用のQRコード' })).toBeVisible()
    return made
  }

  /** The payment's own page, from where it was just made. */
  async details(made: Locator): Promise<Locator> {
    await made.getByRole('button', { name: '詳細を開く' }).click()
    return this.page.getByRole('article', { name: '決済の詳細' })
  }

  /** Asks for an act on a payment's page, and goes on to the vault. */
  async act(
    button: string,
    title: string,
    { amount, reason }: { readonly amount?: string; readonly reason?: string },
    look: (dialog: Locator) => Promise<void> = async () => {},
  ): Promise<void> {
    await this.page
      .getByRole('article', { name: '決済の詳細' })
      .getByRole('button', { name: button, exact: true })
      .click()
    const dialog = this.page.getByRole('dialog', { name: title })
    if (amount !== undefined) await dialog.getByLabel('金額').fill(amount)
    if (reason !== undefined) await dialog.getByLabel('理由').fill(reason)
    await look(dialog)
    await dialog.getByRole('button', { name: '署名へ進む' }).click()
  }
}
