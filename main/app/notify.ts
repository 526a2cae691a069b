import { Notification } from 'electron'

/** A notification that nothing refers to is collected, and its click goes nowhere. The oldest make room. */
const shownLately = new Set<Notification>()
const most = 50

/** Shows a notification of the system's, where it has any; silent unless said otherwise. */
export function notify(notice: {
  readonly title: string
  readonly body: string
  readonly silent?: boolean
  click?(): void
}): void {
  if (!Notification.isSupported()) return
  const shown = new Notification({ title: notice.title, body: notice.body, silent: notice.silent ?? true })
  if (notice.click) shown.on('click', notice.click)
  shown.on('close', () => shownLately.delete(shown))
  shownLately.add(shown)
  for (const oldest of [...shownLately].slice(0, Math.max(0, shownLately.size - most))) shownLately.delete(oldest)
  shown.show()
}
