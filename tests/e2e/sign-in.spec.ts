import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { makePlace, type StandaloneProcess, startStandalone } from '../integration/transport/standalone-process.ts'
import { expect, type Libral, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage, question } from './pages/deployments.ts'
import { EventsPage } from './pages/events.ts'
import { Keys } from './pages/keys.ts'
import { Shell } from './pages/shell.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folderOfShots = process.env['SHOTS']
  if (folderOfShots) await page.screenshot({ path: join(folderOfShots, `${name}.png`) })
}

const openDeployments = async (page: Page): Promise<DeploymentsPage> => {
  await new Shell(page).open('設定')
  await page.getByRole('radio', { name: '接続先' }).click()
  return new DeploymentsPage(page)
}

const showTeam = async (page: Page, deployments: DeploymentsPage): Promise<void> => {
  await deployments.card('東京').getByRole('button', { name: '東京を表示する' }).click()
  await expect(page.locator('header[data-colour="red"]')).toBeVisible()
  await live(page)
}

/** The operator's own machine: a vault, a key, and its certificate in a file for the administrator. */
async function makeKey({
  app,
  page,
  profile,
}: Libral): Promise<{ readonly file: string; readonly fingerprint: string }> {
  const keys = new Keys(app, page)
  await keys.setUp(passphrase)
  const details = await keys.create('田中花子', 'hanako@example.jp')
  const v6 = details.getByRole('region', { name: 'v6（RFC 9580）' })
  const fingerprint = (await v6.locator('output').first().textContent()) ?? ''
  const file = join(profile, 'tanaka.asc')
  await chooses(app, file)
  await v6.getByRole('button', { name: '証明書を保存', exact: true }).click()
  await expect.poll(() => readIfThere(file)).toContain('BEGIN PGP PUBLIC KEY')
  await details.getByRole('button', { name: '閉じる' }).last().click()
  return { file, fingerprint }
}

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

async function leaveNote(page: Page, text: string): Promise<void> {
  const panel = page.getByRole('complementary', { name: '引き継ぎメモ' })
  if (!(await panel.isVisible())) await new EventsPage(page).button('引き継ぎ').click()
  await panel.getByLabel('内容').fill(text)
  await panel.getByRole('button', { name: '引き継ぎメモを残す' }).click()
}
const note = (page: Page, text: string) =>
  page.getByRole('complementary', { name: '引き継ぎメモ' }).getByRole('listitem').filter({ hasText: text })

