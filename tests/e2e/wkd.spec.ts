import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { readKeys } from 'openpgp'
import { expect, test } from './app.ts'
import { Messages } from './pages/messages.ts'

test('own certificates are written for a web server; an address without a directory says so', async ({
  libral: { app, page, profile },
}) => {
  const messages = new Messages(app, page)
  const { keys } = messages
  await keys.setUp('kuroshio-no-nagare-42')
  const details = await keys.create('田中花子', 'hanako@example.jp')
  await details.getByRole('button', { name: '閉じる' }).last().click()
  await keys.tab('公開')
  await expect(page.getByText('https://openpgpkey.example.jp/ で公開します。')).toBeVisible()
  const folder = join(profile, 'www')
  mkdirSync(folder)
  await messages.chooses(folder)
  await page.getByRole('button', { name: 'フォルダーに書き出す' }).click()
  await expect(page.getByText('wwwに2個のファイルを書き出しました')).toBeVisible()
  const base = join(folder, '.well-known/openpgpkey/example.jp')
  expect(existsSync(join(base, 'policy'))).toBe(true)
  const [entry = ''] = readdirSync(join(base, 'hu'))
  expect(entry).toMatch(/^[a-z0-9]{32}$/)
  await expect(page.getByText(`.well-known/openpgpkey/example.jp/hu/${entry}`)).toBeVisible()
  const published = await readKeys({ binaryKeys: new Uint8Array(readFileSync(join(base, 'hu', entry))) })
  expect(published.map((it) => [it.isPrivate(), it.keyPacket.version])).toEqual([
    [false, 6],
    [false, 4],
  ])
  // `.invalid` exists nowhere (RFC 2606): asked of the system's resolver, and of nobody else.
  await page.getByLabel('相手のメールアドレス').fill('nobody@directory.invalid')
  await page.getByRole('button', { name: '探す' }).click()
  await expect(page.getByRole('alert')).toContainText(/公開場所（WKD）がありません|公開場所につながりません/)
  await page.getByLabel('相手のメールアドレス').fill('no address')
  await page.getByRole('button', { name: '探す' }).click()
  await expect(page.getByRole('alert')).toContainText('メールアドレスの形が正しくありません')
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
})
