import { expect, type Locator, type Page } from '@playwright/test'
import { Keys } from './keys.ts'
import { Shell } from './shell.ts'
import { pressLast } from './vault-window.ts'

/** 封印 on 鍵, and what 利用者 has for it. */
export class Sealed extends Keys {
  async openTab(): Promise<void> {
    await this.open()
    await this.tab('封印')
  }

  classPanel(name = '個人情報'): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }

  custodian(name: string): Locator {
    return this.classPanel()
      .getByRole('table')
      .getByRole('row', { name: new RegExp(name) })
  }

  users(): Promise<void> {
    return new Shell(this.page).open('利用者')
  }

  async giveRole(person: string, role: string): Promise<void> {
    await this.users()
    await this.page.getByRole('button', { name: `${person}を変更` }).click()
    const form = this.page.getByRole('dialog', { name: '利用者の変更' })
    await form.getByRole('checkbox', { name: role }).check()
    await form.getByRole('button', { name: '変更', exact: true }).click()
    await this.sign('利用者の変更')
    await expect(this.operator(person)).toContainText(role)
  }

  async register(id: string, name: string): Promise<void> {
    await this.users()
    await this.page.getByRole('button', { name: '利用者を登録' }).click()
    const form = this.page.getByRole('dialog', { name: '利用者を登録' })
    await form.getByLabel('ID').fill(id)
    await form.getByLabel('名前').fill(name)
    await form.getByRole('button', { name: '登録', exact: true }).click()
    await this.sign('利用者の登録')
    await expect(this.operator(name)).toBeVisible()
  }

  operator(name: string): Locator {
    return this.page.getByRole('table', { name: '利用者' }).getByRole('row', { name: new RegExp(name) })
  }

  /** Registers the newest certificate of a name in the keyring for an operator; the deployment's first needs no other key. */
  async registerCertificate(keyName: string, operator: string, which: 'first' | 'next'): Promise<void> {
    await this.users()
    await this.page.getByRole('button', { name: '証明書を登録' }).click()
    const choose = this.page.getByRole('dialog', { name: '証明書を登録' })
    await choose
      .getByRole('button', { name: new RegExp(`${keyName}.*v6`) })
      .first()
      .click()
    const form = this.page.getByRole('dialog', { name: '証明書を登録' })
    await form.getByLabel('利用者').selectOption(operator)
    // The key is in the vault: it proves there whose it is.
    const possession = await this.window(() => form.getByRole('button', { name: '登録', exact: true }).click())
    await pressLast(possession.getByRole('button', { name: '署名する' }))
    if (which === 'next') await this.sign('証明書の登録')
    const row = this.page.getByRole('table', { name: '証明書' }).getByRole('row', { name: new RegExp(operator) })
    await expect(row).toContainText('有効')
  }

  async addCustodian(operator: string): Promise<void> {
    await this.openTab()
    await this.classPanel().getByRole('button', { name: '鍵管理者を加える' }).click()
    const form = this.page.getByRole('dialog', { name: '鍵管理者を加える' })
    const option = form.locator('option', { hasText: operator }).first()
    await option.waitFor({ state: 'attached' })
    await form.getByLabel('証明書').selectOption((await option.getAttribute('value')) ?? '')
    await form.getByRole('button', { name: '加える', exact: true }).click()
    await this.sign('鍵管理者の追加')
    await expect(this.custodian(operator)).toBeVisible()
  }

  async contactOf(name: string): Promise<Locator> {
    await this.users()
    await this.page.getByRole('button', { name: new RegExp(`^${name}の緊急連絡先：`) }).click()
    const dialog = this.page.getByRole('dialog', { name: `${name}の緊急連絡先` })
    await expect(dialog).toBeVisible()
    return dialog
  }

  async store(name: string, contact: { readonly name: string; readonly phone: string; readonly email: string }) {
    const dialog = await this.contactOf(name)
    await dialog.getByRole('button', { name: '登録する' }).click()
    await dialog.getByLabel('氏名').fill(contact.name)
    await dialog.getByLabel('電話番号').fill(contact.phone)
    await dialog.getByLabel('メールアドレス').fill(contact.email)
    await dialog.getByRole('button', { name: '封印して登録' }).click()
  }
}

/** The text of the vault's window once it shows something. */
export const shownIn = async (window: Page): Promise<string> => (await window.locator('dl').textContent()) ?? ''
