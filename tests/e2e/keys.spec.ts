import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { expect, test } from './app.ts'
import { violations } from './axe.ts'
import { Keys } from './pages/keys.ts'
import { pressLast, vaultPid } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

test('a custodian makes a vault and an identity, locks, and opens it again', async ({
  libral: { app, page, profile },
}) => {
  const keys = new Keys(app, page)
  await keys.open()
  expect(await vaultPid(app)).toBeUndefined()
  await keys.setUp(passphrase)
  const details = await keys.create('田中花子', 'hanako@example.jp')
  await expect(details.getByRole('region', { name: 'v6（RFC 9580）' })).toContainText('ed25519')
  await expect(details.getByRole('region', { name: 'v4（GnuPG向け）' })).toContainText('x25519')
  expect.soft(await violations(page), 'details').toEqual([])
  const revocation = join(profile, 'revocation.asc')
  await chooses(app, revocation)
  await details.getByRole('button', { name: '失効証明書を保存' }).first().click()
  await expect.poll(() => readIfThere(revocation)).toContain('BEGIN PGP')
  await details.getByRole('button', { name: '暗号化の鍵を更新' }).click()
  await expect(details.getByRole('region', { name: 'v6（RFC 9580）' }).getByRole('row')).toHaveCount(4)
  await details.getByRole('button', { name: '閉じる' }).last().click()
  const row = page.getByRole('table', { name: '自分の鍵' }).getByRole('row', { name: /田中花子/ })
  await expect(row).toContainText('有効')
  await expect(page.getByText('バックアップがありません。')).toBeVisible()
  expect.soft(await violations(page), 'list').toEqual([])
  for (const file of readdirSync(join(profile, 'vault')))
    expect(readFileSync(join(profile, 'vault', file)).includes('hanako'), file).toBe(false)

  const pid = await vaultPid(app)
  expect(pid).toBeDefined()
  await keys.lock()
  await expect.poll(() => vaultPid(app)).toBeUndefined()
  expect.soft(await violations(page), 'locked').toEqual([])

  const window = await keys.window(() => page.getByRole('button', { name: '解錠' }).last().click())
  await keys.answer(window, 'a wrong passphrase')
  await expect(window.getByRole('alert')).toHaveText('パスフレーズが違います。')
  expect.soft(await violations(window), 'the window').toEqual([])
  await keys.answer(window, passphrase)
  await keys.unlocked()
  await expect(row).toBeVisible()
})

test('a backup restores the keyring on another machine', async ({ launch }) => {
  const first = await launch()
  const keys = new Keys(first.app, first.page)
  await keys.setUp(passphrase)
  const details = await keys.create('佐藤一郎', 'sato@example.jp')
  const fingerprint = await details.locator('output').first().textContent()
  await details.getByRole('button', { name: '閉じる' }).last().click()
  const folder = join(first.profile, 'out')
  mkdirSync(folder)
  const file = join(folder, 'keys.asc')
  await chooses(first.app, file)
  const window = await keys.window(() => first.page.getByRole('button', { name: 'バックアップ' }).click())
  await keys.answer(window, 'another passphrase')
  await expect(first.page.getByText('バックアップがありません。')).toBeHidden()
  const backup = readFileSync(file, 'utf8')
  expect(backup).toContain('BEGIN PGP MESSAGE')
  await first.quit()

  const second = await launch()
  const there = new Keys(second.app, second.page)
  await there.open()
  const copy = join(second.profile, 'copy.asc')
  writeFileSync(copy, backup)
  await chooses(second.app, copy)
  const ask = await there.window(() => second.page.getByRole('button', { name: 'バックアップから復元' }).click())
  const next = second.app.waitForEvent('window')
  await there.answer(ask, 'another passphrase')
  const choose = await next
  await choose.locator('form').waitFor()
  await there.answer(choose, 'this machine only')
  await there.unlocked()
  await second.page.getByRole('button', { name: '佐藤一郎の詳細' }).click()
  await expect(second.page.getByRole('dialog', { name: '佐藤一郎' }).locator('output').first()).toHaveText(
    fingerprint ?? '',
  )
})

