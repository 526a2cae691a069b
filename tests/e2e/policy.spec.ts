import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { Keys } from './pages/keys.ts'
import { MonitoringPage } from './pages/monitoring.ts'
import { Shell } from './pages/shell.ts'

test('a policy is read in plain words, edited under checks, published by a signature, and judges from then on', async ({
  libral: { app, page, profile },
}) => {
  const shell = new Shell(page)
  await shell.open('ポリシー')
  await expect(page.getByText('第1版')).toBeVisible()
  await expect(page.getByText('導入時の既定')).toBeVisible()
  const rules = page.getByRole('region', { name: '承認が必要な操作と、禁止している操作' })
  await expect(rules).toContainText('管理者のうち1人の承認（24時間以内）')
  const matrix = page.getByRole('table', { name: '誰が何をできるか' })
  const stop = matrix.getByRole('row', { name: /モジュールの停止/ })
  await expect(stop.getByRole('cell')).toHaveText([/モジュールの停止/, 'できる', 'できない', 'できない', 'できる'])

  await page.getByRole('tab', { name: '編集と公開' }).click()
  await page.getByRole('button', { name: '編集を始める' }).click()
  const text = page.getByRole('textbox', { name: '編集中のポリシー' })
  await expect(page.getByText('誤りはありません')).toBeVisible()
  const seed = await text.inputValue()
  const line = seed.split('\n').findIndex((one) => one.includes('"hub.operate"')) + 1
  await text.fill(seed.replace('"hub.operate"', '"hub.operat"'))
  const problems = page.getByRole('list', { name: '誤り' })
  await expect(problems).toContainText('この操作はありません：Permission::Action::"hub.operat"')
  await expect(problems).toContainText('候補：Permission::Action::"hub.operate"')
  await problems.getByRole('button', { name: `${line}行目5文字目` }).click()
  await expect(text).toBeFocused()
  await expect(page.getByRole('button', { name: '署名して公開' })).toBeDisabled()

  const rule = `@id("stop") @label("停止は2人で")
@approvals("1") @approvers("administrator, custodian") @within("2h")
forbid (principal, action == Command::Action::"hub.stopModule", resource);`
  await text.fill(`${seed}\n${rule}\n`)
  const changes = page.getByRole('table', { name: '誰の何が変わるか' })
  const operator = changes.getByRole('row', { name: /運用担当/ })
  await expect(operator).toContainText('管理者または鍵管理者のうち1人の承認（2時間以内）')
  await expect(operator).toContainText('制限')
  await expect(changes.getByRole('row', { name: /監査担当/ })).toHaveCount(0)
  await expect(page.getByRole('group', { name: '今のポリシーとの差分' })).toContainText('停止は2人で')
  await page.getByLabel('変更の理由').fill('停止を1人でできないようにする')
  await expect(page.getByRole('button', { name: '署名して公開' })).toBeEnabled()
  expect(await violations(page)).toEqual([])

  await page.getByRole('tab', { name: '履歴' }).click()
  await expect(page.getByRole('table', { name: '公開の履歴' }).getByRole('row', { name: /第1版/ })).toContainText(
    '今の版',
  )
  expect(await violations(page)).toEqual([])
  await page.getByRole('tab', { name: '編集と公開' }).click()
  await expect(text).toHaveValue(/停止は2人で/)

  // What is signed is the text itself, line by line, with what it replaces and why.
  const seedHash = await inForceHash(page)
  await page.getByRole('tab', { name: '編集と公開' }).click()
  await page.getByRole('button', { name: '署名して公開' }).click()
  await new Keys(app, page).prepareAndSign('ポリシーの公開', 'kuroshio-no-nagare-42', async (window) => {
    await expect(window.locator('dl')).toContainText('@id("stop") @label("停止は2人で")')
    await expect(window.locator('dl')).toContainText('停止を1人でできないようにする')
    await expect(window.locator('dl')).toContainText(seedHash)
    await expect(window.locator('form')).toContainText('公開と同時に変わります')
    expect.soft(await violations(window), 'the confirmation').toEqual([])
  })
  await page.getByRole('tab', { name: '今のポリシー' }).click()
  await expect(page.getByText('第2版')).toBeVisible()
  await expect(page.getByText('公開者：local')).toBeVisible()
  await expect(rules).toContainText('停止は2人で')
  const hash = await inForceHash(page)
  expect(hash).not.toBe(seedHash)

  // The very next command is judged by it, and its entry names it.
  await shell.open('監視')
  await new MonitoringPage(page).action('アラート', '停止').click()
  await page.getByRole('dialog', { name: 'モジュールの停止' }).getByRole('button', { name: '停止する' }).click()
  const offer = page.getByRole('dialog', { name: '承認を依頼' })
  await expect(offer).toContainText('管理者または鍵管理者のうち1人')
  await offer.getByRole('button', { name: '承認を依頼' }).click()
  await new Keys(app, page).sign('モジュールの停止')
  await expect(page.getByRole('article', { name: /依頼/ })).toContainText('承認 0／1')
  const file = join(profile, 'own.libral-bundle')
  await shell.open('監査')
  await page.getByRole('tab', { name: '監査バンドル' }).click()
  await chooses(app, file)
  await page.getByRole('button', { name: '書き出す', exact: true }).click()
  await expect.poll(() => existsSync(file)).toBe(true)
  await page.getByRole('button', { name: '監査バンドルを開く' }).click()
  await expect(page.getByRole('heading', { name: '不一致はありませんが' })).toBeVisible()
  await page.getByRole('tab', { name: '記録', exact: true }).click()
  const grid = page.getByRole('grid', { name: '記録の一覧' })
  await expect(grid.getByRole('row').nth(1)).toBeVisible()
  await grid.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('complementary', { name: /番の記録/ })).toContainText(hash)
})

/** Of the policy in force, as its own tab shows it. */
const inForceHash = async (page: Page): Promise<string> => {
  await page.getByRole('tab', { name: '今のポリシー' }).click()
  return ((await page.getByText(/^ハッシュ /).textContent()) ?? '').replace('ハッシュ ', '')
}

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)
