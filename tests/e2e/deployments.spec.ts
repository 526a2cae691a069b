import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { makeCertificate, startTlsFront, type TestCertificate, type TlsFront } from '../fixtures/tls-front.ts'
import { makePlace, type StandaloneProcess, startStandalone } from '../integration/transport/standalone-process.ts'
import { expect, type Libral, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage, question } from './pages/deployments.ts'
import { Shell } from './pages/shell.ts'
import { pressLast } from './pages/vault-window.ts'

interface Server {
  readonly backend: StandaloneProcess
  readonly front: TlsFront
  stop(): Promise<void>
}

let folder: string
let first: TestCertificate
let second: TestCertificate
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lt-'))
  first = makeCertificate(folder, 'first')
  second = makeCertificate(folder, 'second')
})
test.afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A real backend of a team behind TLS; it has printed the code of its first administrator. */
async function startServer(): Promise<Server> {
  const place = await makePlace()
  const backend = await startStandalone(place.directory, ['--listen', '127.0.0.1:0'])
  const front = await startTlsFront(backend.address, first)
  const stop = async (): Promise<void> => {
    await front.stop()
    backend.process.kill('SIGTERM')
    await backend.exited
    await place.remove()
  }
  return { backend, front, stop }
}

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folderOfShots = process.env['SHOTS']
  if (folderOfShots) await page.screenshot({ path: join(folderOfShots, `${name}.png`) })
}

const openDeployments = async (page: Page): Promise<DeploymentsPage> => {
  const shell = new Shell(page)
  await shell.open('設定')
  await page.getByRole('radio', { name: '接続先' }).click()
  return new DeploymentsPage(page)
}

/** Adds it as an operator would, up to the token's end. */
async function joinTeam({ app, page }: Libral, { backend, front }: Server): Promise<DeploymentsPage> {
  const deployments = await openDeployments(page)
  await deployments.add({ name: '東京本番', colour: '赤', addresses: [front.url], code: true })
  const trust = await question(app, 'この証明書を信頼しますか')
  await expect(trust.getByText(first.fingerprint)).toBeVisible()
  await expect(trust.getByText('CN=first, O=Libral Test').first()).toBeVisible()
  await picture(trust, 'trust')
  await pressLast(trust.getByRole('button', { name: '信頼する' }))
  const code = await question(app, '初回の管理者コードの入力')
  await code.getByLabel('コード', { exact: true }).fill(backend.code ?? '')
  await code.getByLabel('利用者のID').fill('suzuki')
  await code.getByLabel('名前').fill('鈴木一郎')
  await picture(code, 'code')
  await pressLast(code.getByRole('button', { name: '決定' }))
  await expect(deployments.card('東京本番')).toContainText('接続済み')
  return deployments
}

test('a deployment is added by address, certificate and code, shown by name and colour, and forgotten again', async ({
  libral,
}) => {
  const server = await startServer()
  const { page, app, profile } = libral
  try {
    const deployments = await joinTeam(libral, server)
    const card = deployments.card('東京本番')
    await expect(card).toContainText(first.fingerprint)
    await picture(page, 'deployments')
    expect(await violations(page)).toEqual([])

    // Nothing of what lets us in is on disk as it is, or in a page.
    const [key = ''] = readdirSync(join(profile, 'deployments')).filter((name) => name !== 'local')
    expect(existsSync(join(profile, 'deployments', key, 'replica.db')) || key !== '').toBe(true)
    expect(readFileSync(join(profile, 'deployments.json'), 'utf8')).not.toMatch(/secret|token/i)

    await card.getByRole('button', { name: '東京本番を表示する' }).click()
    await expect(page.locator('header[data-colour="red"]')).toBeVisible()
    await live(page)
    await expect(page).toHaveTitle(/東京本番/)
    await expect(page.getByRole('button', { name: '利用者 鈴木一郎' })).toBeVisible()

    // Another window goes on showing the embedded one.
    const [other] = await Promise.all([
      app.waitForEvent('window', (it) => it.url().startsWith('app:')),
      (async () => {
        await new Shell(page).palette()
        await page.getByRole('combobox').fill('新しいウィンドウで開く')
        await page.keyboard.press('Enter')
      })(),
    ])
    await expect(other.locator('header[data-colour="grey"]')).toBeVisible()
    await live(other)
    await other.close()

    // The switcher and its shortcut.
    await new DeploymentsPage(page).switcher.click()
    await picture(page, 'switcher')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+Alt+Digit1')
    await expect(page.locator('header[data-colour="grey"]')).toBeVisible()
    await live(page)

    const again = await openDeployments(page)
    await again.card('東京本番').getByRole('button', { name: '東京本番を削除' }).click()
    const asked = page.getByRole('dialog', { name: '接続先の削除' })
    await expect(asked).toContainText('サーバーの記録、利用者、トークンは変わりません')
    await picture(page, 'remove')
    await asked.getByRole('button', { name: '削除する' }).click()
    await expect(again.card('東京本番')).toHaveCount(0)
    await expect.poll(() => existsSync(join(profile, 'deployments', key))).toBe(false)
    expect(server.backend.process.exitCode).toBeNull()
  } finally {
    await server.stop()
  }
})

test('a changed certificate is refused with both fingerprints, and accepted only on purpose', async ({ libral }) => {
  const server = await startServer()
  const { app, page } = libral
  try {
    const deployments = await joinTeam(libral, server)
    server.front.present(second)
    server.front.cut()
    const card = deployments.card('東京本番')
    const alert = card.getByRole('alert')
    await expect(alert).toContainText(first.fingerprint)
    await expect(alert).toContainText(second.fingerprint)
    await picture(page, 'changed')
    await card.getByRole('button', { name: /の証明書を確認$/ }).click()
    const trust = await question(app, '証明書が変わりました')
    await picture(trust, 'trust-changed')
    const accept = trust.getByRole('button', { name: '新しい証明書を受け入れる' })
    await expect(accept).toBeDisabled()
    await trust.getByRole('checkbox').check()
    await pressLast(accept)
    await expect(card).toContainText('接続済み')
    await expect(card).toContainText(second.fingerprint)
  } finally {
    await server.stop()
  }
})

test('a certificate that is not trusted, and an address where nobody answers, leave nothing behind', async ({
  libral: { app, page, profile },
}) => {
  const server = await startServer()
  try {
    const deployments = await openDeployments(page)
    await deployments.add({ name: '名古屋', colour: '緑', addresses: [server.front.url] })
    const trust = await question(app, 'この証明書を信頼しますか')
    await pressLast(trust.getByRole('button', { name: 'キャンセル' }))
    const form = page.getByRole('dialog', { name: '接続先の追加' })
    await expect(form.getByRole('button', { name: '接続して追加' })).toBeEnabled()
    await form.getByLabel('アドレス').fill('ws://example.com:5000')
    await form.getByRole('button', { name: '接続して追加' }).click()
    await expect(form.getByText('ws://はこの端末の中だけで使えます。', { exact: false }).first()).toBeVisible()
    await form.getByLabel('アドレス').fill('ws://127.0.0.1:9')
    await form.getByRole('button', { name: '接続して追加' }).click()
    await expect(new Shell(page).toasts.getByText('ws://127.0.0.1:9に接続できません', { exact: false })).toBeVisible()
    expect(readdirSync(join(profile, 'deployments'))).toEqual(['local'])
  } finally {
    await server.stop()
  }
})
