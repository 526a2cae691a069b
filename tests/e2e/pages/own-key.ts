import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { readKey } from 'openpgp'
import { registerCertificate } from '#protocol/certificates.ts'
import type { Json } from '#protocol/command.ts'
import type { Role } from '#protocol/permission.ts'
import { registerOperator } from '#protocol/session.ts'
import type { Session } from '#tests/fixtures/client/session.ts'
import { readCertificate } from '#trust/openpgp/certificate.ts'
import { expect, type Libral, live } from '../app.ts'
import { DeploymentsPage } from './deployments.ts'
import { Keys } from './keys.ts'
import { Shell } from './shell.ts'
import { pressLast, vaultWindow } from './vault-window.ts'

/** Answers main's next file dialogs with this path. */
export const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

/** What a file says; empty before it is there. */
export const readIfThere = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')

export interface Newcomer {
  readonly operator: string
  readonly name: string
  readonly email: string
  readonly roles: readonly Role[]
  readonly passphrase: string
  /** `127.0.0.1:PORT` of the backend. */
  readonly address: string
}

/**
 * Gives the desktop an operator with a key of their own, whom an administrator registers, and shows the deployment 店舗
 * to them in blue. The vault stays unlocked.
 * @returns the fingerprint of their key
 */
export const joinWithOwnKey = async (
  { app, page, profile }: Pick<Libral, 'app' | 'page' | 'profile'>,
  boss: Session,
  { operator, name, email, roles, passphrase, address }: Newcomer,
): Promise<string> => {
  const keys = new Keys(app, page)
  await keys.setUp(passphrase)
  const details = await keys.create(name, email)
  const file = join(profile, 'own.asc')
  await chooses(app, file)
  const v6 = details.getByRole('region', { name: 'v6（RFC 9580）' })
  await v6.getByRole('button', { name: '証明書を保存', exact: true }).click()
  await expect.poll(() => readIfThere(file)).toContain('END PGP PUBLIC KEY')
  await details.getByRole('button', { name: '閉じる' }).last().click()
  const key = await readKey({ armoredKey: readFileSync(file, 'utf8') })
  const facts = await readCertificate(key.write() as Uint8Array, Date.now())
  await boss.api.command.submit(await boss.own.sign(registerOperator, { operator, name, roles: [...roles] }))
  const registered = { ...facts, operator, proof: null } as unknown as Readonly<Record<string, Json>>
  await boss.api.command.submit(await boss.own.sign(registerCertificate, registered))

  await new Shell(page).open('設定')
  await page.getByRole('radio', { name: '接続先' }).click()
  await page.getByRole('button', { name: '接続先を追加' }).click()
  const form = page.getByRole('dialog', { name: '接続先の追加' })
  await form.getByLabel('名前').fill('店舗')
  await form.getByRole('radio', { name: '青', exact: true }).click()
  await form.getByLabel('アドレス').fill(`ws://${address}`)
  await form.getByRole('radio', { name: '自分の鍵' }).click()
  await form.getByLabel('利用者のID').fill(operator)
  await form.getByLabel('鍵', { exact: true }).selectOption({ index: 1 })
  await form.getByRole('button', { name: '接続して追加' }).click()
  const signIn = await vaultWindow(app, '鍵でサインイン')
  await pressLast(signIn.getByRole('button', { name: '署名してサインイン' }))
  const card = new DeploymentsPage(page).card('店舗')
  await expect(card).toContainText('接続済み')
  await card.getByRole('button', { name: '店舗を表示する' }).click()
  await expect(page.locator('header[data-colour="blue"]')).toBeVisible()
  await live(page)
  return key.getFingerprint()
}
