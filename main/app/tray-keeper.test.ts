import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserWindow } from 'electron'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startSessionBus, startTrayHost, trayHostName } from '#tests/fakes/session-bus.ts'
import { nameHasOwner } from './session-bus.ts'
import { createTrayKeeper, type TrayKeeperOptions } from './tray-keeper.ts'

const window = {} as BrowserWindow
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tray-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function keeper(changes: Partial<TrayKeeperOptions> = {}) {
  const remove = vi.fn()
  const show = vi.fn(() => ({ refresh: () => {}, remove }))
  const explain = vi.fn()
  const options: TrayKeeperOptions = {
    file: join(folder, 'shown.json'),
    hasHost: async () => true,
    show,
    closeToTray: () => true,
    quitting: () => false,
    isLastMain: () => true,
    explain,
    ...changes,
  }
  return { tray: createTrayKeeper(options), show, remove, explain }
}

test('only the last main window is hidden, only if the settings want it, never while quitting', () => {
  expect(keeper().tray.wantsHidden(window)).toBe(true)
  expect(keeper({ isLastMain: () => false }).tray.wantsHidden(window)).toBe(false)
  expect(keeper({ closeToTray: () => false }).tray.wantsHidden(window)).toBe(false)
  expect(keeper({ quitting: () => true }).tray.wantsHidden(window)).toBe(false)
})

test('hiding is explained once in the life of a profile', async () => {
  const first = keeper()
  await first.tray.start()
  await first.tray.mayHide()
  await vi.waitFor(() => expect(first.explain).toHaveBeenCalledTimes(1), 20_000)
  await vi.waitFor(async () => {
    const second = keeper()
    await second.tray.mayHide()
    expect(second.explain).not.toHaveBeenCalled()
  }, 60_000)
})

test('nothing is shown any more after the end', async () => {
  const { tray, show } = keeper()
  tray.stop()
  await tray.start()
  expect(show).not.toHaveBeenCalled()
  expect(tray.present()).toBe(false)
})

test('a window is hidden only while a tray host is on the bus, whenever it came and went', async (context) => {
  const bus = await startSessionBus()
  if (bus === null) return context.skip('no dbus-daemon here')
  try {
    const { tray, show } = keeper({ hasHost: () => nameHasOwner(bus.address, trayHostName) })
    await tray.start()
    expect([tray.present(), await tray.mayHide()]).toEqual([false, false])
    const host = await startTrayHost(bus.address)
    expect([await tray.mayHide(), tray.present()]).toEqual([true, true])
    await host.leave()
    expect(await tray.mayHide()).toBe(false)
    await startTrayHost(bus.address).then((it) => it.leave())
    expect(show).toHaveBeenCalledTimes(1)
  } finally {
    bus.stop()
  }
})