test('an operator signs in with a key that an administrator registered, locks, acts again, and is out once it is revoked', async ({
  launch,
}) => {
  const place = await makePlace()
  const backend = await startStandalone(place.directory, ['--listen', '127.0.0.1:0'])
  const addresses = [`ws://${backend.address}`]
  try {
    const operator = await launch()
    const { file, fingerprint } = await makeKey(operator)

    const administrator = await launch()
    const theirs = await openDeployments(administrator.page)
    await theirs.add({ name: '東京', colour: '赤', addresses, code: true })
    const code = await question(administrator.app, '初回の管理者コードの入力')
    await code.getByLabel('コード', { exact: true }).fill(backend.code ?? '')
    await code.getByLabel('利用者のID').fill('suzuki')
    await code.getByLabel('名前').fill('鈴木一郎')
    await pressLast(code.getByRole('button', { name: '決定' }))
    await expect(theirs.card('東京')).toContainText('接続済み')
    await showTeam(administrator.page, theirs)
    const users = administrator.page
    await new Shell(users).open('利用者')
    await users.getByRole('button', { name: '利用者を登録' }).click()
    const person = users.getByRole('dialog', { name: '利用者を登録' })
    await person.getByLabel('ID').fill('tanaka')
    await person.getByLabel('名前').fill('田中花子')
    await person.getByRole('button', { name: '登録', exact: true }).click()
    const administratorsKeys = new Keys(administrator.app, users)
    await administratorsKeys.prepareAndSign('利用者の登録', passphrase)
    await expect(users.getByRole('table', { name: '利用者' }).getByRole('row', { name: /田中花子/ })).toBeVisible()

    // Registered only once the fingerprint has been compared.
    await users.getByRole('button', { name: '証明書を登録' }).click()
    await chooses(administrator.app, file)
    await users.getByRole('button', { name: 'ファイルから選ぶ' }).click()
    const registration = users.getByRole('dialog', { name: '証明書を登録' })
    await expect(registration).toContainText('hanako@example.jp')
    const register = registration.getByRole('button', { name: '登録', exact: true })
    await registration.getByLabel('利用者').selectOption('tanaka')
    await expect(register).toBeDisabled()
    await registration.getByLabel('本人から聞いた指紋').fill(fingerprint.replace(/[0-9A-F]/, 'X'))
    await expect(registration).toContainText('指紋が一致しません')
    await expect(register).toBeDisabled()
    await registration.getByLabel('本人から聞いた指紋').fill(fingerprint)
    await expect(registration).toContainText('指紋が一致しました')
    await picture(users, 'register')
    expect.soft(await violations(users), 'registration').toEqual([])
    await register.click()
    await administratorsKeys.sign('証明書の登録', (window) => expect(window.locator('dl')).toContainText(fingerprint))
    const row = users.getByRole('table', { name: '証明書' }).getByRole('row', { name: /tanaka/ })
    await expect(row).toContainText('有効')
    await picture(users, 'registered')
    expect.soft(await violations(users), 'users').toEqual([])

    // The operator joins with the key: the vault's window names where, as whom, which machine and how long.
    const { app, page } = operator
    const deployments = await openDeployments(page)
    await page.getByRole('button', { name: '接続先を追加' }).click()
    const form = page.getByRole('dialog', { name: '接続先の追加' })
    await form.getByLabel('名前').fill('東京')
    await form.getByRole('radio', { name: '赤', exact: true }).click()
    await form.getByLabel('アドレス').fill(addresses[0] ?? '')
    await form.getByRole('radio', { name: '自分の鍵' }).click()
    await form.getByLabel('利用者のID').fill('tanaka')
    await form.getByLabel('鍵', { exact: true }).selectOption({ index: 1 })
    await picture(page, 'form')
    expect.soft(await violations(page), 'form').toEqual([])
    await form.getByRole('button', { name: '接続して追加' }).click()
    const confirm = await vaultWindow(app, '鍵でサインイン')
    const facts = confirm.locator('dl')
    await expect(facts).toContainText('tanaka')
    await expect(facts).toContainText('12時間')
    await expect(facts).toContainText('Libral Control Center')
    await expect(facts).toContainText(/libral:[0-9a-f-]{36}/)
    await expect(facts).toContainText(fingerprint)
    await picture(confirm, 'confirm')
    await pressLast(confirm.getByRole('button', { name: '署名してサインイン' }))
    await expect(deployments.card('東京')).toContainText('接続済み')
    await expect(deployments.card('東京')).toContainText('鍵でサインイン（利用者 tanaka）')
    await picture(page, 'card')
    await showTeam(page, deployments)
    await new Shell(page).open('イベント')
    await leaveNote(page, '鍵で入りました')
    await expect(note(page, '鍵で入りました')).toBeVisible()

    // Locked, the page stays live; the next command asks to unlock and to sign in, and then goes through.
    await new Keys(app, page).open()
    await new Keys(app, page).lock()
    await expect(page.getByText('施錠しました。画面の更新は続きます。', { exact: false })).toBeVisible()
    await live(page)
    await picture(page, 'locked')
    expect.soft(await violations(page), 'locked').toEqual([])
    await new Shell(page).open('イベント')
    await leaveNote(page, '解錠して続けました')
    const unlock = await vaultWindow(app, '鍵の解錠')
    await new Keys(app, page).answer(unlock, passphrase)
    const again = await vaultWindow(app, '鍵でサインイン')
    await pressLast(again.getByRole('button', { name: '署名してサインイン' }))
    await expect(note(page, '解錠して続けました')).toBeVisible()
    await expect(page.getByText('施錠しました。画面の更新は続きます。', { exact: false })).toBeHidden()

    // Revoked, with its effects named: the operator is out at once, and told why.
    await row.getByRole('button', { name: /を失効$/ }).click()
    const revocation = users.getByRole('dialog', { name: '証明書の失効' })
    await expect(revocation).toContainText('すべての端末ですぐに終了します')
    await revocation.getByRole('radio', { name: /危殆化/ }).check()
    await picture(users, 'revoke')
    expect.soft(await violations(users), 'revocation').toEqual([])
    await revocation.getByRole('button', { name: '失効する' }).click()
    await administratorsKeys.sign('証明書の失効', async (window) => {
      await expect(window.locator('dl')).toContainText(fingerprint)
      await expect(window.locator('form')).toContainText('要確認')
      await picture(window, 'revocation-signed')
    })
    await expect(row).toContainText('危殆化')
    await expect(page.getByText('その証明書は失効しています', { exact: false })).toBeVisible()
    await picture(page, 'out')
    expect.soft(await violations(page), 'out').toEqual([])
  } finally {
    backend.process.kill('SIGTERM')
    await backend.exited
    await place.remove()
  }
})

