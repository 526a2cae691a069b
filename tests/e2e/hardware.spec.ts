import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { ElectronApplication, Page } from '@playwright/test'
import { type CardPlace, cardPlaceLacks, openCardPlace } from '../fakes/card/place.ts'
import { openSoftHsm, softHsmLacks, softHsmPins } from '../fakes/soft-hsm.ts'
import { expect, type LaunchOptions, type Libral, test } from './app.ts'
import { HardwarePage } from './pages/hardware.ts'
import { pressLast, vaultPid } from './pages/vault-window.ts'

const passphrase = 'kuroshio-no-nagare-42'
const pins = { カードの管理者PIN: '12345678', カードのPIN: '123456', HSMのPIN: softHsmPins.user }

const violations = async (page: Page): Promise<readonly string[]> => {
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target} ${failureSummary}`),
  )
}

/** Answers main's next file dialogs with this path. */
const chooses = (app: ElectronApplication, path: string): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] })
  }, path)

const opened = async (
  launch: (options?: LaunchOptions) => Promise<Libral>,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly libral: Libral; readonly keys: HardwarePage }> => {
  const given = Object.entries(env).filter((it): it is [string, string] => it[1] !== undefined)
  const libral = await launch({ env: Object.fromEntries(given) })
  const keys = new HardwarePage(libral.app, libral.page)
  await keys.setUp(passphrase)
  return { libral, keys }
}

test.describe('a card', () => {
  test.skip(cardPlaceLacks() !== null, `no ${cardPlaceLacks()}`)
  let place: CardPlace
  test.beforeAll(async () => {
    place = await openCardPlace('00000031')
  })
  test.afterAll(async () => place.stop())

  test('is seen as it comes and goes, gets keys, waits for a finger, and counts wrong PINs', async ({ launch }) => {
    await place.reader.remove()
    const { libral, keys } = await opened(launch, place.gnupg.env)
    const { page, app, profile } = libral
    await keys.show('ハードウェア')
    await expect(keys.card.getByText('カードが挿さっていません')).toBeVisible()
    expect.soft(await violations(page), 'no card').toEqual([])

    await place.reader.insert(place.card)
    await expect(keys.card.getByText('カード 00000031')).toBeVisible()
    await keys.card.getByRole('button', { name: 'カードに鍵を作る' }).click()
    const form = await keys.name('カードに鍵を作る', '田中花子', 'hanako@example.jp')
    expect.soft(await violations(page), 'the form').toEqual([])
    const slots = keys.card.getByRole('table', { name: 'カードの鍵' })
    const make = () => form.getByRole('button', { name: '作る' }).click()
    await keys.answering(pins, make, page.getByRole('dialog', { name: '田中花子' }))
    await expect(form).toBeHidden()

    // Its revocation certificate is offered at once.
    const details = page.getByRole('dialog', { name: '田中花子' })
    await expect(details.getByRole('region', { name: 'v6（RFC 9580）' })).toContainText('カード')
    await chooses(app, join(profile, 'revocation.asc'))
    await details.getByRole('button', { name: '失効証明書を保存' }).first().click()
    await expect(page.getByText(/revocation\.asc/).first()).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(slots.getByText('田中花子')).toHaveCount(2)
    expect.soft(await violations(page), 'a card with keys').toEqual([])

    // A touch is awaited, and said on whatever page is shown.
    await keys.show('ハードウェア')
    const touch = slots.getByLabel('署名の鍵のタッチ')
    const toTouch = async (): Promise<void> => void (await touch.selectOption('on'))
    await keys.answering(pins, toTouch, page.getByText('タッチの設定を変更しました').first())
    await keys.show('鍵')
    await page.getByRole('button', { name: '田中花子の詳細' }).click()
    await details.getByRole('button', { name: '期限を延ばす' }).click()
    const extend = details.getByRole('button', { name: '期限を延ばす' }).last()
    await keys.answering(pins, () => extend.click(), page.getByText('カードに触れてください'))
    expect.soft(await violations(page), 'waiting for a touch').toEqual([])
    const extended = page.getByText('有効期限を変えました').first()
    await expect
      .poll(async () => {
        place.card.touch.press()
        return extended.isVisible()
      })
      .toBe(true)
    await expect(page.getByText('カードに触れてください')).toBeHidden()
    await page.keyboard.press('Escape')

    // A wrong PIN says what is left, until it is blocked; the way out stands beside.
    await keys.show('ハードウェア')
    await keys.card.getByRole('button', { name: 'PINと設定' }).click()
    let window = await keys.window(() => page.getByRole('button', { name: 'PINの変更', exact: true }).click())
    for (const left of ['あと3回', 'あと2回', 'あと1回']) {
      await expect(window.locator('dl')).toContainText(left)
      const next = left === 'あと1回' ? null : app.waitForEvent('window')
      await keys.answer(window, '999999').catch(() => {})
      window = (await next) ?? window
      if (next !== null) await window.locator('form').waitFor()
    }
    await expect(keys.card.getByText('PINがロックされています。')).toBeVisible()
    expect.soft(await violations(page), 'a blocked card').toEqual([])
    const unblock = () => keys.card.getByRole('button', { name: '管理者PINでロックを解除' }).click()
    await keys.answering(
      { ...pins, 新しいカードのPIN: '123456' },
      unblock,
      page.getByText('PINのロックを解除しました').first(),
    )
    await place.reader.remove()
    await expect(keys.card.getByText('カードが挿さっていません')).toBeVisible()
    await place.reader.insert(place.card)
  })
})

test('an HSM is added, logged in to, gives keys, and outlives what its library does', async ({ launch }) => {
  test.skip(softHsmLacks() !== null, `no ${softHsmLacks()}`)
  const hsm = await openSoftHsm()
  try {
    const { libral, keys } = await opened(launch, {
      SOFTHSM2_CONF: hsm.env['SOFTHSM2_CONF'],
      GNUPGHOME: '/nonexistent',
    })
    const { page, app } = libral
    await keys.show('ハードウェア')
    await expect(keys.hsm.getByText('HSMのライブラリがありません')).toBeVisible()
    await chooses(app, '/etc/hostname')
    await keys.hsm.getByRole('button', { name: 'ライブラリを追加' }).click()
    await expect(page.getByText('PKCS#11ライブラリを読み込めません').first()).toBeVisible()
    await chooses(app, hsm.module)
    await keys.hsm.getByRole('button', { name: 'ライブラリを追加' }).click()
    await expect(keys.hsm.getByText(hsm.label)).toBeVisible()
    await keys.hsm.getByRole('button', { name: '鍵を作る' }).first().click()
    const form = await keys.name('HSMに鍵を作る', '佐藤一郎', 'sato@example.jp')
    const make = () => form.getByRole('button', { name: '作る' }).click()
    await keys.answering(pins, make, page.getByRole('dialog', { name: '佐藤一郎' }))
    await expect(page.getByRole('dialog', { name: '佐藤一郎' })).toContainText('HSM')
    await page.keyboard.press('Escape')
    expect.soft(await violations(page), 'an HSM with keys').toEqual([])

    // Its process crashes: said with a way out, and the next use asks for the PIN again.
    const pid = await vaultPid(app)
    for (const child of childrenOf(pid ?? 0)) process.kill(child, 'SIGKILL')
    const login = keys.hsm.getByRole('button', { name: 'ログイン' })
    await expect
      .poll(async () => {
        const again = keys.hsm.getByRole('button', { name: 'もう一度試す' })
        // It may go by itself.
        if (await again.isVisible()) await again.click({ timeout: 1_000 }).catch(() => {})
        return login.isVisible()
      })
      .toBe(true)
    await keys.answering(pins, () => login.click(), keys.hsm.getByText('ログイン済み'))

    await keys.lock()
    await expect.poll(() => childrenOf(pid ?? 0)).toEqual([])
  } finally {
    hsm.remove()
  }
})

test('who lost a key finds what becomes unreadable and the acts, also without the passphrase', async ({ launch }) => {
  const { libral, keys } = await opened(launch, { GNUPGHOME: '/nonexistent' })
  const { page, app, profile } = libral
  const details = await keys.create('鈴木', 'suzuki@example.jp')
  const revocation = join(profile, 'revocation.asc')
  const certificate = join(profile, 'certificate.asc')
  const v6 = details.getByRole('region', { name: 'v6（RFC 9580）' })
  await chooses(app, revocation)
  await v6.getByRole('button', { name: '失効証明書を保存' }).click()
  await expect(page.getByText(/revocation\.asc/).first()).toBeVisible()
  await chooses(app, certificate)
  await v6.getByRole('button', { name: '証明書を保存', exact: true }).click()
  await expect(page.getByText(/certificate\.asc/).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await keys.lock()

  await keys.show('なくしたとき')
  await page.getByRole('radio', { name: 'パスフレーズを忘れた' }).check()
  expect.soft(await violations(page), 'lost').toEqual([])
  const window = await keys.window(() => page.getByRole('button', { name: '新しい保管庫で始める' }).click())
  await keys.answer(window, 'a passphrase to keep')
  await keys.unlocked()
  // The certificate comes back from its file; the one that revokes it, from its own.
  await keys.show('鍵')
  await page.getByRole('button', { name: '取り込む' }).click()
  await chooses(app, certificate)
  await page.getByRole('button', { name: 'ファイルから' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '閉じる' }).last().click()
  await keys.show('なくしたとき')
  await page.getByRole('radio', { name: 'パスフレーズを忘れた' }).check()
  await chooses(app, revocation)
  const confirm = await keys.window(() => page.getByRole('button', { name: '失効証明書のファイルで失効' }).click())
  await expect(confirm.locator('dl')).toContainText('鈴木')
  await pressLast(confirm.getByRole('button', { name: '失効する' }))
  await keys.show('鍵')
  await expect(page.getByRole('row', { name: /鈴木/ })).toContainText('失効')
})

/** Processes that this one started. */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
