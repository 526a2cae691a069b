import { expect, test, vi } from 'vitest'

vi.mock('electron', () => ({ protocol: {} }))
const { isOwnPage, isOwnRequest, originOf } = await import('./guards.ts')
const { isAllowed, permissions } = await import('./permissions.ts')

test('requests: only our scheme and host, and what the page made itself', () => {
  for (const own of ['app://main/a.js', 'data:image/png;base64,AA', 'blob:app://main/1'])
    expect(isOwnRequest(own, null)).toBe(true)
  const foreign = [
    'https://example.com/',
    'http://127.0.0.1:80/',
    'ws://localhost/',
    'file:///etc/passwd',
    'app://evil/',
    'devtools://x/',
    '',
  ]
  for (const address of foreign) expect(isOwnRequest(address, null)).toBe(false)
})

test('in development only the named server is open as well', () => {
  const server = new URL('http://localhost:5173/')
  expect(isOwnRequest('http://localhost:5173/main.tsx', server)).toBe(true)
  expect(isOwnRequest('ws://localhost:5173/?token=x', server)).toBe(true)
  expect(isOwnRequest('http://localhost:5174/', server)).toBe(false)
  expect(isOwnRequest('https://localhost:5173.evil.test/', server)).toBe(false)
})

test('pages stay in their own origin', () => {
  expect(isOwnPage('app://main/index.html#/events')).toBe(true)
  for (const address of ['app://main.evil/', 'app://evil/', 'https://main/', 'javascript:alert(1)', 'data:text/html,x'])
    expect(isOwnPage(address)).toBe(false)
})

test('an origin is the scheme and the exact host', () => {
  expect(originOf('app://main/index.html')).toBe('app://main')
  expect(originOf('app://main.evil/')).not.toBe('app://main')
  expect(originOf('nonsense')).toBe('null')
})

test('permissions: only listed ones, only for us, each with a reason', () => {
  expect(isAllowed('clipboard-sanitized-write', 'app://main', 'app://main')).toBe(true)
  expect(isAllowed('clipboard-sanitized-write', 'https://evil.test', 'app://main')).toBe(false)
  expect(isAllowed('media', 'app://main', 'app://main')).toBe(false)
  expect(isAllowed('something-new', 'app://main', 'app://main')).toBe(false)
  expect(isAllowed('constructor', 'app://main', 'app://main')).toBe(false)
  for (const { why } of Object.values(permissions)) expect(why.length).toBeGreaterThan(5)
})
