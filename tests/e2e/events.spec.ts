import { expect, live, oneApp, test } from './app.ts'
import { EventsPage } from './pages/events.ts'
import { Shell } from './pages/shell.ts'
import { ask, tapPort } from './port.ts'

const libral = oneApp()

test('what happened is listed newest first, in Japanese', async () => {
  const { page } = libral()
  await new Shell(page).open('イベント')
  const events = new EventsPage(page)
  await expect(events.rows.filter({ hasText: 'サインインしました' })).toHaveCount(1)
  await expect(events.total).toHaveText(/件$/)
  const keys = await events.rows.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key') ?? ''))
  expect(keys).toEqual(keys.toSorted().toReversed())
})

test('filters narrow, live in the address, and can be cleared', async () => {
  const { page } = libral()
  await new Shell(page).open('イベント')
  const events = new EventsPage(page)
  await expect(events.rows.first()).toBeVisible()
  await events.choose('モジュール', 'セッション')
  await expect(page).toHaveURL(/module=session/)
  await events.search.fill('サインイン')
  await expect(page).toHaveURL(/text=/)
  await expect(events.rows).toHaveCount(1)
  await events.search.fill('どこにもない言葉')
  await expect(page.getByText('条件に合うイベントはありません')).toBeVisible()
  await events.button('条件を解除').first().click()
  await expect(events.rows.first()).toBeVisible()
  await expect(page).not.toHaveURL(/module=/)
})

test('details open by keyboard and lead to what belongs to the same action', async () => {
  const { page } = libral()
  await new Shell(page).open('イベント')
  const events = new EventsPage(page)
  await expect(events.rows.first()).toBeVisible()
  await events.grid.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await expect(events.details).toContainText('記録番号')
  await events.details.getByRole('button', { name: '同じ操作だけ表示' }).click()
  await expect(page).toHaveURL(/correlation=/)
  await expect(events.rows.first()).toBeVisible()
})

test('a handover note goes through the log and comes back', async () => {
  const { page } = libral()
  await new Shell(page).open('イベント')
  const events = new EventsPage(page)
  await events.button('引き継ぎ').click()
  const panel = page.getByRole('complementary', { name: '引き継ぎメモ' })
  await panel.getByLabel('内容').fill('ディスクを増設しました')
  await panel.getByRole('button', { name: '引き継ぎメモを残す' }).click()
  await expect(panel.getByRole('listitem').filter({ hasText: 'ディスクを増設しました' })).toBeVisible()
  await expect(events.rows.filter({ hasText: '引き継ぎメモを残しました' })).toBeVisible()
})

test('a pause holds new rows back until they are asked for', async () => {
  const { page } = libral()
  await new Shell(page).open('イベント')
  const events = new EventsPage(page)
  await expect(events.rows.first()).toBeVisible()
  await events.button('一時停止').click()
  const before = await events.rows.count()
  const notes = events.rows.filter({ hasText: '引き継ぎメモを残しました' })
  const kept = await notes.count()
  await events.button('引き継ぎ').click()
  const panel = page.getByRole('complementary', { name: '引き継ぎメモ' })
  await panel.getByLabel('内容').fill('一時停止の確認')
  await panel.getByRole('button', { name: '引き継ぎメモを残す' }).click()
  const fresh = page.getByRole('button', { name: /^新着\d+件$/ })
  await expect(fresh).toBeVisible()
  expect(await events.rows.count()).toBe(before)
  await fresh.click()
  await expect(notes).toHaveCount(kept + 1)
})

test('several events are acknowledged at once, with one note', async () => {
  const { page } = libral()
  const shell = new Shell(page)
  await live(page)
  await tapPort(page)
  await live(page)
  for (const rule of ['first', 'second', 'third']) {
    const condition = {
      kind: 'threshold',
      metric: 'machine.memory.percent',
      above: true,
      threshold: '0',
      forSeconds: 0,
    }
    const params = { rule, name: rule, severity: 'minor', condition, watching: true, notifying: false }
    await ask(page, 'command/submit', { command: 'alerts.saveRule', params })
  }
  await shell.open('イベント')
  const events = new EventsPage(page)
  const open = events.rows.filter({ hasText: '未確認' })
  await expect(open).toHaveCount(3)
  await open.first().getByRole('checkbox').click()
  await open
    .last()
    .getByRole('checkbox')
    .click({ modifiers: ['Shift'] })
  await expect(page.getByText('3件を選択中')).toBeVisible()
  await events.button('確認済みにする').click()
  const note = page.getByRole('dialog', { name: 'イベントの確認' })
  await note.getByLabel('メモ').fill('まとめて確認')
  await note.getByRole('button', { name: '確認済みにする' }).click()
  await expect(events.rows.filter({ hasText: '確認済み' }).filter({ hasText: '軽度障害' })).toHaveCount(3)
  await expect(open).toHaveCount(0)
  // A silence names its end in words; the list once fell over it.
  await ask(page, 'command/submit', {
    command: 'alerts.silence',
    params: { rule: 'first', until: Date.now() + 3_600_000, note: '' },
  })
  await page.mouse.move(0, 0)
  await expect(events.rows.filter({ hasText: '無通知にしました' })).toBeVisible()
})
