import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { readableTo } from '#main/audit/bundle/write.ts'
import { approvedAt, makeApprovedLog } from '#tests/fixtures/bundle/approved.ts'
import { began, bundleOf, logKeyText, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { identity, v4Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { Keys } from './pages/keys.ts'
import { Shell } from './pages/shell.ts'

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true })

test('a bundle is reviewed with no backend and no network, and a tampered one names its entry', async ({
  launch,
  newProfile,
}) => {
  const profile = newProfile()
  const log = await makeLog({ count: 600, restoredAt: 400 })
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
  const explained = page.getByRole('table', { name: /^説明のある断絶/ })
  await expect(explained.getByRole('row').nth(1)).toContainText('ディスクの故障')
  await expect(page.getByRole('button', { name: '400番の記録を開く' })).toBeVisible()
  expect.soft(await violations(page), 'verdict').toEqual([])

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
  const certificate = join(profile, '321.libral-certificate')
  await chooses(app, certificate)
  await pane.getByRole('button', { name: '監査証明書を作る…' }).click()
  const wish = page.getByRole('dialog', { name: '監査証明書を作る' })
  await expect(wish.getByLabel('最初の番号')).toHaveValue('321')
  await wish.getByLabel('最後の番号').fill('600')
  await expect(wish.getByText('番号の範囲を確かめてください')).toBeVisible()
  await wish.getByLabel('最後の番号').fill('322')
  expect.soft(await violations(page), 'certificate').toEqual([])
  await wish.getByRole('button', { name: '書き出す' }).click()
  await expect.poll(() => existsSync(certificate)).toBe(true)
  const trusted = [{ kind: 'log', key: logKeyText(log), label: '本番の監査ログ', at: 0 }] as const
  expect(await verifyBundle(() => [readFileSync(certificate)], { trusted })).toMatchObject({
    ...{ outcome: 'verified', manifest: { kind: 'certificate', from: 321, to: 323 } },
  })
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

  // Nor is anything offered that would connect.
  const goTo = (name: string) => page.getByRole('navigation').getByRole('link', { name }).click()
  await goTo('設定')
  await expect(page.getByRole('radio', { name: '接続先' })).toHaveCount(0)
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog', { name: 'コマンドパレット' })
  await expect(palette.getByRole('option', { name: '監査バンドルを開く' })).toBeVisible()
  await expect(palette.getByRole('option', { name: /接続|バックエンド|ウィンドウ|イベント|アラート/ })).toHaveCount(0)
  await page.keyboard.press('Escape')
  await goTo('監査')

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

const encryptedTo = async (reader: Awaited<ReturnType<typeof identity>>, bytes: Uint8Array): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  const whole = (async function* () {
    yield bytes
  })()
  for await (const piece of readableTo([reader.certificate], whole)) pieces.push(piece)
  return Buffer.concat(pieces)
}
/** Files below a folder that hold this text in the clear. */
const filesWith = (folder: string, text: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => [Buffer.from(text), Buffer.from(text, 'utf16le')].some((it) => readFileSync(path).includes(it)))

test('an encrypted bundle opens with the key in the vault, tells who approved what, and is nowhere in the clear', async ({
  launch,
  newProfile,
}) => {
  const made = { date: new Date(began - 60_000) }
  const [auditor, sato, suzuki] = [
    await identity(v4Kinds['v4 curve25519Legacy'], { userIDs: { name: '監査花子' } }),
    await identity(v4Kinds['v4 P-256'], made),
    await identity(v4Kinds['v4 P-256'], made),
  ]
  const secretWord = '月見草の件による退職'
  const log = await makeApprovedLog(sato, suzuki, secretWord)
  const folder = newProfile()
  const bundle = join(folder, 'log.libral-bundle.pgp')
  writeFileSync(bundle, await encryptedTo(auditor, await bundleOf(sourceOf(log))))
  const secretKey = join(folder, 'auditor.asc')
  writeFileSync(secretKey, auditor.secret.armor())

  const { app, page, profile, process: main } = await launch()
  const keys = new Keys(app, page)
  await keys.setUp('kuroshio-no-nagare-42')
  await chooses(app, secretKey)
  await page.getByRole('button', { name: '取り込む', exact: true }).click()
  await page.getByRole('button', { name: 'ファイルから' }).click()
  const result = page.getByRole('dialog', { name: '取り込みの結果' })
  await expect(result).toContainText('監査花子')
  await result.getByRole('button', { name: '閉じる' }).last().click()

  await new Shell(page).open('監査')
  await tab(page, '監査バンドル').click()
  await chooses(app, bundle)
  await page.getByRole('button', { name: '監査バンドルを開く' }).click()
  await expect(page.getByRole('heading', { name: '不一致はありませんが' })).toBeVisible()
  await tab(page, '信頼する鍵').click()
  const entered = [logKeyText(log), sato.fingerprint, suzuki.fingerprint]
  for (const [nth, key] of entered.entries()) {
    await page.getByLabel('鍵または指紋').fill(key)
    await page.getByLabel('名前', { exact: true }).fill(['本番の監査ログ', '佐藤', '鈴木'][nth] ?? '')
    await page.getByRole('button', { name: '登録する' }).click()
    await expect(
      page.getByRole('cell', { name: ['本番の監査ログ', '佐藤', '鈴木'][nth] ?? '', exact: true }),
    ).toBeVisible()
  }
  await tab(page, '監査バンドル').click()
  await expect(page.getByRole('heading', { name: '検証できました' })).toBeVisible()

  await tab(page, '記録').click()
  const grid = page.getByRole('grid', { name: '記録の一覧' })
  await grid.getByRole('row').nth(1).click()
  const pane = page.getByRole('complementary', { name: `${approvedAt.decision}番の記録` })
  const trail = pane.locator('section', { has: page.getByRole('heading', { name: '承認の経緯' }) })
  const steps = trail.locator('ol').getByRole('listitem')
  await expect(steps).toHaveCount(3)
  await expect(steps.nth(0)).toContainText(/依頼.*sato.*6番/s)
  await expect(steps.nth(0)).toContainText(sato.certificate.getFingerprint())
  await expect(steps.nth(1)).toContainText(/承認.*suzuki.*7番/s)
  await expect(steps.nth(1)).toContainText(suzuki.certificate.getFingerprint())
  await expect(steps.nth(2)).toContainText('実行')
  await expect(pane).toContainText('6番の記録から有効')
  expect.soft(await violations(page), 'approvals').toEqual([])
  await tab(page, 'ポリシー').click()
  await expect(page.getByText('@approvals("1 custodian")')).toBeVisible()

  // Ended as a machine that loses its power ends it.
  const ended = once(main, 'exit')
  main.kill('SIGKILL')
  await ended
  expect(readdirSync(join(profile, 'review/open'))).toHaveLength(1)
  expect(filesWith(profile, secretWord)).toEqual([])
})
