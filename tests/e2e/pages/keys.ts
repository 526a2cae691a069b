import { type ElectronApplication, expect, type Locator, type Page } from '@playwright/test'
import { Shell } from './shell.ts'
import { pressLast, vaultWindow } from './vault-window.ts'

/** 鍵, and the vault's own window. */
export class Keys {
  readonly page: Page
  readonly app: ElectronApplication

  constructor(app: ElectronApplication, page: Page) {
    this.app = app
    this.page = page
  }

  open(): Promise<void> {
    return new Shell(this.page).open('鍵')
  }

  async tab(name: string): Promise<void> {
    await this.page.getByRole('tab', { name, exact: true }).click()
  }

  /** The vault's window that this act brings up. */
  async window(act: () => Promise<void>): Promise<Page> {
    const [window] = await Promise.all([this.app.waitForEvent('window', { timeout: 120_000 }), act()])
    await window.locator('form').waitFor()
    return window
  }

  /** Types as a person does: key by key, so that no message of the test's own carries the whole. */
  async answer(window: Page, passphrase: string): Promise<void> {
    const fields = window.locator('input[type=password]')
    for (const field of await fields.all()) {
      await field.focus()
      await window.keyboard.type(passphrase)
    }
    // The window may be gone before the key is up again.
    await window.keyboard.press('Enter').catch(() => {})
  }

  async setUp(passphrase: string): Promise<void> {
    await this.open()
    const window = await this.window(() => this.page.getByRole('button', { name: '保管庫を作る' }).click())
    await this.answer(window, passphrase)
    await this.unlocked()
  }

  async unlocked(): Promise<void> {
    await expect(this.page.getByRole('button', { name: '施錠', exact: true })).toBeVisible()
  }

  async create(name: string, email: string): Promise<Locator> {
    await this.page.getByRole('button', { name: '鍵を作る' }).click()
    const form = this.page.getByRole('dialog', { name: '鍵を作る' })
    await form.getByLabel('名前').fill(name)
    await form.getByLabel('メールアドレス').fill(email)
    await form.getByRole('button', { name: '作る', exact: true }).click()
    const details = this.page.getByRole('dialog', { name })
    await expect(details).toBeVisible()
    return details
  }

  /** The vault's confirmation of a command, by its title: looked at, then signed. */
  async sign(title: string, look: (window: Page) => Promise<void> = async () => {}): Promise<void> {
    const window = await vaultWindow(this.app, `「${title}」への署名`)
    await look(window)
    await pressLast(window.getByRole('button', { name: '署名する' }))
  }

  /** The guide that stands up at the first command that needs a key, to its end; then the command itself. */
  async prepareAndSign(title: string, passphrase: string, look?: (window: Page) => Promise<void>): Promise<void> {
    const guide = this.page.getByRole('dialog', { name: '署名の鍵の用意' })
    const setUp = guide.getByRole('button', { name: '保管庫を作る' })
    const make = guide.getByRole('button', { name: '鍵を作る' })
    const vault = await this.window(() => setUp.click())
    await this.answer(vault, passphrase)
    await make.click()
    const possession = await this.window(() => guide.getByRole('button', { name: 'この鍵を登録' }).click())
    await pressLast(possession.getByRole('button', { name: '署名する' }))
    await guide.getByRole('button', { name: `「${title}」に進む` }).click()
    await this.sign(title, look)
  }

  async lock(): Promise<void> {
    await this.page.getByRole('button', { name: '施錠', exact: true }).click()
    // A banner over the page may offer it too.
    await expect(this.page.getByRole('button', { name: '解錠' }).last()).toBeVisible()
  }
}
