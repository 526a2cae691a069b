import type { ElectronApplication } from '@playwright/test'

declare global {
  /** What the system was asked to show, in main. */
  var libralShown: { title: string; body: string; emit(event: 'click'): void }[] | undefined
}

/** Takes the place of the system's notifications, of which a test's machine has none. */
export const catchNotifications = async (app: ElectronApplication) => {
  await app.evaluate(({ Notification }) => {
    globalThis.libralShown = []
    Notification.isSupported = () => true
    Notification.prototype.show = function (this: Electron.Notification) {
      globalThis.libralShown?.push(this as never)
    }
  })
  return {
    /** `TITLE：BODY` of each so far. */
    shown: () => app.evaluate(() => (globalThis.libralShown ?? []).map(({ title, body }) => `${title}：${body}`)),
    /** Presses the first one whose text holds this. */
    click: (word: string) =>
      app.evaluate(
        (_electron, part) =>
          globalThis.libralShown?.find(({ title, body }) => `${title}：${body}`.includes(part))?.emit('click'),
        word,
      ),
  }
}
