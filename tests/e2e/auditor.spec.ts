import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { leaveHandover } from '../../protocol/events.ts'
import { issueToken, registerOperator } from '../../protocol/session.ts'
import alerts from '../../renderer/i18n/ja/alerts.json' with { type: 'json' }
import events from '../../renderer/i18n/ja/events.json' with { type: 'json' }
import monitoring from '../../renderer/i18n/ja/monitoring.json' with { type: 'json' }
import { sha256, toBase64url, utf8 } from '../../trust/bytes.ts'
import { redeemAs, type Session, signInAs } from '../fixtures/client/session.ts'
import { freePort } from '../fixtures/servers/free-port.ts'
import { type StandaloneProcess, startStandalone } from '../integration/transport/standalone-process.ts'
import { checkout, expect, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage, question } from './pages/deployments.ts'
import { Shell } from './pages/shell.ts'

let folder: string
let address: string
let backend: StandaloneProcess | undefined

test.beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'au-'))
  address = `127.0.0.1:${await freePort()}`
})
test.afterEach(async () => {
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

const start = async (directory: string): Promise<StandaloneProcess> => {
  backend = await startStandalone(join(folder, directory), ['--listen', address])
  return backend
}
const stop = async (): Promise<void> => {
  backend?.process.kill('SIGTERM')
  await backend?.exited
  backend = undefined
}

/** One of the backend's one-shot commands, as `libral` runs it. */
const order = async <T>(what: object): Promise<T> => {
  const child = spawn(process.execPath, [join(checkout, 'backend/commands/index.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(what))
  const answer = (await json(child.stdout)) as { readonly ok: boolean; readonly info: T }
  expect(answer).toMatchObject({ ok: true })
  return answer.info
}

const tokenFor = async (boss: Session, operator: string): Promise<string> => {
  const token = toBase64url(randomBytes(32))
  await boss.api.command.submit(
    (await boss.own.sign(registerOperator, { operator, name: '監査太郎', roles: ['auditor'] })) as never,
  )
  const digest = toBase64url(sha256(utf8(token)))
  await boss.api.command.submit(
    (await boss.own.sign(issueToken, {
      digest,
      operator,
      label: '監査室',
      expiresAt: Date.now() + 3_600_000,
    })) as never,
  )
  return token
}
const hand = (boss: Session, text: string) => boss.api.command.submit(boss.sign(leaveHandover, { shift: '夜勤', text }))

/** What changes something, by the words on its button. */
const acts: readonly string[] = [
  ...[alerts.acknowledge.action, alerts.silence.action, alerts.silence.lift, alerts.form.create],
  ...Object.values(monitoring.modules.action),
  monitoring.instance.forget,
  events.acknowledge.action,
]

test('an auditor sees no act on any page, who read what, and a restored backup explained', async ({ libral }) => {
  const { app, page } = libral
  const { code } = await start('data')
  const { session: boss, token: bossToken } = await redeemAs(address, code)
  const token = await tokenFor(boss, 'kansa')
  await hand(boss, '控えの前')
  const key = readFileSync(join(folder, 'data/core.key'), 'utf8').trim()
  const file = join(folder, 'x.backup')
  await order({ command: 'backup', directory: join(folder, 'data'), key, file })
  for (const text of ['一', '二', '三']) await hand(boss, text)

  const shell = new Shell(page)
  await shell.open('設定')
  await page.getByRole('radio', { name: '接続先' }).click()
  const deployments = new DeploymentsPage(page)
  await deployments.add({ name: '東京', colour: '青', addresses: [`ws://${address}`] })
  const asked = await question(app, 'トークンの入力')
  await asked.getByLabel('トークン').fill(token)
  await asked.getByRole('button', { name: '決定' }).click()
  await expect(deployments.card('東京')).toContainText('接続済み')
  await deployments.card('東京').getByRole('button', { name: '東京を表示する' }).click()
  await expect(page.locator('header[data-colour="blue"]')).toBeVisible()
  await live(page)

  // Every page that the sidebar leads to; 利用者 is none of them.
  const links = page.getByRole('navigation').getByRole('link')
  await expect(links.filter({ hasText: '利用者' })).toHaveCount(0)
  const pages = await links.allInnerTexts()
  expect(pages.length).toBeGreaterThan(5)
  for (let nth = 0; nth < pages.length; nth++) {
    await links.nth(nth).click()
    await expect(links.nth(nth)).toHaveAttribute('aria-current', 'page')
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
    // Nothing is looked for before there is something to act on.
    if (pages[nth]?.startsWith('監視'))
      await expect(page.getByRole('cell', { name: /アラート\s*alerts/ })).toBeVisible()
    for (const act of acts)
      await expect(page.locator('button', { hasText: new RegExp(`^${act}$`) }), `${pages[nth]} ${act}`).toHaveCount(0)
  }
  await page.evaluate(() => {
    window.location.hash = '#/users'
  })
  await expect(page.getByText('権限がありません').first()).toBeVisible()
  // The backend's word, whatever a page shows: nothing but a session stands in the log by the auditor.
  const own = await signInAs(address, { method: 'token', secret: token })
  await expect(own.api.command.submit(own.sign(leaveHandover, { shift: '夜勤', text: 'x' }))).rejects.toMatchObject({
    code: 'command.not-permitted',
  })
  await own.close()

  await shell.open('監査')
  await page.getByRole('button', { name: '今すぐ確かめる' }).click()
  await expect(page.getByText('この端末', { exact: true })).toBeVisible()
  await expect(page.getByRole('table', { name: 'この記録を確かめた端末' })).toContainText('kansa')
  expect.soft(await violations(page), 'witnesses').toEqual([])
  await page.getByRole('tab', { name: 'アクセス記録' }).click()
  await expect(page.getByRole('heading', { name: 'アクセス記録' })).toBeVisible()
  expect.soft(await violations(page), 'access').toEqual([])

  // The deployment is lost, and restored from the backup.
  await boss.close()
  await stop()
  interface Found {
    readonly deployment: string
    readonly head: { readonly size: number; readonly root: string }
  }
  const found = await order<Found>({ command: 'inspect', key, file })
  const now = Date.now()
  const statement = {
    ...{ v: 1, purpose: 'restore', previous: found.deployment, ...found.head, reason: 'ディスクの故障' },
    ...{ context: `libral:${randomUUID()}`, issuedAt: now, expiresAt: now + 86_400_000, operator: 'admin' },
  }
  const directory = join(folder, 'restored')
  await order({ command: 'restore', directory, key, file, statement, byOperator: null })
  rmSync(join(folder, 'data/core.db'))
  await startRestored(key)

  const alarm = page.getByRole('alert').filter({ hasText: '説明のある断絶' })
  await expect(page.getByRole('alert').first()).toContainText('バックアップから復元されています')
  await page.getByRole('tab', { name: 'この端末の控え' }).click()
  await expect(alarm).toContainText('ディスクの故障')
  await expect(alarm).toContainText('admin')
  await expect(alarm).toContainText('管理者の署名はありません')
  await expect(alarm).toContainText(/この端末が確かめた\d+件が含まれていません/)
  expect.soft(await violations(page), 'break').toEqual([])
  await alarm.getByRole('button', { name: '説明を受け入れる' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('理由').fill('管理者に電話で確かめた')
  await dialog.getByRole('button', { name: '受け入れる', exact: true }).click()
  await expect(page.getByText('記録は途切れず続いています')).toBeVisible()
  await expect(alarm).toBeHidden()
  await live(page)
  const again = await signInAs(address, { method: 'token', secret: bossToken })
  expect(again.hello.restorations).toHaveLength(1)
  await again.close()
})

/** With the key of before, as the command line copies it. */
const startRestored = async (key: string): Promise<void> => {
  writeFileSync(join(folder, 'restored/core.key'), `${key}\n`, { mode: 0o600 })
  await start('restored')
}
