import { lstat, readFile } from 'node:fs/promises'
import { LibralError } from '#protocol/errors.ts'

/** Where an Assuan server listens: a Unix socket, or on Windows a port of loopback that wants 16 bytes first. */
export type AssuanAddress = { readonly path: string } | { readonly port: number; readonly nonce: Buffer }

const redirect = /^%Assuan%\r?\nsocket=(.+?)\r?\n?$/s

/**
 * What a plain file in a socket's place says (libassuan's redirection, and its emulation of sockets on Windows).
 * `${NAME}` in a redirection is a variable of the environment.
 */
export const parseAddressFile = (bytes: Buffer, env: NodeJS.ProcessEnv = process.env): AssuanAddress | null => {
  const target = redirect.exec(bytes.toString('utf8'))?.[1]
  if (target !== undefined) return { path: target.replace(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? '') }
  const end = bytes.indexOf(10)
  const port = Number(bytes.subarray(0, Math.max(end, 0)).toString('latin1'))
  const nonce = bytes.subarray(end + 1)
  return Number.isInteger(port) && port > 0 && port < 65_536 && nonce.length === 16 ? { port, nonce } : null
}

/** @throws LibralError `hardware.no-daemon` where there is neither a socket nor such a file */
export const readAddress = async (path: string): Promise<AssuanAddress> => {
  const found = await lstat(path).catch(() => null)
  if (found === null) throw new LibralError('hardware.no-daemon')
  if (!found.isFile()) return { path }
  const address = found.size > 4_096 ? null : parseAddressFile(await readFile(path))
  if (address === null) throw new LibralError('hardware.no-daemon')
  return address
}
