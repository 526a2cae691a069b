import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { Client } from 'pg'
import { closeCodes } from '../../protocol/feed.ts'
import { closed } from '../fixtures/client/rpc-client.ts'
import { type Session, signInAs } from '../fixtures/client/session.ts'
import { freePort } from '../fixtures/servers/free-port.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../fixtures/servers/postgres.ts'
import { hasRedis, type RedisServer, startRedis } from '../fixtures/servers/redis.ts'
import { makeCertificate, type TestCertificate } from '../fixtures/tls-front.ts'
import { type StandaloneProcess, startStandalone } from '../integration/transport/standalone-process.ts'
import { expect, type Libral, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage, question } from './pages/deployments.ts'
import { Keys } from './pages/keys.ts'
import { MonitoringPage } from './pages/monitoring.ts'
import { Shell } from './pages/shell.ts'
import { pressLast } from './pages/vault-window.ts'

interface Instance {
  readonly name: string
  readonly url: string
  readonly backend: StandaloneProcess
}

test.skip(!hasPostgres || !hasRedis, 'no PostgreSQL or no Redis here')

let folder: string
let postgres: PostgresServer
let redis: RedisServer
let database: string
let certificate: TestCertificate
let instances: Instance[]

/** As the guide advises, for the slow statements. */
const settings = { shared_preload_libraries: 'pg_stat_statements' }

/** Two instances with TLS of their own on one PostgreSQL and one Redis; the first has printed the administrator's code. */
test.beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lt-'))
  certificate = makeCertificate(folder, 'core')
  ;[postgres, redis] = await Promise.all([startPostgres({ settings }), startRedis()])
  database = await postgres.createDatabase()
  await postgres.query('create extension pg_stat_statements', new URL(database).pathname.slice(1))
  instances = []
  for (const name of ['core-1', 'core-2']) {
    const address = `127.0.0.1:${await freePort()}`
    const backend = await startStandalone(join(folder, name), ['--listen', address], {
      LIBRAL_DATABASE_URL: database,
      LIBRAL_REDIS_URL: redis.url,
      LIBRAL_LOG_KEY_FILE: join(folder, 'log.key'),
      LIBRAL_INSTANCE: name,
      LIBRAL_TLS_CERT: certificate.files.cert,
      LIBRAL_TLS_KEY: certificate.files.key,
    })
    instances.push({ name, url: `wss://${address}`, backend })
  }
})
test.afterEach(async () => {
  for (const { backend } of instances) {
    if (backend.process.exitCode === null && backend.process.signalCode === null) backend.process.kill('SIGKILL')
    await backend.exited
  }
  await Promise.all([postgres.close(), redis.close()])
  rmSync(folder, { recursive: true, force: true })
})

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const shots = process.env['SHOTS']
  if (shots) await page.screenshot({ path: join(shots, `team-${name}.png`) })
}

interface Joining {
  readonly name: string
  /** The administrator's code, or a token. */
  readonly secret: { readonly code: string } | { readonly token: string }
}

/** Adds the team's deployment by both addresses, pins its certificate and shows it. */
async function joinTeam({ app, page }: Libral, { name, secret }: Joining): Promise<void> {
  await new Shell(page).open('設定')
  await page.getByRole('radio', { name: '接続先' }).click()
  const deployments = new DeploymentsPage(page)
  await deployments.add({ name, colour: '青', addresses: instances.map(({ url }) => url), code: 'code' in secret })
  const trust = await question(app, 'この証明書を信頼しますか')
  await expect(trust.getByText(certificate.fingerprint)).toBeVisible()
  await picture(trust, 'trust')
  await pressLast(trust.getByRole('button', { name: '信頼する' }))
  if ('code' in secret) {
    const asked = await question(app, '初回の管理者コードの入力')
    await asked.getByLabel('コード', { exact: true }).fill(secret.code)
    await asked.getByLabel('利用者のID').fill('suzuki')
    await asked.getByLabel('名前').fill('鈴木一郎')
    await picture(asked, 'code')
    await pressLast(asked.getByRole('button', { name: '決定' }))
  } else {
    const asked = await question(app, 'トークンの入力')
    await asked.getByLabel('トークン').fill(secret.token)
    await pressLast(asked.getByRole('button', { name: '決定' }))
  }
  const card = deployments.card(name)
  await expect(card).toContainText('接続済み')
  // Both addresses are pinned, asked for once: they show the same certificate.
  await expect(card.getByText('固定した証明書')).toHaveCount(instances.length)
  await picture(page, 'deployments')
  await card.getByRole('button', { name: `${name}を表示する` }).click()
  await expect(page.locator('header[data-colour="blue"]')).toBeVisible()
  await live(page)
}

