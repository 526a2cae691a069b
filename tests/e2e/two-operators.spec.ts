import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Locator, Page } from '@playwright/test'
import { readKey } from 'openpgp'
import { registerCertificate } from '#protocol/certificates.ts'
import type { CommandDefinition, Json } from '#protocol/command.ts'
import type { SentCommand } from '#protocol/desktop.ts'
import { registerOperator } from '#protocol/session.ts'
import { keyOf } from '#tests/fixtures/client/own-key.ts'
import { redeemAs, type Session } from '#tests/fixtures/client/session.ts'
import { fromBase64url } from '#trust/bytes.ts'
import { readCertificate } from '#trust/openpgp/certificate.ts'
import { formatNoteKey, noteKeyTypes } from '#trust/tlog/note.ts'
import { cardPlaceLacks, openCardPlace } from '../fakes/card/place.ts'
import { makePlace, startStandalone } from '../integration/transport/standalone-process.ts'
import { expect, type Libral, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage } from './pages/deployments.ts'
import { HardwarePage } from './pages/hardware.ts'
import { Shell } from './pages/shell.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'
import { ask, call, tapPort } from './port.ts'

const passphrase = 'kuroshio-no-nagare-42'
const pins = { カードの管理者PIN: '12345678', カードのPIN: '123456' }

/** A sum that one person may not move alone, and what is said of it wherever it is shown. */
const entry = {
  command: 'payments.postManualEntry',
  title: '手動の仕訳',
  params: {
    ...{ debit: 'bank', credit: 'adjustments', amount: { currency: 'JPY', minor: '250000' } },
    ...{ day: '2026-11-20', payment: null, note: '二重請求のぶんを返すため' },
  },
  shown: ['250,000 JPY', '銀行口座', '調整', '2026-11-20', '二重請求のぶんを返すため'],
} as const

test.skip(cardPlaceLacks() !== null, `no ${cardPlaceLacks()}`)

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const shots = process.env['SHOTS']
  if (shots) await page.screenshot({ path: join(shots, `two-${name}.png`) })
}

test('two operators, one with a card: what both signed is done once, and a file alone proves it', async ({
  launch,
}) => {
  const place = await makePlace()
  const backend = await startStandalone(place.directory, ['--listen', '127.0.0.1:0'])
  const card = await openCardPlace('00000047')
  try {
    const { session } = await redeemAs(backend.address, backend.code, 'suzuki')
    await staff(session)
    const address = `ws://${backend.address}`

    const tanaka = await withSoftwareKey(await launch())
    const sato = await withCard(await launch({ env: environment(card.gnupg.env) }))
    for (const { operator, certificate } of [tanaka, sato])
      await administer(session, registerCertificate, {
        ...(await readCertificate(certificate, Date.now())),
        ...{ operator, proof: null },
      })
    await joinByKey(tanaka, address)
    await joinByKey(sato, address)

    await asksForIt(tanaka)
    // The card was out of its reader meanwhile: its PIN is asked for at the very signature.
    await sato.keys.show('ハードウェア')
    await card.reader.remove()
    await expect(sato.keys.card.getByText('カードが挿さっていません')).toBeVisible()
    await card.reader.insert(card.card)
    await expect(sato.keys.card.getByText('カード 00000047')).toBeVisible()
    await approvesIt(sato)

    // Done, once: also on the other's screen, and however often the same command is sent again.
    await new Shell(tanaka.page).open('承認')
    const done = tanaka.page.getByRole('region', { name: '履歴' }).getByRole('article', { name: /tanakaの依頼/ })
    await expect(done).toContainText('実行済み')
    await expect(done).toContainText('sato')
    const moved = await session.api.history.rows({ collection: 'payments.transfers', before: null, limit: 20 })
    expect(moved.rows).toMatchObject([{ minor: '250000', debit: 'bank', credit: 'adjustments', by: 'tanaka' }])
    const file = join(tanaka.profile, 'kansa.libral-bundle')
    await exports(tanaka, file)
    const logKey = formatNoteKey({
      name: session.hello.deployment,
      type: noteKeyTypes.signature,
      publicKey: fromBase64url(session.hello.logKey),
    })
    session.close()
    await tanaka.quit()
    await sato.quit()
    backend.process.kill('SIGTERM')
    await backend.exited
    rmSync(place.directory, { recursive: true, force: true })

    const boss = { operator: 'suzuki', fingerprint: (await keyOf('suzuki')).certificate.getFingerprint() }
    await review(await launch({ args: [`--review=${file}`] }), { logKey, people: [tanaka, sato], others: [boss] })
  } finally {
    if (backend.process.exitCode === null && backend.process.signalCode === null) backend.process.kill('SIGKILL')
    await backend.exited
    await card.stop()
    await place.remove()
  }
})

