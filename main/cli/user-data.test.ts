import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { productName, usualUserData } from './user-data.ts'

test('the folder is the one that Electron takes', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as object
  expect(manifest).toMatchObject({ productName })
  expect(usualUserData('linux', {}, '/h')).toBe('/h/.config/Libral Control Center')
  expect(usualUserData('linux', { XDG_CONFIG_HOME: '/c' }, '/h')).toBe('/c/Libral Control Center')
  expect(usualUserData('darwin', {}, '/h')).toBe('/h/Library/Application Support/Libral Control Center')
})
