import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { LibralError } from '#protocol/errors.ts'
import type { GnupgKey } from '#protocol/keys.ts'

/** The GnuPG of this user, through its own program: its keyring's files are its own affair. */

/** @throws LibralError `keys.gnupg-missing`, `keys.gnupg-failed` */
export async function listGnupg(): Promise<Omit<GnupgKey, 'known'>[]> {
  const [all, secret] = await Promise.all([
    gpg(['--with-colons', '--fixed-list-mode', '--list-keys'], null),
    gpg(['--with-colons', '--fixed-list-mode', '--list-secret-keys'], null),
  ])
  const own = new Set(readColons(secret.toString('utf8')).map(({ fingerprint }) => fingerprint))
  return readColons(all.toString('utf8')).map((key) => ({ ...key, secret: own.has(key.fingerprint) }))
}

/** Reads GnuPG's colon format (doc/DETAILS): one key for each `pub` or `sec`, with the first user id that follows. */
export function readColons(output: string): Omit<GnupgKey, 'known' | 'secret'>[] {
  const keys: { fingerprint: string; userId: string; createdAt: number; expiresAt: number | null }[] = []
  for (const line of output.split('\n')) {
    const field = line.split(':')
    const last = keys.at(-1)
    if (field[0] === 'pub' || field[0] === 'sec') {
      const end = Number(field[6] ?? '')
      keys.push({
        fingerprint: '',
        userId: '',
        createdAt: Number(field[5] ?? '') * 1000,
        expiresAt: end > 0 ? end * 1000 : null,
      })
    }
    if (field[0] === 'fpr' && last?.fingerprint === '') last.fingerprint = (field[9] ?? '').toLowerCase()
    if (field[0] === 'uid' && last?.userId === '') last.userId = unescaped(field[9] ?? '')
  }
  return keys.filter(({ fingerprint }) => /^[0-9a-f]{40}$/.test(fingerprint))
}

/** A part of a certificate in the user's GnuPG whose secret half gpg-agent can use. */
export interface GnupgPart {
  readonly fingerprint: string
  readonly keygrip: string
}
export interface GnupgSecret {
  readonly fingerprint: string
  readonly userId: string
  readonly parts: readonly GnupgPart[]
}

/** @throws LibralError `keys.gnupg-missing`, `keys.gnupg-failed` */
export const listGnupgSecrets = async (): Promise<GnupgSecret[]> =>
  readSecretColons(
    (await gpg(['--with-colons', '--fixed-list-mode', '--with-keygrip', '--list-secret-keys'], null)).toString('utf8'),
  )

/** Reads `--list-secret-keys --with-keygrip`: parts that are marked `#` have their secret half elsewhere. */
export function readSecretColons(output: string): GnupgSecret[] {
  const keys: { fingerprint: string; userId: string; parts: GnupgPart[] }[] = []
  let part: { there: boolean; fingerprint: string } | null = null
  for (const line of output.split('\n')) {
    const field = line.split(':')
    if (field[0] === 'sec') keys.push({ fingerprint: '', userId: '', parts: [] })
    if (field[0] === 'sec' || field[0] === 'ssb') part = { there: field[14] !== '#', fingerprint: '' }
    const last = keys.at(-1)
    if (last === undefined || part === null) continue
    if (field[0] === 'fpr' && part.fingerprint === '') {
      part.fingerprint = (field[9] ?? '').toLowerCase()
      if (last.fingerprint === '') last.fingerprint = part.fingerprint
    }
    if (field[0] === 'grp' && part.there) last.parts.push({ fingerprint: part.fingerprint, keygrip: field[9] ?? '' })
    if (field[0] === 'uid' && last.userId === '') last.userId = unescaped(field[9] ?? '')
  }
  return keys.filter(({ fingerprint }) => /^[0-9a-f]{40}$/.test(fingerprint))
}

const unescaped = (field: string): string =>
  field.replace(/\\x([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))

/** Transferable public keys. */
export const exportFromGnupg = (fingerprints: readonly string[]): Promise<Buffer> =>
  gpg(['--export', '--export-options', 'export-minimal', ...fingerprints], null)

/**
 * A transferable secret key, still locked under the passphrase that GnuPG had it under.
 * @param passphrase in GnuPG's keyring; it reaches gpg through a pipe of its own
 */
export const exportSecretFromGnupg = (fingerprint: string, passphrase: Uint8Array): Promise<Buffer> =>
  gpg(['--pinentry-mode', 'loopback', '--passphrase-fd', '3', '--export-secret-keys', fingerprint], passphrase)

async function gpg(args: readonly string[], passphrase: Uint8Array | null): Promise<Buffer> {
  const child = spawn('gpg', ['--batch', '--no-tty', '--quiet', ...args], {
    stdio: ['ignore', 'pipe', 'pipe', passphrase === null ? 'ignore' : 'pipe'],
  })
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (cause) => reject(new LibralError('keys.gnupg-missing', {}, { cause })))
    child.once('close', (code) => resolve(code ?? 1))
  })
  const pipe = child.stdio[3] as Writable | null
  pipe?.on('error', () => {})
  if (passphrase !== null) pipe?.end(Buffer.concat([passphrase, Buffer.from('\n')]))
  const [out, , code] = await Promise.all([
    buffer(child.stdout as Readable).catch(() => Buffer.alloc(0)),
    text(child.stderr as Readable).catch(() => ''),
    ended,
  ])
  if (code !== 0) throw new LibralError('keys.gnupg-failed', { code })
  return out
}
