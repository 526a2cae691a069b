import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { privateFolder } from '../private-folder.ts'
import { program } from '../programs.ts'

const driver = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so'
const relay = join(import.meta.dirname, 'relay.ts')
const port = 35963

/** A real pcscd of one's own. */
export interface PcscDaemon {
  /** Where the reader's Unix socket belongs. */
  readonly readerSocket: string
  /** What a PC/SC client (scdaemon) needs in its environment to find this one. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Flags of `unshare` for namespaces of one's own: an ordinary user's, else root's; null where neither works. */
const namespaceFlags = (): readonly string[] | null =>
  [['-Urmn'], ['-mn']].find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0) ?? null

/** What is missing for {@link startPcscd}, in words; null when all is there. */
export const pcscdLacks = (): string | null => {
  const missing = ['pcscd', 'unshare', 'setpriv', 'ip'].find((name) => program(name) === undefined)
  if (missing !== undefined) return missing
  if (!existsSync(driver)) return 'vsmartcard-vpcd'
  return namespaceFlags() === null ? 'namespaces' : null
}

/**
 * Starts pcscd without rights and apart from the machine's. Its socket's place is fixed when it is compiled, so it gets a
 * /run of its own; its reader listens on every address, so it gets a network of its own that has nothing but loopback.
 */
export const startPcscd = async (): Promise<PcscDaemon> => {
  const folder = privateFolder('pcsc')
  const at = (name: string): string => join(folder.path, name)
  for (const name of ['readers', 'run']) mkdirSync(at(name))
  writeFileSync(at('readers/vpcd'), readerConfig)
  const child = spawnApart(folder.path)
  await appears(at('run/pcscd.comm'), child)
  return {
    readerSocket: at('reader'),
    env: { PCSCLITE_CSOCK_NAME: at('run/pcscd.comm') },
    stop: async () => {
      if (running(child) && child.kill('SIGTERM')) await once(child, 'exit')
      folder.remove()
    },
  }
}

const readerConfig = `FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:${port}\nLIBPATH ${driver}\nCHANNELID ${port}\n`

/** The kernel ends both with us, even when we are killed. */
const steps = `
mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$0/run" /run/pcscd && ip link set lo up || exit 1
# vpcd writes a length and then its data: a delayed acknowledgement between them would cost 40 ms each time.
ip route replace local 127.0.0.1 dev lo table local quickack 1
setpriv --pdeathsig TERM "$1" "$2" ${port} "$0/reader" &
exec setpriv --pdeathsig TERM "$3" --foreground --config "$0/readers"
`

const spawnApart = (folder: string): ChildProcess => {
  const shell = ['sh', '-c', steps, folder, process.execPath, relay, program('pcscd') ?? 'pcscd']
  return spawn('unshare', [...(namespaceFlags() ?? []), ...shell], { stdio: 'ignore' })
}

const running = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

const appears = async (socket: string, child: ChildProcess): Promise<void> => {
  while (!existsSync(socket)) {
    if (!running(child)) throw new Error(`pcscd ended with ${child.exitCode ?? child.signalCode}`)
    await pause(10)
  }
}
