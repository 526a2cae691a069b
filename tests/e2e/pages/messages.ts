import type { ElectronApplication, Locator, Page } from '@playwright/test'
import { Keys } from './keys.ts'
import { pressLast } from './vault-window.ts'

/** The tab メッセージ. */
export class Messages {
  readonly page: Page
  readonly app: ElectronApplication
  readonly keys: Keys

  constructor(app: ElectronApplication, page: Page) {
    this.app = app
    this.page = page
    this.keys = new Keys(app, page)
  }

  async open(mode: '暗号化' | '署名' | '復号・検証', thing: 'テキスト' | 'ファイル'): Promise<void> {
    await this.page.getByRole('tab', { name: 'メッセージ' }).click()
    await this.page.getByRole('group', { name: 'すること' }).getByRole('radio', { name: mode, exact: true }).check()
    await this.page.getByRole('group', { name: '対象' }).getByRole('radio', { name: thing, exact: true }).check()
  }

  recipient(name: string): Locator {
    return this.page.getByRole('group', { name: '宛先', exact: true }).getByRole('checkbox', { name })
  }

  /** Presses a button, and in the vault's window agrees to the signature. */
  async confirmed(button: string): Promise<Page> {
    const window = await this.keys.window(() => this.run(button))
    await pressLast(window.getByRole('button', { name: '署名する' }))
    return window
  }

  run(button: string): Promise<void> {
    return this.page.getByRole('tabpanel').getByRole('button', { name: button, exact: true }).click()
  }

  /** Has main's next dialogs answer with these files; a save dialog with the first of them. */
  chooses(...paths: readonly string[]): Promise<void> {
    return this.app.evaluate(
      ({ dialog }, filePaths) => {
        dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [...filePaths] })
        dialog.showSaveDialog = async () => ({ canceled: false, filePath: filePaths[0] ?? '' })
      },
      [...paths],
    )
  }

  /** Presses this button in main's next boxes. */
  answersBox(button: string): Promise<void> {
    return this.app.evaluate(({ dialog }, label) => {
      const answer = (...args: readonly unknown[]) => {
        const { buttons } = args.at(-1) as { readonly buttons: readonly string[] }
        return Promise.resolve({ response: buttons.indexOf(label), checkboxChecked: false })
      }
      dialog.showMessageBox = answer
    }, button)
  }

  /** Chooses files, then where their results go. */
  async files(paths: readonly string[], target: string): Promise<void> {
    await this.chooses(...paths)
    await this.run('ファイルを選ぶ')
    await this.page.getByRole('list', { name: '選んだファイル' }).waitFor()
    await this.chooses(target)
  }

  /** The panel of the latest work with files. */
  job(name: RegExp): Locator {
    return this.page.getByRole('region', { name }).first()
  }
}
