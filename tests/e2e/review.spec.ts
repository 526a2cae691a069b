import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { bundleOf, logKeyText, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

const tab = (page: Page, name: string) => page.getByRole('tab', { name })

test('a bundle is reviewed with no backend and no network, and a tampered one names its entry', async ({
  launch,
  newProfile,
}) => {
  const profile = newProfile()
  const log = await makeLog({ count: 600 })
  const whole = join(profile, 'log.libral-bundle')
  writeFileSync(whole, await bundleOf(sourceOf(log)))
  const { app, page, log: logged } = await launch({ profile, args: [`--review=${whole}`] })
  await expect(page.getByText('監査のみ', { exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { name: '不一致はありませんが' })).toBeVisible()
  await expect(page.getByText('署名0/600件検証')).toBeVisible()
  expect.soft(await violations(page), 'unconfirmed').toEqual([])

  await tab(page, '信頼する鍵').click()
  await page.getByLabel('鍵または指紋').fill(logKeyText(log))
  await page.getByLabel('名前', { exact: true }).fill('本番の監査ログ')
  await page.getByRole('button', { name: '登録する' }).click()
  await expect(page.getByRole('cell', { name: '本番の監査ログ', exact: true })).toBeVisible()
  expect.soft(await violations(page), 'keys').toEqual([])
  await tab(page, '監査バンドル').click()
  await expect(page.getByRole('heading', { name: '検証できました' })).toBeVisible()
  await expect(page.getByText('署名600/600件検証')).toBeVisible()

  await tab(page, '記録').click()
  const grid = page.getByRole('grid', { name: '記録の一覧' })
  await expect(grid.getByRole('row').nth(1)).toContainText('599')
  await page.getByLabel('記録を検索').fill('引き継ぎ 321')
  await expect(page.getByRole('status').getByText('1件', { exact: true })).toBeVisible()
  await grid.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  const pane = page.getByRole('complementary', { name: '321番の記録' })
  await expect(pane.getByText('引き継ぎ 321').first()).toBeVisible()
  await pane.getByLabel('この記録についてのメモ').fill('現場の担当に電話で確認した')
  await pane.getByRole('button', { name: 'メモを保存' }).click()
  await expect(page.getByText('メモを保存しました')).toBeVisible()
  expect.soft(await violations(page), 'entry').toEqual([])
  const csv = join(profile, 'review.csv')
  await chooses(app, csv)
  await page.getByRole('button', { name: 'CSVに書き出す' }).click()
  await expect.poll(() => existsSync(csv)).toBe(true)
  expect(readFileSync(csv, 'utf8').split('\r\n')[1]).toMatch(
    /^321,.*検証済み.*引き継ぎ 321.*現場の担当に電話で確認した$/,
  )

  await tab(page, '抽出・メモ').click()
  await page.getByLabel('種', { exact: true }).fill('令和8年度 第1回')
  await page.getByRole('button', { name: '抽出する' }).click()
  await expect(page.getByText('1件から1件を抽出しました')).toBeVisible()
  await expect(page.getByRole('cell', { name: '現場の担当に電話で確認した' })).toBeVisible()
  expect.soft(await violations(page), 'samples').toEqual([])
  await tab(page, 'ポリシー').click()
  await expect(page.getByRole('heading', { name: '有効だったポリシー' })).toBeVisible()
  expect.soft(await violations(page), 'policies').toEqual([])
  await tab(page, '報告').click()
  await page.getByLabel('監査した人').fill('監査 花子')
  expect.soft(await violations(page), 'report').toEqual([])
  const pdf = join(profile, 'review.pdf')
  await chooses(app, pdf)
  await page.getByRole('button', { name: 'PDFに書き出す' }).click()
  await expect.poll(() => existsSync(pdf)).toBe(true)
  const paper = readFileSync(pdf).toString('latin1')
  expect(paper.startsWith('%PDF-')).toBe(true)
  expect(paper).toMatch(/\/FontFile[23]?\b/)

  // No backend was started, and nothing of a deployment was made.
  expect(logged().filter(({ event }) => String(event).startsWith('backend.'))).toEqual([])
  expect(existsSync(join(profile, 'deployments/local/core.db'))).toBe(false)

  const edited = log.entries.map((bytes, at) =>
    at === 321 ? Buffer.from(Buffer.from(bytes).toString('utf8').replace('引き継ぎ 321', '引き継ぎ 123')) : bytes,
  )
  const tampered = join(profile, 'tampered.libral-bundle')
  const source = { ...sourceOf(log), entries: async (from: number, to: number) => edited.slice(from, to) }
  writeFileSync(tampered, await bundleOf(source))
  await tab(page, '監査バンドル').click()
  await chooses(app, tampered)
  await page.getByRole('button', { name: '監査バンドルを開く' }).click()
  await expect(page.getByRole('heading', { name: '検証できない記録があります' })).toBeVisible()
  await page.getByRole('button', { name: '321番の記録を開く' }).click()
  await expect(page.getByRole('complementary', { name: '321番の記録' })).toContainText('署名された引数と一致しません')
  await expect(page.getByText('メモを書いたときと、この番号の記録が異なります')).toBeVisible()
  await tab(page, '監査バンドル').click()
  expect.soft(await violations(page), 'failed').toEqual([])
})