/** An operator at a desktop of their own. */
interface Desk extends Libral {
  readonly keys: HardwarePage
  readonly operator: string
  /** Of the key that signs, and the certificate as it was written into a file. */
  readonly fingerprint: string
  readonly certificate: Uint8Array
}

const administer = async (boss: Session, command: CommandDefinition, params: object): Promise<void> => {
  const given = params as Readonly<Record<string, Json>>
  await boss.api.command.submit(
    command.risk === 'low' ? boss.sign(command, given) : await boss.own.sign(command, given),
  )
}

const staff = async (boss: Session): Promise<void> => {
  for (const [operator, name, role] of [
    ['tanaka', '田中花子', 'administrator'],
    ['sato', '佐藤一郎', 'administrator'],
  ])
    await administer(boss, registerOperator, { operator, name, roles: [role] })
}

const environment = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((it): it is [string, string] => it[1] !== undefined))

const withSoftwareKey = async (libral: Libral): Promise<Desk> => {
  const keys = new HardwarePage(libral.app, libral.page)
  await keys.setUp(passphrase)
  const details = await keys.create('田中花子', 'hanako@example.jp')
  return { ...libral, keys, operator: 'tanaka', ...(await savedCertificate(libral, details)) }
}

const withCard = async (libral: Libral): Promise<Desk> => {
  const keys = new HardwarePage(libral.app, libral.page)
  await keys.setUp(passphrase)
  await keys.show('ハードウェア')
  await keys.card.getByRole('button', { name: 'カードに鍵を作る' }).click()
  const form = await keys.name('カードに鍵を作る', '佐藤一郎', 'sato@example.jp')
  const details = libral.page.getByRole('dialog', { name: '佐藤一郎' })
  await keys.answering(pins, () => form.getByRole('button', { name: '作る' }).click(), details)
  await expect(details.getByRole('region', { name: 'v6（RFC 9580）' })).toContainText('カード')
  return { ...libral, keys, operator: 'sato', ...(await savedCertificate(libral, details)) }
}

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

const savedCertificate = async ({ app, profile }: Libral, details: Locator) => {
  const file = join(profile, 'own.asc')
  await chooses(app, file)
  const v6 = details.getByRole('region', { name: 'v6（RFC 9580）' })
  await v6.getByRole('button', { name: '証明書を保存', exact: true }).click()
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toContain('END PGP PUBLIC KEY')
  await details.getByRole('button', { name: '閉じる' }).last().click()
  const key = await readKey({ armoredKey: readFileSync(file, 'utf8') })
  return { fingerprint: key.getFingerprint(), certificate: key.write() as Uint8Array }
}

const openDeployments = async (page: Page): Promise<DeploymentsPage> => {
  await new Shell(page).open('設定')
  await page.getByRole('radio', { name: '接続先' }).click()
  return new DeploymentsPage(page)
}

const showIt = async (page: Page): Promise<void> => {
  await new DeploymentsPage(page).card('東京').getByRole('button', { name: '東京を表示する' }).click()
  await expect(page.locator('header[data-colour="red"]')).toBeVisible()
  await live(page)
}

const joinByKey = async ({ page, keys, operator }: Desk, address: string): Promise<void> => {
  const deployments = await openDeployments(page)
  await page.getByRole('button', { name: '接続先を追加' }).click()
  const form = page.getByRole('dialog', { name: '接続先の追加' })
  await form.getByLabel('名前').fill('東京')
  await form.getByRole('radio', { name: '赤', exact: true }).click()
  await form.getByLabel('アドレス').fill(address)
  await form.getByRole('radio', { name: '自分の鍵' }).click()
  await form.getByLabel('利用者のID').fill(operator)
  await form.getByLabel('鍵', { exact: true }).selectOption({ index: 1 })
  const connected = deployments.card('東京').getByText('接続済み')
  await keys.answering(pins, () => form.getByRole('button', { name: '接続して追加' }).click(), connected)
  await showIt(page)
}

