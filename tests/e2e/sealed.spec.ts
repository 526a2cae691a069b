import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { Sealed, shownIn } from './pages/sealed.ts'
import { Shell } from './pages/shell.ts'
import { pressLast } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'
const contact = { name: '山田 みどり', phone: '090-8765-4321', email: 'midori@example.jp' } as const

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

/** Every file below a folder that holds one of these texts. */
const holding = (folder: string, texts: readonly string[]): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
    const bytes = readFileSync(path)
    return texts.some((text) => bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le')))
  })

/** The keys of all entries so far go to sato's certificate, as an auditor's would. */
const handsOver = async (sealed: Sealed, file: string): Promise<void> => {
  const { app, page } = sealed
  await page.getByRole('button', { name: '鍵を引き渡す' }).click()
  const form = page.getByRole('dialog', { name: '鍵を引き渡す' })
  await form.getByLabel('最後の記録').fill('500')
  const option = form.locator('option', { hasText: 'sato' }).first()
  await option.waitFor({ state: 'attached' })
  await form.getByLabel('渡す相手').selectOption((await option.getAttribute('value')) ?? '')
  await form.getByLabel('理由').fill('外部監査のため')
  expect.soft(await violations(page), 'the hand-over').toEqual([])
  await form.getByRole('button', { name: '署名に進む' }).click()
  await sealed.sign('鍵の引き渡し', async (confirmation) => {
    await expect(confirmation.locator('dl')).toContainText('0 – 500')
    await expect(confirmation.locator('form')).toContainText('後で消去しても相手の手元に残ります')
  })
  const row = page.getByRole('table', { name: '鍵の引き渡し' }).getByRole('row', { name: /外部監査のため/ })
  await chooses(app, file)
  const writing = await sealed.window(() => row.getByRole('button', { name: '鍵ファイルを作る' }).click())
  await expect(writing.locator('h1')).toHaveText('鍵ファイルの作成')
  expect.soft(await violations(writing), 'the key file').toEqual([])
  await pressLast(writing.getByRole('button', { name: '署名して作る' }))
  await expect(row).toContainText('引き渡し済み')
  await expect(row).toContainText('対象1件・鍵1個')
}

/** As an auditor does it: a bundle that holds no keys, a file that does, and the vault's own window that shows values. */
const reviews = async (sealed: Sealed, files: { readonly keys: string; readonly bundle: string }): Promise<void> => {
  const { app, page } = sealed
  await new Shell(page).open('監査')
  await page.getByRole('tab', { name: '監査バンドル' }).click()
  await chooses(app, files.bundle)
  await page.getByRole('button', { name: '書き出す', exact: true }).click()
  await expect.poll(() => existsSync(files.bundle)).toBe(true)
  await page.getByRole('button', { name: '監査バンドルを開く' }).click()
  await expect(page.getByRole('heading', { name: '不一致はありませんが' })).toBeVisible()
  await chooses(app, files.keys)
  await page.getByRole('button', { name: '鍵ファイルを開く' }).click()
  await expect(page.getByText('引き渡しの記録と一致')).toBeVisible()
  await expect(page.getByText('鍵管理者「local」の署名：一致')).toBeVisible()
  expect.soft(await violations(page), 'the open key file').toEqual([])
  await page.getByRole('tab', { name: '記録', exact: true }).click()
  await page.getByLabel('記録を検索').fill('session.setContact')
  await expect(page.getByRole('status').getByText('1件', { exact: true })).toBeVisible()
  await page.getByRole('grid', { name: '記録の一覧' }).focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  const pane = page.getByRole('complementary', { name: /番の記録$/ })
  const shown = await sealed.window(() => pane.getByRole('button', { name: '封印を開く' }).click())
  const text = await shownIn(shown)
  for (const value of [...Object.values(contact), '一致：署名された内容そのものです']) expect(text).toContain(value)
  expect.soft(await violations(shown), 'what an entry sealed').toEqual([])
  await pressLast(shown.getByRole('button', { name: '閉じる' }))
  await expect(page.getByText('署名された内容との照合：一致')).toBeVisible()
}

