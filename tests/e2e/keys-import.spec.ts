import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { decryptKey, generateKey, type PrivateKey, readPrivateKey } from 'openpgp'
import { openGnupgHome } from '../fakes/gnupg-home.ts'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { Keys } from './pages/keys.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

const someone = async (name: string, secret?: string): Promise<PrivateKey> => {
  const made = await generateKey({
    ...{ type: 'ecc', curve: 'curve25519Legacy', userIDs: { name, email: 'someone@example.org' }, format: 'object' },
    ...(secret !== undefined && { passphrase: secret }),
  })
  return made.privateKey
}

const importBy = async (page: Page, way: 'ファイルから' | '貼り付け' | 'GnuPGから'): Promise<void> => {
  await page.getByRole('button', { name: '取り込む', exact: true }).click()
  await page.getByRole('button', { name: way }).click()
}
/** What became of it, as the page says. */
const result = async (page: Page, ...texts: readonly string[]): Promise<void> => {
  const dialog = page.getByRole('dialog', { name: '取り込みの結果' })
  for (const text of texts) await expect(dialog).toContainText(text)
  await dialog.getByRole('button', { name: '閉じる' }).last().click()
}
const line = (page: Page, list: '自分の鍵' | 'ほかの人の証明書', name: string) =>
  page.getByRole('table', { name: list }).getByRole('row', { name: new RegExp(name) })

test('certificates and secret keys come in by file, paste and GnuPG, and leave under a passphrase of their own', async ({
  launch,
}) => {
  const gnupg = await openGnupgHome()
  try {
    const { app, page, profile } = await launch({ env: { GNUPGHOME: gnupg.path } })
    const keys = new Keys(app, page)
    await keys.setUp(passphrase)

    // A certificate in a file.
    const sato = await someone('佐藤一郎')
    const file = join(profile, 'in.asc')
    writeFileSync(file, sato.toPublic().armor())
    await chooses(app, file)
    await importBy(page, 'ファイルから')
    await result(page, '追加', '佐藤一郎')
    await importBy(page, 'ファイルから')
    await result(page, '変更なし')

    // Pasted; a secret key is refused there.
    const suzuki = await someone('鈴木次郎')
    await importBy(page, '貼り付け')
    const paste = page.getByRole('dialog', { name: '証明書の貼り付け' })
    await paste.getByRole('textbox').fill(suzuki.armor())
    await paste.getByRole('button', { name: '取り込む', exact: true }).click()
    await expect(page.getByRole('region', { name: '操作の結果' })).toContainText('秘密鍵')
    await paste.getByRole('textbox').fill(suzuki.toPublic().armor())
    await paste.getByRole('button', { name: '取り込む', exact: true }).click()
    await result(page, '追加', '鈴木次郎')

    // A secret key in a file: its own passphrase is asked in the vault's window, until it is right.
    const own = await someone('田中花子', 'himitsu-no-aikotoba')
    writeFileSync(file, own.armor())
    await importBy(page, 'ファイルから')
    const ask = await vaultWindow(app, '秘密鍵の取り込み')
    await keys.answer(ask, 'wrong')
    await expect(ask.getByRole('alert')).toHaveText('パスフレーズが違います。')
    await keys.answer(ask, 'himitsu-no-aikotoba')
    await result(page, '追加', '田中花子')
    await expect(line(page, '自分の鍵', '田中花子')).toBeVisible()

    // From GnuPG: the certificate, then the secret key under the passphrase that it has there.
    const made = ['--pinentry-mode', 'loopback', '--passphrase', 'gnupg-no-kagi', '--quick-generate-key']
    await gnupg.gpg(['--batch', ...made, '伊藤三郎 <ito@example.org>', 'ed25519', 'sign', 'never'])
    await importBy(page, 'GnuPGから')
    const list = page.getByRole('dialog', { name: 'GnuPGから取り込む' })
    await list.getByRole('checkbox', { name: /伊藤三郎/ }).check()
    await list.getByRole('button', { name: '取り込む', exact: true }).click()
    await result(page, '追加', '伊藤三郎')
    await importBy(page, 'GnuPGから')
    await list.getByRole('checkbox', { name: '秘密鍵も取り込む' }).check()
    await list.getByRole('checkbox', { name: /伊藤三郎/ }).check()
    await list.getByRole('button', { name: '取り込む', exact: true }).click()
    const unlock = await vaultWindow(app, 'GnuPGからの取り込み')
    await keys.answer(unlock, 'gnupg-no-kagi')
    await result(page, '更新', '伊藤三郎')
    await expect(line(page, '自分の鍵', '伊藤三郎')).toBeVisible()

    // 確認済み, for a certificate of another, and taken back.
    await page.getByRole('button', { name: '佐藤一郎の詳細' }).click()
    const details = page.getByRole('dialog', { name: '佐藤一郎' })
    await expect(details).toContainText('未確認')
    await details.getByRole('button', { name: '指紋を照合し、確認済みにする' }).click()
    await expect(details.getByText('確認済み', { exact: true })).toBeVisible()
    expect.soft(await violations(page), 'details').toEqual([])
    await details.getByRole('button', { name: '確認済みを取り消す' }).click()
    await expect(details.getByText('未確認', { exact: true })).toBeVisible()
    await details.getByRole('button', { name: '閉じる' }).last().click()

    // A secret key leaves under a new passphrase, asked in the vault's window; without one nothing is written.
    const out = join(profile, 'secret.asc')
    await chooses(app, out)
    await page.getByRole('button', { name: '田中花子の詳細' }).click()
    const mine = page.getByRole('dialog', { name: '田中花子' })
    await mine.getByRole('button', { name: '秘密鍵を保存' }).click()
    const declined = await vaultWindow(app, '秘密鍵の書き出し')
    await pressLast(declined.getByRole('button', { name: 'キャンセル' }))
    await expect.poll(() => app.windows().some((it) => it.url().includes('vault.html'))).toBe(false)
    expect(readIfThere(out)).toBe('')
    await mine.getByRole('button', { name: '秘密鍵を保存' }).click()
    const exported = await vaultWindow(app, '秘密鍵の書き出し')
    await keys.answer(exported, 'mochidashi-no-aikotoba')
    await expect.poll(() => readIfThere(out)).toContain('BEGIN PGP PRIVATE KEY')
    const locked = await readPrivateKey({ armoredKey: readIfThere(out) })
    expect(locked.isDecrypted()).toBe(false)
    expect(locked.getFingerprint()).toBe(own.getFingerprint())
    const opened = await decryptKey({ privateKey: locked, passphrase: 'mochidashi-no-aikotoba' })
    expect(opened.isDecrypted()).toBe(true)
  } finally {
    await gnupg.stop()
  }
})

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
