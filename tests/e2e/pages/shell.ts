import { expect, type Locator, type Page } from '@playwright/test'
import { live } from '../app.ts'

export type PageName =
  | '監視'
  | 'イベント'
  | 'アラート'
  | '承認'
  | '決済'
  | '鍵'
  | '監査'
  | '利用者'
  | 'ポリシー'
  | '設定'
  | '情報'

/** Chooses one of a few and waits until the page shows it as chosen. */
export async function pick(radio: Locator): Promise<void> {
  await radio.click()
  await expect(radio).toBeChecked()
}

/** What stands around every page. */
export class Shell {
  readonly page: Page
  readonly sidebar: Locator
  readonly connection: Locator
  readonly toasts: Locator

  constructor(page: Page) {
    this.page = page
    this.sidebar = page.getByRole('navigation', { name: 'ページ' })
    this.connection = page.locator('header [data-link]')
    this.toasts = page.getByRole('region', { name: '操作の結果' })
  }

  /** Waits until connected, then opens a page through the sidebar. */
  async open(name: PageName): Promise<void> {
    await live(this.page)
    await this.sidebar.getByRole('link', { name: new RegExp(name) }).click()
    await expect(this.page.getByRole('heading', { level: 1, name })).toBeVisible()
  }

  /** Goes to an address inside the app. */
  async goTo(hash: string): Promise<void> {
    await this.page.evaluate((to) => {
      location.hash = to
    }, hash)
  }

  /** The command palette, opened by keyboard. */
  async palette(): Promise<Locator> {
    await this.page.keyboard.press('Control+k')
    const dialog = this.page.getByRole('dialog', { name: 'コマンドパレット' })
    await expect(dialog).toBeVisible()
    return dialog
  }

  /** Chooses what the palette finds first for these words. */
  async command(words: string): Promise<void> {
    const dialog = await this.palette()
    await dialog.getByRole('combobox').fill(words)
    await this.page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
  }
}