/** Over the page's own port, so that what the page shows has no part in what the vault's window shows. */
const asksForIt = async ({ app, page }: Desk): Promise<void> => {
  await tapPort(page)
  await live(page)
  const submit = (params: object) => call(page, 'command/submit', { command: entry.command, params })
  const window = () => vaultWindow(app, `「${entry.title}」への署名`)
  // Another amount than a person has in mind: it is the amount of the bytes that stands there.
  const other = submit({ ...entry.params, amount: { currency: 'JPY', minor: '2500000' } })
  const strange = await window()
  await expect(strange.locator('dl')).toContainText('2,500,000 JPY')
  await pressLast(strange.getByRole('button', { name: 'キャンセル' }))
  await expect.poll(() => strange.isClosed()).toBe(true)
  expect(await other).toEqual({ ok: false, code: 'vault.declined' })

  const submitted = submit(entry.params)
  const confirm = await window()
  for (const fact of [...entry.shown, 'tanaka', '東京']) await expect(confirm.locator('dl')).toContainText(fact)
  await picture(confirm, 'asks')
  await pressLast(confirm.getByRole('button', { name: '署名する' }))
  const refused = await submitted
  expect(refused).toMatchObject({ ok: true, value: { failure: { code: 'command.needs-approvals' } } })
  await ask(page, 'approvals/propose', { id: refused.ok ? (refused.value as SentCommand).id : '' })
}

const approvesIt = async ({ app, page, keys }: Desk): Promise<void> => {
  const shell = new Shell(page)
  await expect(shell.sidebar.getByRole('link', { name: /承認/ })).toContainText('1')
  await shell.open('承認')
  const card = page.getByRole('article', { name: /tanakaの依頼/ })
  await expect(card).toContainText('承認 0／1')
  for (const fact of [entry.title, ...entry.shown]) await expect(card).toContainText(fact)
  await picture(page, 'asked')
  expect.soft(await violations(page), 'asked').toEqual([])
  await card.getByRole('button', { name: '承認…' }).click()
  const confirm = await vaultWindow(app, '承認の署名')
  for (const fact of [entry.title, ...entry.shown, 'tanaka', 'sato'])
    await expect(confirm.locator('dl')).toContainText(fact)
  await picture(confirm, 'approves')
  // The PIN is asked for by a window of its own once this one is gone.
  const pin = app.waitForEvent('window', { timeout: 120_000 })
  const sign = () => pressLast(confirm.getByRole('button', { name: '署名', exact: false }))
  await keys.answering(pins, sign, page.getByRole('region', { name: '履歴' }).getByText('実行済み'))
  expect(await pin).toBeDefined()
}

const exports = async ({ app, page }: Libral, file: string): Promise<void> => {
  await new Shell(page).open('監査')
  await page.getByRole('tab', { name: '監査バンドル' }).click()
  await chooses(app, file)
  await page.getByRole('button', { name: '書き出す', exact: true }).click()
  await expect.poll(() => existsSync(file)).toBe(true)
}

interface Known {
  readonly logKey: string
  readonly people: readonly Person[]
  readonly others: readonly Person[]
}
type Person = Pick<Desk, 'operator' | 'fingerprint'>

/** With no backend, no network and nothing but the file and what people told each other. */
const review = async ({ app, page, log }: Libral, { logKey, people, others }: Known): Promise<void> => {
  await expect(page.getByText('監査のみ', { exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { name: '不一致はありませんが' })).toBeVisible()
  await page.getByRole('tab', { name: '信頼する鍵' }).click()
  for (const [key, name] of [
    [logKey, '東京の監査ログ'],
    ...[...people, ...others].map((it) => [it.fingerprint, it.operator]),
  ] as const) {
    await page.getByLabel('鍵または指紋').fill(key ?? '')
    await page.getByLabel('名前', { exact: true }).fill(name ?? '')
    await page.getByRole('button', { name: '登録する' }).click()
    await expect(page.getByRole('cell', { name, exact: true })).toBeVisible()
  }
  await page.getByRole('tab', { name: '監査バンドル' }).click()
  await expect(page.getByRole('heading', { name: '検証できました' })).toBeVisible()
  await picture(page, 'verdict')

  await page.getByRole('tab', { name: '記録', exact: true }).click()
  await page.getByLabel('記録を検索').fill(entry.params.note)
  const grid = page.getByRole('grid', { name: '記録の一覧' })
  const carriedOut = grid.getByRole('row').filter({ hasText: entry.title })
  await expect(carriedOut).toHaveCount(1)
  await carriedOut.click()
  const pane = page.getByRole('complementary', { name: /番の記録/ })
  await expect(pane.getByText('検証済み').first()).toBeVisible()
  const trail = pane.locator('section', { has: page.getByRole('heading', { name: '承認の経緯' }) })
  for (const { operator, fingerprint } of people) {
    await expect(trail).toContainText(operator)
    await expect(trail).toContainText(fingerprint)
  }
  await expect(trail).not.toContainText('未確認の鍵')
  await expect(pane).toContainText('250,000 JPY')
  await picture(page, 'review')
  expect.soft(await violations(page), 'review').toEqual([])
  expect(log().filter(({ event }) => String(event).startsWith('backend.'))).toEqual([])
  expect(app.windows()).toHaveLength(1)
}
