import type { ElectronApplication, Locator, Page } from '@playwright/test'
import { windowHeaded } from './vault-window.ts'

/** 設定 → 接続先. */
export class DeploymentsPage {
  readonly page: Page
  readonly switcher: Locator

  constructor(page: Page) {
    this.page = page
    this.switcher = page.getByRole('button', { name: /^接続先を切り替える/ })
  }

  card(name: string): Locator {
    return this.page.getByRole('article', { name, exact: true })
  }

  /** Fills the form and presses 接続して追加; what main asks next is the caller's to answer. */
  async add(wish: {
    readonly name: string
    readonly colour: string
    readonly addresses: readonly string[]
    readonly code?: boolean
  }): Promise<void> {
    await this.page.getByRole('button', { name: '接続先を追加' }).click()
    const form = this.page.getByRole('dialog', { name: '接続先の追加' })
    await form.getByLabel('名前').fill(wish.name)
    await form.getByRole('radio', { name: wish.colour, exact: true }).click()
    await form.getByLabel('アドレス').fill(wish.addresses.join('\n'))
    if (wish.code) await form.getByRole('radio', { name: '初回の管理者コード' }).click()
    await form.getByRole('button', { name: '接続して追加' }).click()
  }
}

/** The next window in which main itself asks something, by its heading. */
export const question = (app: ElectronApplication, heading: string): Promise<Page> =>
  windowHeaded(app, '/question/', heading)
