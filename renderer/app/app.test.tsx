import { act, configure, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { fakeDesktop } from '#tests/fakes/desktop.ts'
import { serveDesktop } from '#tests/fakes/desktop-port.ts'
import { stubResizeObserver } from '#tests/fakes/resize-observer.ts'
import { startI18n } from '../i18n/i18n.ts'

// One window for the whole file, as in the product: its port comes once.
const now = Date.now()
const desk = fakeDesktop(now, 50)
let changed: () => void

// Pages come as chunks of their own; a busy machine takes its time.
configure({ asyncUtilTimeout: 60_000 })

beforeAll(async () => {
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }))
  stubResizeObserver()
  window.location.hash = '#/settings'
  startI18n()
  const { App } = await import('./app.tsx')
  render(<App role="main" />)
  const { port1, port2 } = new MessageChannel()
  changed = serveDesktop(port1, desk).changed
  const handed = new MessageEvent('message', { data: { type: 'libral:port', role: 'main' }, source: window })
  Object.defineProperty(handed, 'ports', { value: [port2] })
  window.dispatchEvent(handed)
  await screen.findByRole('heading', { name: '設定' })
})
afterAll(() => vi.unstubAllGlobals())

const push = (change: () => void): Promise<void> =>
  act(async () => {
    change()
    changed()
    await new Promise((resolve) => setTimeout(resolve, 60))
  })

it('shows who is here, where, and how it is connected', async () => {
  expect(await screen.findByText('本社コンソール')).toBeDefined()
  expect(await screen.findByText('接続済み')).toBeDefined()
  expect(await screen.findByRole('button', { name: /運用端末/ })).toBeDefined()
})

it('counts what is open and what fires in the sidebar', async () => {
  const sidebar = screen.getByRole('navigation', { name: 'ページ' })
  expect(await within(sidebar).findByText('2')).toBeDefined()
  expect(
    within(sidebar)
      .getAllByRole('link')
      .map((link) => link.textContent?.replace(/[^ァ-ヶー一-龠]/g, '')),
  ).toContain('設定')
  expect(within(sidebar).getByText('決済')).toBeDefined()
})

it('says since when it is offline, and offers to connect now', async () => {
  await push(() => {
    desk.state = {
      ...desk.state,
      link: {
        ...desk.state.link,
        state: 'waiting',
        since: now - 60_000,
        currentAt: now - 60_000,
        retryAt: now + 60_000,
        attempt: 3,
      },
    }
  })
  expect(await screen.findByText('再接続待ち')).toBeDefined()
  expect(await screen.findByText(/から接続が切れています/)).toBeDefined()
  await userEvent.click(screen.getByRole('button', { name: '今すぐ接続' }))
  await vi.waitFor(() => expect(desk.calls).toContain('reconnect'), 60_000)
  await push(() => {
    desk.state = { ...desk.state, link: { ...desk.state.link, state: 'live', retryAt: null } }
  })
  await vi.waitFor(() => expect(screen.queryByText(/から接続が切れています/)).toBeNull(), 60_000)
})

it('warns of a clock that is two minutes off, and of a replica kept for this run only', async () => {
  await push(() => {
    desk.state = {
      ...desk.state,
      link: { ...desk.state.link, skewMs: 7_200_000 },
      replica: { ...desk.state.replica, protection: 'this-run' },
    }
  })
  expect(await screen.findByText(/2時間遅れています/)).toBeDefined()
  await userEvent.click(screen.getByRole('button', { name: 'この起動のみ' }))
  expect(await screen.findByText('データはこの起動の間だけ保存されます')).toBeDefined()
  await userEvent.keyboard('{Escape}')
  await push(() => {
    desk.state = { ...desk.state, link: { ...desk.state.link, skewMs: 0 } }
  })
})

it('changes a setting through main, and speaks English at once', async () => {
  await userEvent.click(screen.getByRole('radio', { name: 'English' }))
  expect(await screen.findByRole('heading', { name: 'Settings' })).toBeDefined()
  await userEvent.click(screen.getByRole('radio', { name: '日本語' }))
  expect(await screen.findByRole('heading', { name: '設定' })).toBeDefined()
  expect(desk.settings.locale).toBe('ja')
})

it('issues a token of which only the digest leaves the window', async () => {
  await act(async () => {
    window.location.hash = '#/users'
  })
  await userEvent.click(await screen.findByRole('button', { name: 'トークンを発行' }))
  await userEvent.type(screen.getByLabelText('名称'), '監視室')
  await userEvent.click(screen.getByRole('button', { name: '発行' }))
  const token = (await screen.findByRole('status', { name: '' })).textContent ?? ''
  const [sent] = desk.submitted.filter(({ command }) => command === 'session.issueToken')
  expect(sent?.params).toMatchObject({ operator: 'local', label: '監視室' })
  expect(JSON.stringify(sent)).not.toContain(token)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))
  expect(sent?.params['digest']).toBe(Buffer.from(digest).toString('base64url'))
})
