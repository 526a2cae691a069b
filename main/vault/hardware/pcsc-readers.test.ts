import { createServer } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { privateFolder } from '#tests/fakes/private-folder.ts'
import { pcscReaders, readersIn } from './pcsc-readers.ts'

test('whatever pcscd says, reading it ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2_944, maxLength: 2_944 }), (bytes) => {
      for (const { name } of readersIn(Buffer.from(bytes))) expect(name).not.toBe('')
    }),
  )
})

test('nobody there, or somebody who says nothing, is no pcscd', async () => {
  const folder = privateFolder('pcsc')
  const path = join(folder.path, 's')
  expect(await pcscReaders({ PCSCLITE_CSOCK_NAME: path })).toBeNull()
  const mute = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => mute.listen(path, resolve))
  expect(await pcscReaders({ PCSCLITE_CSOCK_NAME: path })).toBeNull()
  await new Promise((resolve) => mute.close(resolve))
  folder.remove()
})