test('a contact is sealed, found, opened with a reason, handed to a custodian and an auditor, and erased', async ({
  libral,
}) => {
  const { app, page, profile } = libral
  const sealed = new Sealed(app, page)
  await sealed.setUp(passphrase)
  for (const [name, email] of [
    ['田中花子', 'hanako@example.jp'],
    ['佐藤一郎', 'sato@example.jp'],
  ] as const) {
    const details = await sealed.create(name, email)
    await details.getByRole('button', { name: '閉じる' }).last().click()
  }
  await sealed.registerCertificate('田中花子', 'local', 'first')
  await sealed.giveRole('この端末の運用者', '鍵管理者')
  await sealed.register('sato', '佐藤一郎')
  // Before anybody is a custodian nothing is sealed, and it says what is missing.
  await sealed.store('佐藤一郎', contact)
  await expect(page.getByText('区分の鍵管理者が足りない').first()).toBeVisible()
  // What the role lets do is there at once.
  await sealed.openTab()
  await expect(sealed.classPanel()).toContainText('封印できません')
  expect.soft(await violations(page), 'empty').toEqual([])
  await sealed.addCustodian('local')

  const paper = join(profile, 'recovery.txt')
  await chooses(app, paper)
  await sealed.classPanel().getByRole('button', { name: '復旧鍵を作る' }).click()
  await sealed.sign('復旧鍵の追加')
  await expect(sealed.custodian('紙の復旧鍵')).toContainText('紙の確認待ち')
  expect(readFileSync(paper, 'utf8')).toContain('BEGIN PGP PRIVATE KEY BLOCK')
  await sealed.custodian('紙の復旧鍵').getByRole('button', { name: '読み戻して確かめる' }).click()
  await expect(sealed.custodian('紙の復旧鍵')).toContainText('使用中')
  await expect(sealed.classPanel()).toContainText('封印できます')

  await sealed.store('佐藤一郎', contact)
  await expect(sealed.operator('佐藤一郎')).toContainText('封印済み')
  expect.soft(await violations(page), 'users').toEqual([])
  const search = page.getByLabel('電話番号・メールアドレス（完全一致）')
  await search.fill('０９０８７６５４３２１')
  await search.press('Enter')
  await expect(page.getByText('1人が一致しました')).toBeVisible()
  await expect(sealed.operator('この端末の運用者')).toBeHidden()
  await search.fill('')
  await expect(sealed.operator('この端末の運用者')).toBeVisible()

  const dialog = await sealed.contactOf('佐藤一郎')
  const ask = await sealed.window(() => dialog.getByRole('button', { name: '開く' }).click())
  await expect(ask.locator('dl')).toContainText('佐藤一郎の緊急連絡先')
  // The same window is the confirmation of what is signed: whom, which fields, where.
  await expect(ask.locator('h1')).toHaveText('「封印を開く」への署名')
  await expect(ask.locator('dl')).toContainText('operator:sato')
  await expect(ask.locator('dl')).toContainText('氏名、電話番号、メールアドレス')
  await ask.getByRole('button', { name: '署名して開く' }).click()
  await expect(ask.getByRole('alert')).toHaveText('入力してください。')
  await ask.getByLabel('開く理由').fill('夜間の障害を知らせるため')
  expect.soft(await violations(ask), 'the question').toEqual([])
  const [shown] = await Promise.all([
    app.waitForEvent('window'),
    pressLast(ask.getByRole('button', { name: '署名して開く' })),
  ])
  await shown.locator('dl').waitFor()
  const text = await shownIn(shown)
  for (const value of Object.values(contact)) expect(text).toContain(value)
  expect.soft(await violations(shown), 'what is shown').toEqual([])
  await pressLast(shown.getByRole('button', { name: '閉じる' }))

  await sealed.openTab()
  const openings = page.getByRole('table', { name: '開いた記録' })
  await expect(openings.getByRole('row', { name: /夜間の障害を知らせるため/ })).toContainText('operator:sato')

  await sealed.registerCertificate('佐藤一郎', 'sato', 'next')
  await sealed.addCustodian('sato')
  await expect(sealed.custodian('sato')).toContainText('あと1個')
  await expect(sealed.classPanel()).toContainText('鍵の受け渡しが残っています')
  const confirm = await sealed.window(() => sealed.custodian('sato').getByRole('button', { name: '鍵を渡す' }).click())
  await expect(confirm.locator('h1')).toHaveText('「封印の鍵の受け渡し」への署名')
  await expect(confirm.locator('dl')).toContainText('1個')
  await pressLast(confirm.getByRole('button', { name: '署名して渡す' }))
  await expect(page.getByText('satoに鍵を1個渡しました')).toBeVisible()
  await expect(sealed.custodian('sato')).toContainText('1／1件')
  expect.soft(await violations(page), 'the tab').toEqual([])
  await sealed
    .custodian('sato')
    .getByRole('button', { name: /を鍵管理者から外す$/ })
    .click()
  const removal = page.getByRole('dialog', { name: '鍵管理者を外す' })
  await expect(removal).toContainText('手元に残しているかもしれません')
  await removal.getByRole('button', { name: '外す', exact: true }).click()
  await sealed.sign('鍵管理者の削除')
  await expect(sealed.custodian('sato')).toBeHidden()

  const files = { keys: join(profile, 'auditor.lbkeys'), bundle: join(profile, 'log.libral-bundle') }
  await handsOver(sealed, files.keys)
  await reviews(sealed, files)

  // Plain text is in no file of the profile: database, replica, commands that were sent, logs, settings.
  expect(holding(profile, Object.values(contact))).toEqual([])

  const again = await sealed.contactOf('佐藤一郎')
  await pressLast(again.getByRole('button', { name: '消去する' }))
  const erasing = page.getByRole('dialog', { name: '緊急連絡先の消去' })
  await expect(erasing).toContainText('古いバックアップも破棄してください')
  await erasing.getByLabel('消去する理由').fill('本人の求め')
  await erasing.getByRole('button', { name: '消去する' }).click()
  // What is signed is the subject and the reason, with what can't be undone; the page has no say in it.
  await sealed.sign('封印した値の消去', async (window) => {
    await expect(window.locator('form')).toContainText('誰も二度と開けません')
    await expect(window.locator('dl')).toContainText('operator:sato')
    await expect(window.locator('dl')).toContainText('本人の求め')
    expect.soft(await violations(window), 'the confirmation').toEqual([])
  })
  await expect(sealed.operator('佐藤一郎')).toContainText('消去済み')
  const erased = await sealed.contactOf('佐藤一郎')
  await expect(erased.getByRole('button', { name: '開く' })).toBeHidden()
})
