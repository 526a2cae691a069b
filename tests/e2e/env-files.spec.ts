import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { generateKey } from 'openpgp'
import { openGnupgHome } from '#tests/fakes/gnupg-home.ts'
import { lacking } from '#tests/fakes/programs.ts'
import { expect, test } from './app.ts'
import { EnvFiles } from './pages/env-files.ts'
import { call, tapPort } from './port.ts'

const missing = lacking('gpg', 'gpgconf', 'gpg-agent')[0] ?? null
test.skip(missing !== null, `no ${missing}`)

const secret = 'ひみつ-4a7d'
const violations = async (page: Page): Promise<readonly string[]> => {
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return found.map(({ id, nodes }) => `${id} ${nodes.map(({ target }) => target).join(' ')}`)
}

/** The session of the next file, as the page is told of it. */
const heardSession = (page: Page): Promise<string> =>
  page.evaluate(
    () =>
      new Promise<string>((resolve) =>
        window.libralTestPort?.addEventListener('message', ({ data }) => {
          const found = /"session":"([0-9a-f-]{36})"/.exec(String(data))?.[1]
          if (found !== undefined) resolve(found)
        }),
      ),
  )

test('a file of settings is made, read by GnuPG, edited, and kept from whoever changed it meanwhile', async ({
  libral: { app, page, profile },
}) => {
  const gnupg = await openGnupgHome()
  try {
    const gpg = async (args: readonly string[], input?: string | Uint8Array): Promise<string> => {
      const { code, stdout, stderr } = await gnupg.gpg(['--trust-model', 'always', ...args], input)
      expect(code, stderr).toBe(0)
      return stdout.toString()
    }
    await gpg(['--passphrase', '', '--quick-gen-key', '佐藤一郎 <sato@example.jp>', 'ed25519', 'default', '1y'])
    const primary = /^fpr:+([0-9A-F]{40})/m.exec(await gpg(['--with-colons', '-k', 'sato@example.jp']))?.[1] ?? ''
    const signsOnly = join(profile, 'signs-only.asc')
    writeFileSync(signsOnly, await gpg(['--armor', '--export', 'sato@example.jp']))
    await gpg(['--passphrase', '', '--quick-add-key', primary, 'cv25519', 'encr', '1y'])
    const peers = join(profile, 'peers.asc')
    const { publicKey: modern } = await generateKey({
      ...{ userIDs: [{ name: '鈴木次郎', email: 'suzuki@example.jp' }], type: 'curve25519', format: 'armored' },
      config: { v6Keys: true },
    })
    writeFileSync(peers, await gpg(['--armor', '--export', 'sato@example.jp']))
    writeFileSync(join(profile, 'modern.asc'), modern)

    const files = new EnvFiles(app, page)
    const { messages } = files
    await messages.keys.setUp('kuroshio-no-nagare-42')
    const details = await messages.keys.create('田中花子', 'hanako@example.jp')
    await details.getByRole('button', { name: '閉じる' }).last().click()
    const take = async (file: string): Promise<void> => {
      await messages.keys.tab('鍵')
      await messages.chooses(file)
      await page.getByRole('button', { name: '取り込む' }).click()
      await page.getByRole('button', { name: 'ファイルから' }).click()
      const result = page.getByRole('dialog', { name: '取り込みの結果' })
      await expect(result).toContainText(/追加|更新/)
      await result.getByRole('button', { name: '閉じる' }).last().click()
    }
    await take(signsOnly)
    await take(join(profile, 'modern.asc'))

    const env = join(profile, '.env.gpg')
    await files.open(env, '新しく作る')
    await expect(page.getByText('設定はまだありません。')).toBeVisible()
    const reader = page.getByLabel('読める人を追加')
    const readers = page.getByRole('list', { name: '読める人' })
    await reader.selectOption({ label: '佐藤一郎　sato@example.jp' })
    await expect(readers).toContainText('暗号化できる鍵がありません')
    const unusable = await files.review()
    await expect(unusable.getByRole('button', { name: '暗号化して保存' })).toBeDisabled()
    await unusable.getByRole('button', { name: 'キャンセル' }).click()
    await take(peers)
    await files.open(env, '新しく作る')
    await files.add('1DB', 'x')
    await expect(page.getByRole('alert')).toContainText('名前に使えない文字があります')
    await page.getByRole('dialog').getByRole('button', { name: 'キャンセル' }).click()
    await files.add('DB_PASSWORD', secret)
    await files.add('API_URL', 'https://api.example.jp/')
    await expect(files.table()).not.toContainText(secret)
    await reader.selectOption({ label: '佐藤一郎　sato@example.jp' })
    await expect(readers).toContainText('佐藤一郎sato@example.jpv4未確認')
    expect.soft(await violations(page), 'sheet').toEqual([])
    await files.save()
    await expect(page.getByText('.env.gpgを暗号化して保存しました')).toBeVisible()
    expect(await gpg(['--decrypt', env])).toBe(`DB_PASSWORD='${secret}'\nAPI_URL=https://api.example.jp/\n`)
    expect(readdirSync(profile).filter((it) => it.endsWith('.part'))).toEqual([])

    // One value at a time, and only while it is wanted.
    await messages.run('DB_PASSWORDの値を表示')
    await expect(files.row('DB_PASSWORD')).toContainText(secret)
    await messages.run('DB_PASSWORDの値を隠す')
    await expect(files.row('DB_PASSWORD')).not.toContainText(secret)
    await page.getByLabel('名前で探す').fill('api')
    await expect(files.row('DB_PASSWORD')).toHaveCount(0)
    await page.getByLabel('名前で探す').fill('')
    await expect(files.row('DB_PASSWORD')).toHaveCount(1)

    // The difference by name, before it is saved.
    await files.change('DB_PASSWORD', 'new one')
    await messages.run('API_URLを削除')
    const review = await files.review()
    const lines = review.getByRole('list', { name: '変更する設定' }).getByRole('listitem')
    await expect(lines).toHaveText([/^変更DB_PASSWORD表示$/, /^削除API_URL表示$/])
    await review.getByRole('button', { name: 'DB_PASSWORDの値を表示' }).click()
    await expect(lines.first()).toContainText(secret)
    await expect(lines.first()).toContainText('new one')
    expect.soft(await violations(page), 'review').toEqual([])
    await review.getByRole('button', { name: 'キャンセル' }).click()
    await messages.run('API_URLを元に戻す')

    // Readers: who leaves keeps old copies; nobody left with version 4 is said.
    await messages.run('佐藤一郎を外す')
    await expect(page.getByText('古い写しは引き続き読めます。')).toBeVisible()
    await messages.run('田中花子を外す')
    await expect(page.getByText('読める人がいません')).toBeVisible()
    await reader.selectOption({ label: '鈴木次郎　suzuki@example.jp' })
    await expect(page.getByText('GnuPGでは開けません')).toBeVisible()
    await expect(page.getByText('自分は開けなくなります')).toBeVisible()
    await messages.run('田中花子を戻す')
    await expect(page.getByText('GnuPGでは開けません')).toHaveCount(0)

    // Somebody else was faster: nothing of theirs is lost.
    const before = readFileSync(env)
    const theirs = Buffer.concat([before, Buffer.from([0])])
    writeFileSync(env, theirs)
    await files.save()
    await expect(page.getByRole('alert')).toContainText('ほかで変更されました')
    await expect(page.getByRole('alert')).toContainText('env.changed')
    expect(readFileSync(env).equals(theirs)).toBe(true)
    writeFileSync(env, before)
    await messages.run('いまのファイルを開き直す')
    await page.getByRole('dialog').getByRole('button', { name: '変更を捨てて開き直す' }).click()
    await expect(page.getByText('未保存の変更があります')).toHaveCount(0)

    await files.change('DB_PASSWORD', 'third')
    await messages.run('佐藤一郎を外す')
    await files.save()
    await expect(page.getByText('未保存の変更があります')).toHaveCount(0)
    expect((await gnupg.gpg(['--decrypt', env])).code).not.toBe(0)

    // Lock takes it all; who opens it again sees what was saved.
    await messages.run('DB_PASSWORDの値を表示')
    await expect(files.row('DB_PASSWORD')).toContainText('third')
    await messages.keys.lock()
    await expect(page.getByText('third')).toHaveCount(0)
    const window = await messages.keys.window(() => page.getByRole('button', { name: '解錠' }).last().click())
    await messages.keys.answer(window, 'kuroshio-no-nagare-42')
    await messages.keys.unlocked()
    await tapPort(page)
    const session = heardSession(page)
    await files.open(env)
    await messages.run('DB_PASSWORDの値を表示')
    await expect(files.row('DB_PASSWORD')).toContainText('third')
    const held = { session: await session, name: 'DB_PASSWORD', side: 'after' }
    expect(await call(page, 'envFiles/value', held)).toEqual({ ok: true, value: { value: 'third' } })
    // Leaving the tab does too, in the vault's process as well.
    await messages.keys.tab('公開')
    await expect(page.getByRole('region', { name: 'アドレスから証明書を探す' })).toBeVisible()
    await expect.poll(() => call(page, 'envFiles/value', held)).toEqual({ ok: false, code: 'file.not-chosen' })
    await messages.keys.tab('設定ファイル')
    await expect(page.getByRole('button', { name: 'ファイルを開く' })).toBeVisible()
  } finally {
    await gnupg.stop()
  }
})
