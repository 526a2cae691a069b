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

  /** Makes a link of PayPay for yen, up to its QR code. */
  async create(title: string, yen: string): Promise<Locator> {
    await this.tab('作成')
    await this.page.getByLabel('金額（税込）').fill(yen)
    await this.page.getByLabel('件名', { exact: true }).fill(title)
    await this.page.getByRole('button', { name: '作成', exact: true }).click()
    const made = this.page.getByRole('region', { name: '作成した決済' })
    await expect(made).toContainText(title)
    await expect(made.getByRole('img', { name: '支払い用のQRコード' })).toBeVisible()
    return made
  }
}
