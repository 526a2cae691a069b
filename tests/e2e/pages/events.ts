import type { Locator, Page } from '@playwright/test'

/** イベント. */
export class EventsPage {
  readonly page: Page
  readonly grid: Locator
  readonly rows: Locator
  readonly search: Locator
  readonly details: Locator
  readonly total: Locator

  constructor(page: Page) {
    this.page = page
    this.grid = page.getByRole('grid', { name: 'イベントの一覧' })
    this.rows = this.grid.locator('[data-key]')
    this.search = page.getByRole('textbox', { name: '内容を検索' })
    this.details = page.getByRole('complementary', { name: 'イベントの詳細' })
    this.total = page.getByRole('status', { name: '件数' })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** Narrows by one value of a list behind a button. */
  async choose(list: string, value: string): Promise<void> {
    await this.button(list).click()
    await this.page.getByRole('dialog', { name: list }).getByRole('checkbox', { name: value }).check()
    await this.page.keyboard.press('Escape')
  }
}
