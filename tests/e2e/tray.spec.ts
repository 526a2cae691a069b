import { startSessionBus, startTrayHost } from '../fakes/session-bus.ts'
import { expect, type Libral, test } from './app.ts'

const visible = ({ app }: Libral) =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((it) => it.isVisible()))

const close = ({ app }: Libral) =>
  app.evaluate(({ BrowserWindow }) => {
    setTimeout(() => BrowserWindow.getAllWindows()[0]?.close(), 50)
  })

test('closing hides the window while a tray host is there; once it has gone, closing ends the app', async ({
  launch,
}) => {
  const bus = await startSessionBus()
  test.skip(bus === null, 'no dbus-daemon here')
  if (bus === null) return
  try {
    const host = await startTrayHost(bus.address)
    const libral = await launch({ env: { DBUS_SESSION_BUS_ADDRESS: bus.address } })
    await libral.page.locator('[data-link]').first().waitFor()
    await close(libral)
    await expect.poll(() => visible(libral)).toEqual([false])
    await libral.app.evaluate(({ app }) => app.emit('second-instance', {}, ['libral'], '/'))
    await expect.poll(() => visible(libral)).toEqual([true])
    await host.leave()
    const closed = libral.app.waitForEvent('close', { timeout: 120_000 })
    await close(libral)
    await closed
    expect(libral.process.exitCode).toBe(0)
  } finally {
    bus.stop()
  }
})
