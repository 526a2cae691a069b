import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageFolder, readLicence } from './licences.ts'

test.each([
  ['/x/node_modules/zod/v4/index.js', '/x/node_modules/zod'],
  ['/x/node_modules/@orpc/client/dist/index.mjs?v=1', '/x/node_modules/@orpc/client'],
  ['\0/x/node_modules/ws/index.js?commonjs-proxy', '/x/node_modules/ws'],
  ['/x/node_modules/a/node_modules/b/c.js', '/x/node_modules/a/node_modules/b'],
  ['C:\\x\\node_modules\\zod\\index.js', 'C:/x/node_modules/zod'],
  ['/x/main/index.ts', undefined],
])('the package of %j', (id, folder) => {
  expect(packageFolder(id)).toBe(folder)
})

test('reads name, version, licence and text of a real package', () => {
  const licence = readLicence(join(import.meta.dirname, '../node_modules/zod'))
  expect(licence).toMatchObject({ name: 'zod', licence: 'MIT', text: expect.stringContaining('MIT License') })
  expect(readLicence(import.meta.dirname)).toBeUndefined()
})
