import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { Sealed, shownIn } from './pages/sealed.ts'
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

test('a contact is sealed, found, opened with a reason, handed to a custodian, and erased', async ({ launch }) => {
  const first = await launch()
  const before = new Sealed(first.app, first.page)
  await before.setUp(passphrase)
  for (const [name, email] of [
    ['田中花子', 'hanako@example.jp'],
    ['佐藤一郎', 'sato@example.jp'],
  ] as const) {
    const details = await before.create(name, email)
    await details.getByRole('button', { name: '閉じる' }).last().click()
  }
  await before.registerCertificate('田中花子', 'local', 'first')
  await before.giveRole('この端末の運用者', '鍵管理者')
  await before.register('sato', '佐藤一郎')
  // Before anybody is a custodian nothing is sealed, and it says what is missing.
  await before.store('佐藤一郎', contact)
  await expect(first.page.getByText('区分の鍵管理者が足りない').first()).toBeVisible()
  await first.quit()

  const { app, page, profile } = await launch({ profile: first.profile })
  const sealed = new Sealed(app, page)
  await sealed.openTab()
  const unlock = await sealed.window(async () => {
    await sealed.tab('鍵')
    await page.getByRole('button', { name: '解錠' }).click()
  })
  await sealed.answer(unlock, passphrase)
  await sealed.unlocked()
  await sealed.tab('封印')
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