const joinAsAdministrator = (libral: Libral): Promise<void> =>
  joinTeam(libral, { name: '東京本番', secret: { code: instances[0]?.backend.code ?? '' } })

/** Somebody waits for a lock of another, and a standby follows. */
async function busyDatabase(): Promise<() => Promise<void>> {
  const [holder, waiter] = [new Client({ connectionString: database }), new Client({ connectionString: database })]
  // What a standby says, and no more: pg knows the words, its types don't.
  const following = { connectionString: database, replication: 'true', application_name: 'standby-1' }
  const standby = new Client(following)
  const all = [holder, waiter, standby]
  for (const client of all) {
    client.on('error', () => undefined)
    await client.connect()
  }
  await holder.query('create table held (n int)')
  await holder.query('begin')
  await holder.query('lock table held in access exclusive mode')
  waiter.query('select * from held').catch(() => undefined)
  const { rows } = await standby.query('IDENTIFY_SYSTEM')
  standby.query(`START_REPLICATION PHYSICAL ${rows[0].xlogpos}`).catch(() => undefined)
  return async () => {
    await holder.query('rollback')
    for (const client of all) await client.end()
  }
}

test('a team watches every instance, PostgreSQL, Redis and who is connected, and lives on when one is killed', async ({
  libral,
}) => {
  const { page } = libral
  await joinAsAdministrator(libral)
  const other = await signInAs(
    instances[1]?.url ?? '',
    { method: 'token', secret: await issueToken(libral, 'first') },
    '隣の机',
  )
  const calm = await busyDatabase()
  const shell = new Shell(page)
  const monitoring = new MonitoringPage(page)
  await shell.open('監視')
  for (const { name } of instances) {
    await expect(monitoring.instance(name)).toContainText('稼働中')
    await expect(page.getByRole('radio', { name, exact: true })).toBeVisible()
  }

  const postgresPanel = monitoring.panel('データベース')
  await expect(postgresPanel).toContainText(/上限60/)
  await expect(postgresPanel).toContainText(/大きさ\d/)
  const locks = page.getByRole('table', { name: 'ロックの待ち' })
  await expect(locks.getByRole('row')).toHaveCount(2)
  await expect(page.getByRole('table', { name: '遅い文' })).toContainText(/select|insert/i)
  await expect(page.getByRole('table', { name: 'レプリケーション' })).toContainText('standby-1')
  const redisPanel = monitoring.panel('Redis')
  await expect(redisPanel).toContainText('master')
  await expect(redisPanel.getByRole('table', { name: 'ストリーム' })).toContainText(/libral/)
  const clients = page.getByRole('table', { name: '接続中の利用者' })
  await expect(clients.getByRole('row').filter({ hasText: '隣の机' })).toContainText('core-2')
  await expect(clients.getByRole('row').filter({ hasText: 'Libral Control Center' })).toContainText('core-1')
  await postgresPanel.scrollIntoViewIfNeeded()
  await picture(page, 'monitoring')
  expect(await violations(page)).toEqual([])
  await calm()

  await redis.kill()
  await expect(redisPanel).toContainText('Redisが応答していません')
  await picture(page, 'redis-away')

  instances[0]?.backend.process.kill('SIGKILL')
  await expect(monitoring.instance('core-1')).toContainText('応答なし')
  await expect(shell.connection.first()).toHaveAttribute('data-link', 'live')
  await picture(page, 'instance-killed')
  // It never comes back: an administrator takes it off the list, with its modules.
  await page.getByRole('button', { name: 'core-1を一覧から外す' }).click()
  const forget = page.getByRole('dialog', { name: 'インスタンスを一覧から外す' })
  await expect(forget).toContainText('core-1')
  await picture(page, 'forget')
  await forget.getByRole('button', { name: '一覧から外す', exact: true }).click()
  await expect(monitoring.instance('core-1')).toHaveCount(0)
  await expect(monitoring.instance('core-2')).toContainText('稼働中')
  await expect(monitoring.modules.getByRole('row').filter({ hasText: 'core-1' })).toHaveCount(0)
  await picture(page, 'forgotten')
  await registerUser(libral, 'next', 'sato', '佐藤次郎')
  await other.close()
})

