import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { fileText, requestOf } from '#main/approvals/files.ts'
import { type ProposalRow, proposals } from '#protocol/approvals.ts'
import { enrolCertificate, registerCertificate } from '#protocol/certificates.ts'
import type { SignedCommand } from '#protocol/command.ts'
import type { DeploymentId } from '#protocol/ids.ts'
import { changeOperator, registerOperator } from '#protocol/session.ts'
import { otherDesk } from '#tests/fixtures/approvals/other-desk.ts'
import { enrolmentOf } from '#tests/fixtures/client/own-key.ts'
import { redeemAs } from '#tests/fixtures/client/session.ts'
import { identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { readCertificate } from '#trust/openpgp/certificate.ts'
import { makePlace, startStandalone } from '../integration/transport/standalone-process.ts'
import { expect, type Libral, live, test } from './app.ts'
import { violations } from './axe.ts'
import { DeploymentsPage } from './pages/deployments.ts'
import { Keys } from './pages/keys.ts'
import { Shell } from './pages/shell.ts'
import { pressLast, vaultWindow } from './pages/vault-window.ts'
import { call, tapPort } from './port.ts'

const passphrase = 'kuroshio-no-nagare-42'

/** Answers main's next file dialogs: what is opened, and where something is saved. */
const chooses = (app: ElectronApplication, open: string, save = open): Promise<void> =>
  app.evaluate(
    ({ dialog }, [opened, filePath]) => {
      dialog.showSaveDialog = async () => ({ canceled: false, filePath })
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [opened] })
    },
    [open, save] as const,
  )

/** SHOTS names a folder for pictures that a person looks at. */
const picture = async (page: Page, name: string): Promise<void> => {
  const folderOfShots = process.env['SHOTS']
  if (folderOfShots) await page.screenshot({ path: join(folderOfShots, `approvals-${name}.png`) })
}

