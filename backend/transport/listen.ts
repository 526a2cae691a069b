import { chmod, lstat, mkdir, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { LibralError } from '#protocol/errors.ts'

/** Where to listen: a Unix socket (a named pipe on Windows, `\\.\pipe\…`), or a TCP address. Port 0 takes a free one. */
export type Listen =
  | { readonly kind: 'pipe'; readonly path: string }
  | { readonly kind: 'address'; readonly host: string; readonly port: number }

/**
 * Connections that the system takes before this process does, as far as it allows (`net.core.somaxconn`): with Node's 511,
 * thousands of desktops that come back at once would be told nothing and try again after one second, three and seven.
 */
const backlog = 4_096

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the final NUL included. */
const longestPath = process.platform === 'darwin' ? 103 : 107

/**
 * Binds the server and answers where it listens: `unix:PATH` or `HOST:PORT`. A Unix socket lies in a directory of mode
 * 0700 of our own, since the socket's own mode isn't honoured everywhere.
 * @throws LibralError `input.too-large` (path), `storage.locked` (somebody answers there already)
 */
export const bind = async (server: Server, target: Listen): Promise<string> => {
  if (target.kind === 'address') {
    await listening(server, () => server.listen({ port: target.port, host: target.host, backlog }))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : target.port
    return `${target.host.includes(':') ? `[${target.host}]` : target.host}:${port}`
  }
  if (process.platform !== 'win32') await preparePath(target.path)
  await listening(server, () => server.listen({ path: target.path, backlog }))
  if (process.platform !== 'win32') await chmod(target.path, 0o600)
  return `unix:${target.path}`
}

const listening = (server: Server, start: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', () => {
      server.off('error', reject)
      resolve()
    })
    start()
  })

const preparePath = async (path: string): Promise<void> => {
  const bytes = Buffer.byteLength(path)
  if (bytes > longestPath) throw new LibralError('input.too-large', { field: 'socket', bytes, limit: longestPath })
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  const stat = await lstat(path).catch(() => undefined)
  if (!stat) return
  if (!stat.isSocket()) throw new LibralError('storage.locked', { reason: 'not-a-socket' })
  if (await answers(path)) throw new LibralError('storage.locked', { reason: 'socket-in-use' })
  // Left behind by a backend that was killed.
  await unlink(path)
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    const settle = (alive: boolean): void => {
      socket.destroy()
      resolve(alive)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