/** Adds a deployment by the code of a first administrator who registers their own key, up to the vault's question. */
async function addByCode(
  { app, page }: Libral,
  name: string,
  colour: string,
  backend: StandaloneProcess,
): Promise<Page> {
  await page.getByRole('button', { name: '接続先を追加' }).click()
  const form = page.getByRole('dialog', { name: '接続先の追加' })
  await form.getByLabel('名前').fill(name)
  await form.getByRole('radio', { name: colour, exact: true }).click()
  await form.getByLabel('アドレス').fill(`ws://${backend.address}`)
  await form.getByRole('radio', { name: '初回の管理者コード' }).click()
  await form.getByRole('checkbox', { name: /自分の鍵を登録し/ }).check()
  await form.getByLabel('鍵', { exact: true }).selectOption({ index: 1 })
  await picture(page, 'form-code')
  await form.getByRole('button', { name: '接続して追加' }).click()
  const code = await question(app, '初回の管理者コードの入力')
  await code.getByLabel('コード', { exact: true }).fill(backend.code ?? '')
  await code.getByLabel('利用者のID').fill('tanaka')
  await code.getByLabel('名前').fill('田中花子')
  await pressLast(code.getByRole('button', { name: '決定' }))
  return vaultWindow(app, '鍵の所持の証明')
}

test('a first administrator comes in by the code, registers their own key with its proof, and signs in by it', async ({
  libral,
}) => {
  const places = await Promise.all([makePlace(), makePlace()])
  const [backend, other] = await Promise.all([
    startStandalone(places[0].directory, ['--listen', '127.0.0.1:0']),
    startStandalone(places[1].directory, ['--listen', '127.0.0.1:0']),
  ])
  const { app, page } = libral
  try {
    await makeKey(libral)
    const deployments = await openDeployments(page)
    // A code that is used up keeps its deployment, also when the key is not registered after all.
    const declined = await addByCode(libral, '大阪', '青', other)
    await pressLast(declined.getByRole('button', { name: 'キャンセル' }))
    await expect(page.getByRole('dialog', { name: '接続先の追加' })).toBeHidden()
    await expect(deployments.card('大阪')).toContainText('接続済み')
    await expect(deployments.card('大阪')).toContainText('トークン')

    const possession = await addByCode(libral, '東京', '赤', backend)
    await expect(possession.locator('dl')).toContainText('tanaka')
    await picture(possession, 'possession')
    await pressLast(possession.getByRole('button', { name: '署名する' }))
    const confirm = await vaultWindow(app, '鍵でサインイン')
    await pressLast(confirm.getByRole('button', { name: '署名してサインイン' }))
    await expect(deployments.card('東京')).toContainText('鍵でサインイン（利用者 tanaka）')
    await expect(deployments.card('東京')).toContainText('接続済み')
    await showTeam(page, deployments)
    await new Shell(page).open('利用者')
    const row = page.getByRole('table', { name: '証明書' }).getByRole('row', { name: /tanaka/ })
    await expect(row).toContainText('所持を確認済み')
    const sessions = page.getByRole('table', { name: 'セッション' })
    await expect(sessions.getByRole('row').filter({ hasText: 'OpenPGPの鍵' }).first()).toContainText('有効')
    await picture(page, 'own')
  } finally {
    for (const it of [backend, other]) it.process.kill('SIGTERM')
    await Promise.all([backend.exited, other.exited])
    for (const place of places) await place.remove()
  }
})
