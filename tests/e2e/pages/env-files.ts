import type { ElectronApplication, Locator, Page } from '@playwright/test'
import { Messages } from './messages.ts'

/** The tab 設定ファイル. */
export class EnvFiles {
  readonly page: Page
  readonly messages: Messages

  constructor(app: ElectronApplication, page: Page) {
    this.page = page
    this.messages = new Messages(app, page)
  }

  /** Opens the tab, and a file by main's dialog. */
  async open(file: string, how: 'ファイルを開く' | '新しく作る' = 'ファイルを開く'): Promise<void> {
    await this.messages.keys.tab('設定ファイル')
    await this.messages.chooses(file)
    await this.messages.run(how)
  }

  table(): Locator {
    return this.page.getByRole('table', { name: '設定の一覧' })
  }

  row(name: string): Locator {
    return this.table().getByRole('row').filter({ hasText: name })
  }

  async add(name: string, value: string): Promise<void> {
    await this.messages.run('追加')
    const dialog = this.page.getByRole('dialog', { name: '設定を追加' })
    await dialog.getByLabel('名前', { exact: true }).fill(name)
    await dialog.getByLabel('値', { exact: true }).fill(value)
    await dialog.getByRole('button', { name: '決定' }).click()
  }

  async change(name: string, value: string): Promise<void> {
    await this.messages.run(`${name}の値を変える`)
    const dialog = this.page.getByRole('dialog', { name: `${name}の値を変える` })
    await dialog.getByLabel('値', { exact: true }).fill(value)
    await dialog.getByRole('button', { name: '決定' }).click()
    await dialog.waitFor({ state: 'hidden' })
  }

  /** The dialog that says what will be saved. */
  async review(): Promise<Locator> {
    await this.messages.run('保存')
    return this.page.getByRole('dialog', { name: /を暗号化して保存$/ })
  }

  async save(): Promise<void> {
    const dialog = await this.review()
    await dialog.getByRole('button', { name: '暗号化して保存' }).click()
    await dialog.waitFor({ state: 'hidden' })
  }
}