test('the vault says what becomes unreadable before a key is removed', async ({ libral: { app, page } }) => {
  const keys = new Keys(app, page)
  await keys.setUp(passphrase)
  const details = await keys.create('鈴木', 'suzuki@example.jp')
  const window = await keys.window(() => details.getByRole('button', { name: '削除する' }).click())
  await expect(window.locator('dl')).toContainText('読めなくなるもの')
  await expect(window.locator('dl')).toContainText('ありません。削除すると復元できません')
  await pressLast(window.getByRole('button', { name: 'キャンセル' }))
  await expect(details).toBeVisible()
  const again = await keys.window(() => details.getByRole('button', { name: '削除する' }).click())
  await pressLast(again.getByRole('button', { name: '削除する' }))
  await expect(page.getByText('自分の鍵がありません')).toBeVisible()
})

test('a killed vault shows as locked, and opens again with everything', async ({ libral: { app, page } }) => {
  const keys = new Keys(app, page)
  await keys.setUp(passphrase)
  const details = await keys.create('高橋', 'takahashi@example.jp')
  await details.getByRole('button', { name: '閉じる' }).last().click()
  const pid = await vaultPid(app)
  if (pid === undefined) throw new Error('no vault')
  process.kill(pid, 'SIGKILL')
  await expect(page.getByText('鍵の処理が異常終了しました')).toBeVisible()
  const window = await keys.window(() => page.getByRole('button', { name: '解錠' }).last().click())
  await keys.answer(window, passphrase)
  await keys.unlocked()
  await expect(page.getByRole('row', { name: /高橋/ })).toBeVisible()
})

test('after lock, no process of the app holds the passphrase', async ({ libral: { app, page, process: child } }) => {
  test.skip(process.platform !== 'linux', 'reads /proc')
  const keys = new Keys(app, page)
  await keys.setUp(passphrase)
  await keys.create('伊藤', 'ito@example.jp')
  await page.keyboard.press('Escape')
  await keys.lock()
  await expect.poll(() => vaultPid(app)).toBeUndefined()
  const pids = await app.evaluate(({ app: it }) => it.getAppMetrics().map(({ pid }) => pid))
  expect(pids).toContain(child.pid)
  const processes = await app.evaluate(({ app: it }) =>
    it.getAppMetrics().map(({ pid, type, name }) => ({ pid, what: name ?? type })),
  )
  for (const { pid, what } of processes) expect(holds(pid, passphrase), `${what} ${pid}`).toBe(false)
  // Control: what the renderer shows is found by the same scanner.
  const renderer = await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
  )
  expect(renderer !== undefined && holds(renderer, '鍵は施錠されています')).toBe(true)
})

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Whether a process's memory holds a text, in UTF-8 or UTF-16. */
function holds(pid: number, text: string): boolean {
  const needles = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    return regionsOf(pid).some(([from, to]) => regionHolds(memory, from, to, needles))
  } finally {
    closeSync(memory)
  }
}

/**
 * What of a process's memory somebody can have written: most of it was never touched, or is a program's file as it lies on
 * disk, private and with no page of its own.
 */
function regionsOf(pid: number): readonly (readonly [from: number, to: number])[] {
  const mappings = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  return mappings.flatMap((mapping) => {
    const [, from = '', to = '', mode = '', inode = ''] =
      /^([0-9a-f]+)-([0-9a-f]+) (r...) \S+ \S+ (\d+)/.exec(mapping) ?? []
    const kib = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(mapping)?.[1] ?? 1)
    const untouched = kib('Rss') + kib('Swap') === 0
    const asOnDisk = mode.endsWith('p') && inode !== '0' && kib('Anonymous') + kib('Swap') === 0
    return from === '' || untouched || asOnDisk ? [] : [[Number.parseInt(from, 16), Number.parseInt(to, 16)] as const]
  })
}

const step = 4 * 1024 * 1024

function regionHolds(memory: number, from: number, to: number, needles: readonly Buffer[]): boolean {
  const overlap = Math.max(...needles.map(({ length }) => length))
  const chunk = Buffer.alloc(step + overlap)
  for (let at = from; at < to; at += step) {
    try {
      const read = readSync(memory, chunk, 0, Math.min(chunk.length, to - at), at)
      if (needles.some((it) => chunk.subarray(0, read).includes(it))) return true
    } catch {
      // Reserved, not mapped: nothing is there.
    }
  }
  return false
}
