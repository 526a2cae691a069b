import { useSyncExternalStore } from 'react'
import type { Page, Place } from '#protocol/desktop.ts'

/** Where the window is: `#/events/KEY?severity=major`. The hash keeps it across a reload and in the history. */
export interface Location {
  readonly page: Page
  readonly key: string | null
  readonly search: string
}

const known = {
  monitoring: true,
  events: true,
  alerts: true,
  approvals: true,
  payments: true,
  keys: true,
  audit: true,
  users: true,
  policy: true,
  settings: true,
  about: true,
} satisfies Record<Page, true>
const isPage = (name: string): name is Page => Object.hasOwn(known, name)

/** Reads a hash; what is unknown leads to 監視. */
export const parseHash = (hash: string): Location => {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [name = '', ...rest] = path.split('/')
  if (!isPage(name)) return { page: 'monitoring', key: null, search: '' }
  const key = rest.join('/')
  return { page: name, key: key === '' ? null : decodeURIComponent(key), search }
}

export const hashOf = ({ page, key, search = '' }: Place & { readonly search?: string }): string =>
  `#/${page}${key === null ? '' : `/${encodeURIComponent(key)}`}${search === '' ? '' : `?${search}`}`

let parsed = { hash: '', location: parseHash('') }
const current = (): Location => {
  if (parsed.hash !== window.location.hash) {
    parsed = { hash: window.location.hash, location: parseHash(window.location.hash) }
  }
  return parsed.location
}
const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

export const useLocation = (): Location => useSyncExternalStore(subscribe, current)

/** Goes to a place as a new step of the history. */
export const goTo = (place: Place & { readonly search?: string }): void => {
  window.location.hash = hashOf(place)
}

/** Rewrites the present place, for filters and selections that Back should not step through. */
export const replacePlace = (place: Place & { readonly search?: string }): void => {
  const hash = hashOf(place)
  if (window.location.hash === hash) return
  window.history.replaceState(null, '', hash)
  window.dispatchEvent(new HashChangeEvent('hashchange'))
}