test('two operators with two keys: one proposes, the other approves, and only then it is done', async ({ launch }) => {
  const place = await makePlace()
  const backend = await startStandalone(place.directory, ['--listen', '127.0.0.1:0'])
  const address = `ws://${backend.address}`
  try {
    const { app, page, profile } = await launch()
    const keys = new Keys(app, page)
    await keys.setUp(passphrase)
    const details = await keys.create('田中花子', 'hanako@example.jp')
    const v6 = details.getByRole('region', { name: 'v6（RFC 9580）' })
    const file = join(profile, 'tanaka.pgp')
    await chooses(app, file)
    await v6.getByRole('button', { name: '証明書を保存', exact: true }).click()
    await expect.poll(() => readIfThere(file)).toContain('BEGIN PGP PUBLIC KEY')
    await details.getByRole('button', { name: '閉じる' }).last().click()

    const { session } = await redeemAs(backend.address, backend.code, 'suzuki')
    const suzukis = await identity(v6Kinds['v6 curve25519'], { date: new Date(Date.now() - 3_600_000) })
    const suzuki = otherDesk(session, suzukis)
    const context = session.hello.deployment as DeploymentId
    await suzuki.act(enrolCertificate, await enrolmentOf(suzukis, context, 'suzuki'))
    await suzuki.act(registerOperator, { operator: 'tanaka', name: '田中花子', roles: ['administrator', 'custodian'] })
    await suzuki.act(registerOperator, { operator: 'ito', name: '伊藤', roles: ['administrator'] })
    await suzuki.act(registerOperator, { operator: 'kato', name: '加藤', roles: ['operator'] })
    await suzuki.act(registerOperator, { operator: 'mori', name: '森', roles: ['operator'] })
    const facts = await readCertificate(dearmored(readFileSync(file, 'utf8')), Date.now())
    await suzuki.act(registerCertificate, { ...facts, operator: 'tanaka', proof: null } as never)

    await new Shell(page).open('設定')
    await page.getByRole('radio', { name: '接続先' }).click()
    await page.getByRole('button', { name: '接続先を追加' }).click()
    const form = page.getByRole('dialog', { name: '接続先の追加' })
    await form.getByLabel('名前').fill('東京')
    await form.getByRole('radio', { name: '赤', exact: true }).click()
    await form.getByLabel('アドレス').fill(address)
    await form.getByRole('radio', { name: '自分の鍵' }).click()
    await form.getByLabel('利用者のID').fill('tanaka')
    await form.getByLabel('鍵', { exact: true }).selectOption({ index: 1 })
    await form.getByRole('button', { name: '接続して追加' }).click()
    const signIn = await vaultWindow(app, '鍵でサインイン')
    await pressLast(signIn.getByRole('button', { name: '署名してサインイン' }))
    const deployments = new DeploymentsPage(page)
    await expect(deployments.card('東京')).toContainText('接続済み')
    await deployments.card('東京').getByRole('button', { name: '東京を表示する' }).click()
    await expect(page.locator('header[data-colour="red"]')).toBeVisible()
    await live(page)

    // Another operator's proposal waits for this one: badge, words, clock, and what is missing.
    await new Shell(page).open('承認')
    await expect(page.getByText('回答を待っている依頼はありません')).toBeVisible()
    await picture(page, 'empty')
    const first = { operator: 'mori', name: '森', roles: ['administrator'], disabled: false }
    await suzuki.propose(changeOperator, first)
    const card = page.getByRole('article', { name: /suzukiの依頼/ })
    await expect(card).toContainText('承認 0／1')
    await expect(card).toContainText('mori')
    await expect(card).toContainText(/あと23時間/)
    await expect(new Shell(page).sidebar.getByRole('link', { name: /承認/ })).toContainText('1')
    await picture(page, 'waiting')
    expect.soft(await violations(page), 'waiting').toEqual([])
    await card.getByRole('button', { name: '承認…' }).click()
    const confirm = await vaultWindow(app, '承認の署名')
    await expect(confirm.locator('dl')).toContainText('mori')
    await picture(confirm, 'vault')
    await pressLast(confirm.getByRole('button', { name: '署名', exact: false }))
    await expect(card).toContainText('実行済み')
    await expect(card.getByRole('list', { name: '回答' })).toContainText('tanaka')
    await picture(page, 'done')

    // One that is rejected says why.
    await new Shell(page).open('監視')
    const unseen = await suzuki.propose(changeOperator, { ...first, operator: 'ito', name: '伊藤' })
    await expect(new Shell(page).sidebar.getByRole('link', { name: /承認/ })).toContainText('1')
    await votesUnseen(app, page, unseen)
    await new Shell(page).open('承認')
    const second = page.getByRole('region', { name: /あなたの回答を待っている/ }).getByRole('article')
    await expect(second).toBeVisible()
    await second.getByRole('button', { name: '却下…' }).click()
    const why = page.getByRole('dialog', { name: '依頼を却下' })
    await why.getByLabel('理由').fill('伊藤さんはすでに管理者です')
    await picture(page, 'reason')
    expect.soft(await violations(page), 'reason').toEqual([])
    await why.getByRole('button', { name: '署名に進む' }).click()
    const rejecting = await vaultWindow(app, '却下の署名')
    await expect(rejecting.locator('dl')).toContainText('伊藤さんはすでに管理者です')
    await pressLast(rejecting.getByRole('button', { name: '署名', exact: false }))
    await expect(page.getByRole('region', { name: '履歴' })).toContainText('伊藤さんはすでに管理者です')

    // This operator's own: signed, refused for want of an approval, proposed, and done once the other has approved it.
    await new Shell(page).open('利用者')
    await page.getByRole('button', { name: '加藤を変更' }).click()
    const person = page.getByRole('dialog', { name: '利用者の変更' })
    await person.getByRole('checkbox', { name: '管理者', exact: true }).check()
    await person.getByRole('button', { name: '変更', exact: true }).click()
    const change = await vaultWindow(app, '「利用者の変更」への署名')
    await picture(change, 'vault-change')
    await pressLast(change.getByRole('button', { name: '署名する' }))
    const offer = page.getByRole('dialog', { name: '承認を依頼' })
    await expect(offer).toContainText('管理者のうち1人')
    // With its target and what becomes of it, in the words of the very command.
    await expect(offer.getByRole('region', { name: '利用者の変更' })).toContainText('kato')
    await picture(page, 'propose')
    expect.soft(await violations(page), 'propose').toEqual([])
    await offer.getByRole('button', { name: '承認を依頼' }).click()
    const mine = page.getByRole('region', { name: /あなたの依頼/ }).getByRole('article')
    await expect(mine).toContainText('承認 0／1')
    const { rows } = await session.api.history.rows({ collection: proposals.name, before: null, limit: 20 })
    const asked = (rows as readonly unknown[] as readonly ProposalRow[]).find(({ state }) => state === 'open')
    if (!asked) throw new Error('nothing was proposed')
    await suzuki.approve(asked.proposed)
    await expect(page.getByRole('region', { name: '履歴' })).toContainText('加藤')
    await expect(mine).toBeHidden()

    await travelsAsFiles({ app, page, profile }, await suzuki.signed(changeOperator, { ...first, name: '森三郎' }))

    // In an emergency it is done at once, red, and waits for somebody else's review.
    await suzuki.propose(changeOperator, { ...first, name: '森次郎' })
    const third = page.getByRole('region', { name: /あなたの回答を待っている/ }).getByRole('article')
    await third.getByRole('button', { name: '緊急操作…' }).click()
    const emergency = page.getByRole('dialog', { name: '緊急操作として実行' })
    await emergency.getByLabel('理由').fill('障害対応のため')
    await emergency.getByRole('button', { name: '署名に進む' }).click()
    const breaking = await vaultWindow(app, '緊急操作の署名')
    await picture(breaking, 'vault-emergency')
    await pressLast(breaking.getByRole('button', { name: '署名', exact: false }))
    const due = page.getByRole('region', { name: /事後確認を待っている/ }).getByRole('article')
    await expect(due).toContainText('ほかの人による事後確認が必要です')
    const review = due.getByRole('button', { name: '事後確認…' })
    await expect(review).toHaveAttribute('aria-disabled', 'true')
    await picture(page, 'emergency')
    // Red on every page, too.
    await new Shell(page).open('監視')
    await expect(page.getByText('緊急操作が事後確認を待っています', { exact: false })).toBeVisible()
    await page.getByRole('button', { name: '承認を開く' }).click()
    expect.soft(await violations(page), 'emergency').toEqual([])
    session.close()
  } finally {
    backend.process.kill('SIGTERM')
    await backend.exited
    await place.remove()
  }
})

