import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
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
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const address = await Promise.race([
    once(daemon, 'error').then(() => null),
    once(createInterface({ input: daemon.stdout }), 'line').then(([line]) => String(line)),
  ])
  if (address === null) return context.skip('no dbus-daemon here')
  try {
    expect(await nameHasOwner(address, 'org.freedesktop.DBus')).toBe(true)
    expect(await nameHasOwner(address, 'org.kde.StatusNotifierWatcher')).toBe(false)
  } finally {
    daemon.kill()
  }
})
