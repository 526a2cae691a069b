import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { expect, oneApp, test } from './app.ts'
import { EventsPage } from './pages/events.ts'
import { Shell } from './pages/shell.ts'

const libral = oneApp()

declare global {
  var saveDialogs: number
  var letWrite: () => void
}

/** The save dialog answers at once. @param file null: the operator closes it */
const answerSaveDialog = (app: ElectronApplication, file: string | null): Promise<void> =>
  app.evaluate(({ dialog }, filePath) => {
    globalThis.saveDialogs = 0
    dialog.showSaveDialog = async () => {
      globalThis.saveDialogs += 1
      return { canceled: filePath === null, filePath: filePath ?? '' }
    }
  }, file)

/** Main's files take no write until `letWrite`, as on a share that hangs: time enough to press a button. */
const holdWrites = (app: ElectronApplication): Promise<void> =>
  app.evaluate(async () => {
    const { open } = process.getBuiltinModule('node:fs/promises')
    const handle = await open('/dev/null', 'w')
    const kind = Object.getPrototypeOf(handle) as { writeFile: (data: string) => Promise<void> }
    await handle.close()
    const write = kind.writeFile
    const released = Promise.withResolvers<void>()
    globalThis.letWrite = released.resolve
    kind.writeFile = async function (this: unknown, data) {
      await released.promise
      return write.call(this, data)
    }
  })

async function openEvents(page: Page): Promise<EventsPage> {
  await new Shell(page).open('イベント')
  const events = new EventsPage(page)
  await expect(events.rows.first()).toBeVisible()
  return events
}

test('a CSV holds what the filter leaves, in the order of the list', async () => {
  const { app, page, profile } = libral()
  const events = await openEvents(page)
  const file = join(profile, 'sessions.csv')
  await answerSaveDialog(app, file)
  await events.choose('モジュール', 'セッション')
  await expect(page).toHaveURL(/module=session/)
  await events.button('新しい順').click()
  await events.button('CSVを書き出す').click()
  await expect(new Shell(page).toasts.getByText('CSVを書き出しました')).toBeVisible()
  const [heading, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\r\n')
  expect(heading).toMatch(/^\uFEFF日時（JST）,重大度,種別,モジュール,操作者,内容,/)
  expect(lines.length).toBeGreaterThan(1)
  for (const line of lines) expect(line).toContain(',session,')
  expect(lines).toEqual(lines.toSorted())
})

test('an export shows that it runs, can be stopped, and leaves nothing behind', async () => {
  const { app, page, profile } = libral()
  const events = await openEvents(page)
  await answerSaveDialog(app, join(profile, 'events.csv'))
  await holdWrites(app)
  await events.button('CSVを書き出す').click()
  const { toasts } = new Shell(page)
  await expect(toasts.getByText('CSVを書き出しています')).toBeVisible()
  await toasts.getByRole('button', { name: '中断' }).click()
  await app.evaluate(() => globalThis.letWrite())
  await expect(toasts.getByText('CSVの書き出しを中断しました')).toBeVisible()
  await expect.poll(() => readdirSync(profile).filter((name) => name.startsWith('events.csv'))).toEqual([])
})

test('closing the save dialog is no failure', async () => {
  const { app, page, profile } = libral()
  const events = await openEvents(page)
  await answerSaveDialog(app, null)
  await events.button('CSVを書き出す').click()
  await expect.poll(() => app.evaluate(() => globalThis.saveDialogs)).toBe(1)
  await answerSaveDialog(app, join(profile, 'after.csv'))
  await events.button('CSVを書き出す').click()
  const { toasts } = new Shell(page)
  await expect(toasts.getByText('CSVを書き出しました')).toBeVisible()
  await expect(toasts.getByText('書き出せませんでした')).toHaveCount(0)
  expect(existsSync(join(profile, 'after.csv'))).toBe(true)
})
