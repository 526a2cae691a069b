import { expect, type Locator, type Page } from '@playwright/test'
import { Keys } from './keys.ts'
import { pressLast } from './vault-window.ts'

/** The tab ハードウェア of 鍵, and who answers the vault's questions meanwhile. */
export class HardwarePage extends Keys {
  async show(tab: 'ハードウェア' | 'なくしたとき' | '鍵'): Promise<void> {
    await this.open()
    await this.page.getByRole('tab', { name: tab, exact: true }).click()
  }

  get card(): Locator {
    return this.page.getByRole('region', { name: 'OpenPGPカード' })
  }

  get hsm(): Locator {
    return this.page.getByRole('region', { name: 'HSM（PKCS#11）' })
  }

  /** Fills in whose certificate is made; the dialog closes when it is there. */
  async name(dialog: string, person: string, email: string): Promise<Locator> {
    const form = this.page.getByRole('dialog', { name: dialog })
    await form.getByLabel('名前').fill(person)
    await form.getByLabel('メールアドレス').fill(email)
    return form
  }

  /** Answers the vault's windows as they come, by what they ask for, until `done` is shown. */
  async answering(secrets: Readonly<Record<string, string>>, begin: () => Promise<void>, done: Locator): Promise<void> {
    const answered: Promise<void>[] = []
    const onWindow = (window: Page): void => {
      answered.push(this.#answer(window, secrets))
    }
    this.app.on('window', onWindow)
    try {
      await begin()
      await expect(done).toBeVisible()
    } finally {
      this.app.off('window', onWindow)
    }
    await Promise.all(answered)
  }

  async #answer(window: Page, secrets: Readonly<Record<string, string>>): Promise<void> {
    await window.locator('form').waitFor()
    const asked = (await window.locator('form').textContent()) ?? ''
    const secret = Object.entries(secrets).find(([what]) => asked.includes(what))?.[1]
    if (secret === undefined) await pressLast(window.locator('button:not([type=button])'))
    // It may be gone before the key press that ends it has been told.
    else await this.answer(window, secret).catch((thrown: unknown) => window.isClosed() || Promise.reject(thrown))
  }
}
