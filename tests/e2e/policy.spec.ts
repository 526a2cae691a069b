import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { Shell } from './pages/shell.ts'

test('a policy is read in plain words, edited under checks, and shows what it would change', async ({
  libral: { page },
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
})
