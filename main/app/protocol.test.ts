import { sep } from 'node:path'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'

vi.mock('electron', () => ({ protocol: {} }))
const { fileFor } = await import('./protocol.ts')

const root = '/srv/app/out/renderer'

test('serves files below the root, the index for the root itself', () => {
  expect(fileFor(root, 'app://main/')).toBe(`${root}/index.html`)
  expect(fileFor(root, 'app://main/index.html#/events')).toBe(`${root}/index.html`)
  expect(fileFor(root, 'app://main/assets/a%20b.js?x=1')).toBe(`${root}/assets/a b.js`)
})

test.each([
  'app://other/index.html',
  'app://main.evil/index.html',
  'app://main:80/index.html',
  'https://main/index.html',
  'file:///etc/passwd',
  'app://main/..%2f..%2fetc/passwd',
  'app://main/%2e%2e%2f%2e%2e%2fpackage.json',
  'app://main/..%5c..%5cpackage.json',
  'app://main/%00',
  'app://main/%',
  'app://main/%2e%2e%2frenderer-other/x.js',
  'not an address',
])('refuses %s', (address) => {
  expect(fileFor(root, address)).toBeNull()
})

test('no address leads out of the root', () => {
  const piece = fc.constantFrom('..', '.', '%2e%2e', '%2f', '/', '\\', '%5c', 'a', 'assets', '%00', '%25', ':', '//')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const file = fileFor(root, `app://main/${pieces.join('')}`)
      return file === null || file.startsWith(root + sep)
    }),
  )
})
