import { Notification } from 'electron'

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
  shown.show()
}
