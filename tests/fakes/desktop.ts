import { collections } from '#protocol/catalogue.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import { permissions } from '#protocol/permission.ts'
import type { FakeDesktop } from './desktop-port.ts'
import { fakeRows } from './desktop-rows.ts'
import { fakeInventory, fakeSample } from './desktop-telemetry.ts'

const state = (now: number): DesktopState => ({
  revision: 1,
  deployment: {
    id: 'libral:0193a1b2-0000-7000-8000-000000000001',
    name: '本社コンソール',
    embedded: true,
    key: 'local',
    label: '本社コンソール',
    colour: 'grey',
  },
  link: {
    state: 'live',
    since: now - 600_000,
    currentAt: now,
    retryAt: null,
    attempt: 0,
    failure: null,
    skewMs: 0,
    roundTripMs: 0.8,
    address: null,
  },
  session: {
    operator: 'local',
    name: '運用端末',
    roles: ['operator', 'administrator'],
    permissions: [...permissions],
    expiresAt: now + 39_600_000,
    locked: false,
  },
  replica: {
    state: 'ready',
    protection: 'keychain',
    setAside: null,
    collections: Object.fromEntries(
      collections.map(({ name }) => [name, { state: 'ready' as const, offset: 1, rows: 1 }]),
    ),
  },
  log: {
    seen: { size: 1_204, root: 'r'.repeat(43), at: now },
    witness: 'libral-desktop/x',
    evidence: null,
    restored: null,
  },
  backendProcess: { state: 'running', restarts: 0 },
  pendingCommands: 0,
  reviewOnly: false,
})

/** A connected desktop with an administrator, ten minutes of telemetry and as many events as asked. */
export const fakeDesktop = (now: number, events = 1_000): FakeDesktop => ({
  rows: fakeRows(now, events),
  state: state(now),
  settings: {
    locale: 'ja',
    theme: 'dark',
    zoom: 100,
    notifications: true,
    notificationSound: false,
    startHidden: false,
    startAtLogin: false,
    closeToTray: true,
    vaultIdleMinutes: 15,
    vaultLockOnSuspend: true,
    vaultLockOnScreen: true,
    paymentFilters: [],
    paymentNotifications: true,
    httpPort: null,
  },
  inventory: fakeInventory(now),
  history: Array.from({ length: 200 }, (_, index) => fakeSample(now - (200 - index) * 1_000)),
  submitted: [],
  decide: () => ({}),
  places: [],
  calls: [],
})
