import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { ElectronApplication, Page } from '@playwright/test'
import { expect, test } from './app.ts'

const storeFiles = ['core.db', 'core.db-wal', 'core.db-shm']

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

const openAudit = async (page: Page): Promise<void> => {
  await page.getByRole('link', { name: '監査' }).click()
  await expect(page.getByRole('heading', { name: '監査', level: 1 })).toBeVisible()
}
const violations = async (page: Page): Promise<readonly string[]> => {
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target}`))
}

/** The connected backend's own log, in one file, which the review then opens as any other. */
const exportsBundle = async (app: ElectronApplication, page: Page, file: string): Promise<void> => {
  await page.getByRole('tab', { name: '監査バンドル' }).click()
  await page.getByRole('button', { name: '大きさを調べる' }).click()
  await expect(page.getByText(/^0〜\d+番　\d+件　約/)).toBeVisible()
  expect.soft(await violations(page), 'export').toEqual([])
  await chooses(app, file)
  await page.getByRole('button', { name: '書き出す', exact: true }).click()
  await expect.poll(() => existsSync(file)).toBe(true)
  await page.getByRole('button', { name: '監査バンドルを開く' }).click()
  await expect(page.getByRole('heading', { name: '不一致はありませんが' })).toBeVisible()
  const key = page
    .getByRole('row')
    .filter({ hasText: '未確認の鍵' })
    .getByText(/^libral:[^ ]+\+[0-9a-f]{8}\+/)
  const logKey = (await key.first().textContent()) ?? ''
  await page.getByRole('tab', { name: '信頼する鍵' }).click()
  await page.getByLabel('鍵または指紋').fill(logKey)
  await page.getByLabel('名前', { exact: true }).fill('この端末の監査ログ')
  await page.getByRole('button', { name: '登録する' }).click()
  await expect(page.getByRole('cell', { name: 'この端末の監査ログ', exact: true })).toBeVisible()
  await page.getByRole('tab', { name: '監査バンドル' }).click()
  await expect(page.getByRole('heading', { name: '検証できました' })).toBeVisible()
  await expect(page.getByText(/^署名[1-9]\d*\/\d+件検証/)).toBeVisible()
}

/** A person settles why the history is another. */
const accepts = async (page: Page, reason: string): Promise<void> => {
  await page.getByRole('button', { name: '示された履歴を受け入れる' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: '受け入れる', exact: true })).toBeDisabled()
  await dialog.getByLabel('理由').fill(reason)
  await dialog.getByRole('button', { name: '受け入れる', exact: true }).click()
  await expect(page.getByText('記録は途切れず続いています')).toBeVisible()
  await expect(page.getByText('接続済み')).toBeVisible()
}

test('a history that goes behind what was seen is refused, and begins anew only for a reason', async ({
  launch,
  newProfile,
}) => {
  const profile = newProfile()
  const store = join(profile, 'deployments/local')
  const first = await launch({ profile })
  await expect(first.page.getByText('接続済み')).toBeVisible()
  await first.quit()
  const copyOf = (which: string, name: string): string => join(profile, `${which}-${name}`)
  const keep = (which: string): void => {
    for (const name of storeFiles)
      if (existsSync(join(store, name))) copyFileSync(join(store, name), copyOf(which, name))
  }
  const putBack = (which: string): void => {
    for (const name of storeFiles) {
      rmSync(join(store, name), { force: true })
      if (existsSync(copyOf(which, name))) copyFileSync(copyOf(which, name), join(store, name))
    }
  }
  keep('kept')

  const second = await launch({ profile })
  await openAudit(second.page)
  await expect(second.page.getByText('記録は途切れず続いています')).toBeVisible()
  const exported = join(profile, 'seen.checkpoint')
  await chooses(second.app, exported)
  await second.page.getByRole('button', { name: 'チェックポイントを書き出す' }).click()
  await expect.poll(() => existsSync(exported)).toBe(true)
  expect(readFileSync(exported, 'utf8')).toMatch(/^libral:[0-9a-f-]+\n\d+\n.+\n\n— libral:.+\n— libral-desktop\/.+\n$/)
  await second.page.getByRole('button', { name: '別の端末のものと比べる' }).click()
  await expect(second.page.getByText(/^同じ記録です$|途切れず続いています$/).last()).toBeVisible()
  const forged = join(profile, 'forged.checkpoint')
  writeFileSync(forged, readFileSync(exported, 'utf8').replace(/\n\d+\n/, '\n1\n'))
  await chooses(second.app, forged)
  await second.page.getByRole('button', { name: '別の端末のものと比べる' }).click()
  await expect(second.page.getByText('チェックポイントの署名が一致しません')).toBeVisible()
  expect.soft(await violations(second.page), 'holds').toEqual([])
  await exportsBundle(second.app, second.page, join(profile, 'own.libral-bundle'))
  await second.quit()

  keep('grown')
  putBack('kept')
  const third = await launch({ profile })
  const banner = third.page.getByRole('alert').first()
  await expect(banner).toContainText(/この端末が確認した/)
  await banner.getByRole('button', { name: '詳しく見る' }).click()
  await expect(third.page.getByText('バックエンドの記録は、ここまでの記録と一致しません')).toBeVisible()
  expect.soft(await violations(third.page), 'alarm').toEqual([])
  const folders = readdirSync(join(store, 'checkpoints')).filter((name) => name.startsWith('evidence-'))
  expect(folders).toHaveLength(1)
  await accepts(third.page, 'バックアップから復元した。佐藤に電話で確認')
  await expect(banner).toBeHidden()
  const accepted = readdirSync(join(store, 'checkpoints'), { recursive: true }).map(String)
  expect(accepted.some((name) => name.endsWith('accepted.txt'))).toBe(true)
  await third.quit()

  // The other branch of the same log, longer than all that this desktop saw of its own: a fork behind its back.
  putBack('grown')
  const fourth = await launch({ profile })
  const { page } = fourth
  await expect(page.getByRole('alert').first()).toContainText(
    'この端末が確認した記録が、バックエンドの記録に含まれていません',
  )
  await expect(page.getByText('接続済み')).toBeHidden()
  await page.getByRole('alert').first().getByRole('button', { name: '詳しく見る' }).click()
  await expect(page.getByText('いま行うこと')).toBeVisible()
  expect.soft(await violations(page), 'fork').toEqual([])
  const evidence = join(profile, 'fork.json')
  await chooses(fourth.app, evidence)
  await page.getByRole('button', { name: '証拠を書き出す' }).click()
  await expect.poll(() => existsSync(evidence)).toBe(true)
  const { format, seen, shown } = JSON.parse(readFileSync(evidence, 'utf8'))
  expect(format).toBe('libral-fork-evidence')
  const signedHead = /^libral:[0-9a-f-]+\n\d+\n.+\n\n— libral:/
  expect([seen, shown].every((note) => signedHead.test(note))).toBe(true)
  expect(seen).not.toBe(shown)
  // As on a machine that knows the other branch: it says which side its log goes on from.
  await accepts(page, '証拠を監査担当に渡した')
  await page.getByRole('button', { name: '別の端末のものと比べる' }).click()
  await expect(page.getByText('枝分かれの証拠です')).toBeVisible()
  await expect(page.getByText(/^その端末が以前に確かめた履歴：.*(枝分かれしています|短くなっています)/)).toBeVisible()
  await expect(page.getByText(/^その端末に後から示された履歴：(同じ記録です|.*途切れず続いています)$/)).toBeVisible()
})
