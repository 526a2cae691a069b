import { readFileSync, type Stats, statSync } from 'node:fs'
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

export interface ReadTls {
  readonly context: ReturnType<typeof read>
  /** How the files looked right before they were read: what was read later than they looked is read once more. */
  readonly stamp: string
}

/** @throws LibralError `storage.unreadable` when they are missing, or don't belong together */
export const readTls = (files: TlsFiles): ReadTls => {
  try {
    const stamp = stampOf(pairOf(files).map((file) => statSync(file)))
    const context = read(files)
    createSecureContext(context)
    return { context, stamp }
  } catch (cause) {
    throw new LibralError('storage.unreadable', { file: 'tls', reason: 'certificate' }, { cause })
  }
}

const pairOf = ({ certificate, key }: TlsFiles): readonly string[] => [certificate, key]
const stampOf = (pair: readonly Stats[]): string =>
  pair.map(({ mtimeMs, ino, size }) => `${mtimeMs} ${ino} ${size}`).join(' ')

/**
 * Takes renewed files into use when they change, and at SIGHUP; connections that stand are not touched. Looked at rather
 * than watched, since renewal tools replace links of links. Files that don't fit leave the old ones in use.
 *
 * @param inUse the stamp of what the servers began with
 * @returns what ends it
 */
export const followTls = (files: TlsFiles, inUse: string, servers: readonly HttpsServer[], log: Log): (() => void) => {
  let seen = inUse
  const renew = (): void => {
    try {
      const { context } = readTls(files)
      for (const server of servers) server.setSecureContext(context)
      log.info('tls.renewed')
    } catch (thrown) {
      log.error('tls.not-renewed', traceOf(thrown))
    }
  }
  const look = async (): Promise<void> => {
    const found = await Promise.all(pairOf(files).map((file) => stat(file))).catch(() => undefined)
    if (found === undefined) return
    const now = stampOf(found)
    if (now === seen) return
    seen = now
    renew()
  }
  const timer = setInterval(() => void look(), lookMs)
  timer.unref()
  process.on('SIGHUP', renew)
  return () => {
    clearInterval(timer)
    process.off('SIGHUP', renew)
  }
}