/** A page that was taken over asks for a vote on what it shows nowhere: the vault draws the proposal's own bytes. */
const votesUnseen = async (app: ElectronApplication, page: Page, { statement }: SignedCommand): Promise<void> => {
  await tapPort(page)
  await live(page)
  const vote = { id: statement.id, purpose: 'approve', reason: '' }
  const asked = call(page, 'approvals/vote', vote)
  const confirm = await vaultWindow(app, '承認の署名')
  for (const fact of ['利用者の変更', '伊藤（ito）', '管理者', 'suzuki', statement.id, statement.context])
    await expect(confirm.locator('form')).toContainText(fact)
  await pressLast(confirm.getByRole('button', { name: 'キャンセル' }))
  expect(await asked).toEqual({ ok: false, code: 'vault.declined' })
  // It names a proposal and nothing of it, and can't make a vote of its own.
  const target = 'A'.repeat(43)
  expect(await call(page, 'approvals/vote', { ...vote, target })).toEqual({ ok: false, code: 'input.invalid' })
  const other = { ...vote, id: statement.id.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) }
  expect(await call(page, 'approvals/vote', other)).toEqual({ ok: false, code: 'approvals.unknown' })
}

/** A request that came as a file is carried in, answered from a file alone, and done once the answer is carried in. */
const travelsAsFiles = async (
  { app, page, profile }: Pick<Libral, 'app' | 'page' | 'profile'>,
  proposed: SignedCommand,
): Promise<void> => {
  const [made, exported, answer] = ['made', 'exported', 'answer'].map((name) => join(profile, `${name}.json`)) as [
    string,
    string,
    string,
  ]
  const need = { count: 1, roles: ['administrator'], withinMs: 3_600_000 } as const
  const row = { proposed, need, expiresAt: proposed.statement.expiresAt } as unknown as ProposalRow
  writeFileSync(made, fileText(requestOf({ row, deployment: '東京', certificate: null, approvers: [] })))
  const carryIn = async (file: string): Promise<void> => {
    await chooses(app, file)
    await page.getByRole('button', { name: 'ファイルを取り込む' }).click()
  }
  await carryIn(made)
  await expect(page.getByText('承認依頼を取り込みました')).toBeVisible()
  const carried = page.getByRole('article', { name: /suzukiの依頼/ }).filter({ hasText: '森三郎' })
  await expect(carried).toContainText('承認 0／1')

  await chooses(app, exported)
  await carried.getByRole('button', { name: 'ファイルに書き出す' }).click()
  await expect.poll(() => readIfThere(exported)).toContain('libral-approval-request')
  await chooses(app, exported, answer)
  await page.getByRole('button', { name: 'ファイルの依頼に回答' }).click()
  const answering = page.getByRole('dialog', { name: 'ファイルの承認依頼に回答' })
  expect.soft(await violations(page), 'answering a file').toEqual([])
  await picture(page, 'answer-file')
  await answering.getByRole('button', { name: 'ファイルを選んで承認…' }).click()
  const confirm = await vaultWindow(app, '承認の署名')
  for (const fact of ['森三郎', 'suzuki', 'tanaka']) await expect(confirm.locator('dl')).toContainText(fact)
  await pressLast(confirm.getByRole('button', { name: '署名', exact: false }))
  await expect.poll(() => readIfThere(answer)).toContain('libral-approval-vote')
  // Signed, and nothing of it known to the backend before somebody carries it in.
  await expect(carried).toContainText('承認 0／1')
  await carryIn(exported.replace('exported', 'missing'))
  await expect(page.getByText('ファイルを読めません')).toBeVisible()
  await carryIn(answer)
  await expect(page.getByText('回答を取り込みました')).toBeVisible()
  await expect(carried).toContainText('実行済み')
}

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const dearmored = (text: string): Uint8Array => {
  const body = text.split(/\r?\n\r?\n/)[1]?.split(/\r?\n[=-]/)[0] ?? ''
  return Uint8Array.from(Buffer.from(body.replaceAll(/\s/g, ''), 'base64'))
}
