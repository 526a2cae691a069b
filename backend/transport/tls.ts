import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Server as HttpsServer } from 'node:https'
import { createSecureContext } from 'node:tls'
import { LibralError } from '#protocol/errors.ts'
import { traceOf } from './failure.ts'
import type { Log } from './services.ts'

export interface TlsFiles {
  /** PEM: the certificate, then those between it and the root. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
}

/** How often renewed files are looked for. */
const lookMs = 10_000

const read = ({ certificate, key }: TlsFiles) => ({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  minVersion: 'TLSv1.2' as const,
})

/** @throws LibralError `storage.unreadable` when they are missing, or don't belong together */
export const readTls = (files: TlsFiles): ReturnType<typeof read> => {
  try {
    const found = read(files)
    createSecureContext(found)
    return found
  } catch (cause) {
    throw new LibralError('storage.unreadable', { file: 'tls', reason: 'certificate' }, { cause })
  }
}

const stamp = async ({ certificate, key }: TlsFiles): Promise<string> =>
  (await Promise.all([certificate, key].map((file) => stat(file))))
    .map(({ mtimeMs, ino, size }) => `${mtimeMs} ${ino} ${size}`)
    .join(' ')

/**
 * Takes renewed files into use when they change, and at SIGHUP; connections that stand are not touched. Looked at rather
 * than watched, since renewal tools replace links of links. Files that don't fit leave the old ones in use.
 *
 * @returns what ends it
 */
export const followTls = (files: TlsFiles, servers: readonly HttpsServer[], log: Log): (() => void) => {
  let seen: string | undefined
  const renew = (): void => {
    try {
      const found = readTls(files)
      for (const server of servers) server.setSecureContext(found)
      log.info('tls.renewed')
    } catch (thrown) {
      log.error('tls.not-renewed', traceOf(thrown))
    }
  }
  const look = async (): Promise<void> => {
    const now = await stamp(files).catch(() => undefined)
    if (now === undefined) return
    if (seen !== undefined && now !== seen) renew()
    seen = now
  }
  void look()
  const timer = setInterval(() => void look(), lookMs)
  timer.unref()
  process.on('SIGHUP', renew)
  return () => {
    clearInterval(timer)
    process.off('SIGHUP', renew)
  }
}
