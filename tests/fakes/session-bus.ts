import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { dbusString, methodCall, nameHasOwner, socketOf } from '#main/app/session-bus.ts'

/** A real dbus-daemon of one's own. */
export interface SessionBus {
  readonly address: string
  stop(): void
}

/** null where there is no dbus-daemon. */
export async function startSessionBus(): Promise<SessionBus | null> {
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const address = await Promise.race([
    once(daemon, 'error').then(() => null),
    once(createInterface({ input: daemon.stdout }), 'line').then(([line]) => String(line)),
  ])
  return address === null ? null : { address, stop: () => void daemon.kill() }
}

export const trayHostName = 'org.kde.StatusNotifierWatcher'

/** Whoever owns the name of a tray host on the bus, as a desktop's panel does; `leave` gives it up. */
export async function startTrayHost(address: string): Promise<{ leave(): Promise<void> }> {
  const socket = connect(socketOf(address) ?? '')
  await once(socket, 'connect')
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
  socket.write(`\0AUTH EXTERNAL ${uid}\r\nBEGIN\r\n`)
  socket.resume()
  const name = dbusString(trayHostName)
  const flags = Buffer.alloc(aligned(name.length) - name.length + 4)
  socket.write(methodCall(1, 'Hello', null))
  socket.write(methodCall(2, 'RequestName', { signature: 'su', body: Buffer.concat([name, flags]) }))
  await ownership(address, true)
  return {
    async leave() {
      socket.destroy()
      await ownership(address, false)
    },
  }
}

/** A `u` begins at a multiple of four bytes. */
const aligned = (length: number): number => (length + 3) & ~3

async function ownership(address: string, wanted: boolean): Promise<void> {
  while ((await nameHasOwner(address, trayHostName)) !== wanted) await pause(20)
}
