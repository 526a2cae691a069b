import type { Session, WebContents } from 'electron'
import { isAllowed } from './permissions.ts'
import { appHost, appOrigin, appScheme } from './protocol.ts'

/** Tells of something that a page tried and was refused; `what` is a fixed word, never an address. */
export type Refused = (what: string) => void

/** Nothing is requested but `app://main` and what pages made themselves, and in development Vite's server. */
export function isOwnRequest(address: string, development: URL | null): boolean {
  const url = URL.parse(address)
  if (url === null) return false
  if (url.protocol === `${appScheme}:`) return url.host === appHost
  if (url.protocol === 'data:' || url.protocol === 'blob:') return true
  if (development === null) return false
  return url.protocol === 'devtools:' || (/^(http|ws):$/.test(url.protocol) && url.host === development.host)
}

/** Whether a page may go there: only within its own origin. */
export const isOwnPage = (address: string): boolean => {
  const url = URL.parse(address)
  return url !== null && url.protocol === `${appScheme}:` && url.host === appHost
}

/** Origin of a URL as Chromium writes it; Node's URL gives "null" for schemes that it does not know. */
export const originOf = (address: string): string => {
  const url = URL.parse(address)
  return url === null ? 'null' : `${url.protocol}//${url.host}`
}

/** Permissions, devices and the network of everything in a session. */
export function guardSession(session: Session, development: URL | null, refused: Refused): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const allowed = isAllowed(permission, originOf(details.requestingUrl), appOrigin)
    if (!allowed) refused(`permission.${permission}`)
    answer(allowed)
  })
  session.setPermissionCheckHandler((_contents, permission, origin) =>
    isAllowed(permission, originOf(origin), appOrigin),
  )
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}))
  session.webRequest.onBeforeRequest((details, answer) => {
    const own = isOwnRequest(details.url, development)
    if (!own) refused('request')
    answer({ cancel: !own })
  })
  session.on('will-download', (event) => {
    event.preventDefault()
    refused('download')
  })
}

/** Navigation, new windows and webviews of every page, whoever made it. */
export function guardContents(contents: WebContents, refused: Refused): void {
  const stay = (event: { preventDefault(): void; readonly url: string }): void => {
    if (isOwnPage(event.url)) return
    event.preventDefault()
    refused('navigation')
  }
  contents.on('will-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-attach-webview', (event) => {
    event.preventDefault()
    refused('webview')
  })
  contents.setWindowOpenHandler(() => {
    refused('window')
    return { action: 'deny' }
  })
}