test('who is revoked is out at once, whichever instance that is', async ({ libral, launch }) => {
  const { page } = libral
  await joinAsAdministrator(libral)
  await registerUser(libral, 'first', 'tanaka', '田中花子')
  const far = instances[1]?.url ?? ''
  const signIn = (secret: string): Promise<Session> => signInAs(far, { method: 'token', secret }, '監視室')
  const out = async (session: Session, act: () => Promise<void>): Promise<void> => {
    const ended = closed(session.socket)
    await act()
    expect((await ended).code).toBe(closeCodes.sessionEnded)
  }
  const confirm = (title: string, action: string): Promise<void> =>
    page.getByRole('dialog', { name: title }).getByRole('button', { name: action, exact: true }).click()

  const first = await issueToken(libral, 'next', 'tanaka', '監視室')
  const sessions = page.getByRole('table', { name: 'セッション' })
  const theirs = sessions.getByRole('row').filter({ hasText: '監視室' })
  await out(await signIn(first), async () => {
    await theirs.getByRole('button', { name: /終了する/ }).click()
    await confirm('セッションの終了', '終了する')
  })
  await expect(theirs.getByText('終了', { exact: true })).toBeVisible()

  // The token still lets in, until it is revoked: here on a desktop of its own.
  const desk = await launch()
  await joinTeam(desk, { name: '東京本番', secret: { token: first } })
  await expect(desk.page.getByRole('button', { name: '利用者 田中花子' })).toBeVisible()
  await picture(page, 'users')
  const token = page.getByRole('table', { name: 'トークン' }).getByRole('row', { name: /監視室/ })
  await token.getByRole('button', { name: /を無効にする$/ }).click()
  await confirm('トークンの無効化', '無効にする')
  await sign(libral, 'next', 'トークンの無効化')
  await expect(desk.page.locator('[data-link="stopped"]').first()).toBeVisible()
  await picture(desk.page, 'revoked')
  await expect(signIn(first)).rejects.toMatchObject({ code: 'session.token-wrong' })

  const second = await issueToken(libral, 'next', 'tanaka', '夜勤')
  await out(await signIn(second), async () => {
    await page.getByRole('button', { name: '田中花子を無効にする' }).click()
    await confirm('利用者の無効化', '無効にする')
    await sign(libral, 'next', '利用者の変更')
  })
  await expect(signIn(second)).rejects.toMatchObject({ code: 'session.token-wrong' })
  await picture(page, 'users-after')
})

/** The first needs the way to a key, too. */
type Nth = 'first' | 'next'
const sign = ({ app, page }: Libral, nth: Nth, title: string): Promise<void> => {
  const keys = new Keys(app, page)
  return nth === 'first' ? keys.prepareAndSign(title, 'kuroshio-no-nagare-42') : keys.sign(title)
}

async function registerUser(libral: Libral, nth: Nth, id: string, name: string): Promise<void> {
  const { page } = libral
  await new Shell(page).open('利用者')
  await page.getByRole('button', { name: '利用者を登録' }).click()
  const form = page.getByRole('dialog', { name: '利用者を登録' })
  await form.getByLabel('ID').fill(id)
  await form.getByLabel('名前').fill(name)
  await form.getByRole('button', { name: '登録', exact: true }).click()
  await sign(libral, nth, '利用者の登録')
  const row = page.getByRole('table', { name: '利用者' }).getByRole('row', { name: new RegExp(name) })
  await expect(row).toBeVisible()
}

async function issueToken(libral: Libral, nth: Nth, operator = 'suzuki', label = '予備'): Promise<string> {
  const { page } = libral
  await new Shell(page).open('利用者')
  await page.getByRole('button', { name: 'トークンを発行' }).click()
  const issue = page.getByRole('dialog', { name: 'トークンを発行' })
  await issue.getByLabel('利用者').selectOption(operator)
  await issue.getByLabel('名称').fill(label)
  await issue.getByRole('button', { name: '発行', exact: true }).click()
  await sign(libral, nth, 'トークンの発行')
  const shown = page.getByRole('dialog', { name: 'トークンを発行しました' })
  await expect(shown.locator('output')).toHaveText(/^[\w-]{43}$/)
  const token = (await shown.locator('output').textContent()) ?? ''
  await shown.getByRole('button', { name: '保管しました' }).click()
  return token
}
