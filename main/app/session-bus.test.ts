import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startSessionBus, startTrayHost, trayHostName } from '#tests/fakes/session-bus.ts'
import { nameHasOwner, socketOf } from './session-bus.ts'

test('reads addresses of sockets and nothing else', () => {
  expect(socketOf('unix:path=/run/user/1000/bus,guid=abc')).toBe('/run/user/1000/bus')
  expect(socketOf('tcp:host=x;unix:guid=a,path=/tmp/a%20b')).toBe('/tmp/a b')
  expect(socketOf('unix:abstract=/tmp/dbus-x')).toBe('\0/tmp/dbus-x')
  expect(socketOf('')).toBeNull()
})

test('no bus, a closed one and a silent one all mean: nobody', async () => {
  expect(await nameHasOwner(undefined, 'org.kde.StatusNotifierWatcher')).toBe(false)
  expect(await nameHasOwner('unix:path=/nonexistent/bus', 'org.kde.StatusNotifierWatcher')).toBe(false)
  const path = join(tmpdir(), `silent-${process.pid}.sock`)
  const server = createServer(() => {}).listen(path)
  await once(server, 'listening')
  expect(await nameHasOwner(`unix:path=${path}`, 'org.kde.StatusNotifierWatcher')).toBe(false)
  server.close()
})

test('asks a real bus', async (context) => {
  const bus = await startSessionBus()
  if (bus === null) return context.skip('no dbus-daemon here')
  try {
    expect(await nameHasOwner(bus.address, 'org.freedesktop.DBus')).toBe(true)
    expect(await nameHasOwner(bus.address, trayHostName)).toBe(false)
    const host = await startTrayHost(bus.address)
    expect(await nameHasOwner(bus.address, trayHostName)).toBe(true)
    await host.leave()
    expect(await nameHasOwner(bus.address, trayHostName)).toBe(false)
  } finally {
    bus.stop()
  }
})

test('a bus that speaks in pieces is understood, an address that is nonsense is nobody', async () => {
  const path = join(tmpdir(), `slow-${process.pid}.sock`)
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write('O')
      setTimeout(() => socket.write('K 0123\r'), 20)
      setTimeout(() => socket.write('\n'), 40)
    })
    socket.on('data', (data) => {
      if (!data.includes('NameHasOwner')) return
      const reply = Buffer.alloc(28)
      reply.set([0x6c, 2, 1, 1])
      reply.writeUInt32LE(4, 4)
      reply.writeUInt32LE(8, 12)
      reply.set([5, 1, 0x75, 0, 2, 0, 0, 0], 16)
      reply.writeUInt32LE(1, 24)
      socket.write(reply)
    })
  }).listen(path)
  await once(server, 'listening')
  expect(await nameHasOwner(`unix:path=${path}`, trayHostName)).toBe(true)
  server.close()
  expect(await nameHasOwner('unix:path=/tmp/%zz', trayHostName)).toBe(false)
})
