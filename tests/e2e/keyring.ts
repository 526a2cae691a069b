import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** `npm test` installs it where it may. */
export const hasKeyring = existsSync('/usr/bin/gnome-keyring-daemon') && existsSync('/usr/bin/dbus-run-session')

const script = `printf 'test\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
echo "$DBUS_SESSION_BUS_ADDRESS"
exec cat`

/** A session bus with an unlocked GNOME keyring that nothing else uses. */
export interface Keyring {
  /** What an app needs in its environment to find it. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

export async function startKeyring(): Promise<Keyring> {
  const home = mkdtempSync(join(tmpdir(), 'kr-'))
  const session = spawn('dbus-run-session', ['--', 'bash', '-c', script], {
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: join(home, 'data') },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(session, 'exit')
  const [address] = (await once(createInterface({ input: session.stdout }), 'line')) as [string]
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address, XDG_CURRENT_DESKTOP: 'GNOME' },
    async stop() {
      // cat ends with its input, and the session with cat.
      session.stdin.end()
      await ended
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
