import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { armored } from '../../vault/openpgp/armor.ts'
import { collect } from '../../vault/openpgp/byte-reader.ts'
import { generate, isModern, libraryName, readSecretKeys } from '../../vault/stateless/material.ts'
import { needed, type SopArguments } from './arguments.ts'
import { SopError } from './failure.ts'
import { newPassword } from './passwords.ts'
import { type SopStreams, sendAll } from './streams.ts'

const specification = '~draft-dkg-openpgp-stateless-cli-14'

export async function version({ flags, rest }: SopArguments, { send }: SopStreams): Promise<void> {
  if (rest.length > 0) throw new SopError('UNSUPPORTED_OPTION', rest.join(' '))
  const asked = ['backend', 'extended', 'sop-spec', 'sopv'].filter((it) => flags.has(it))
  if (asked.length > 1) throw new SopError('INCOMPATIBLE_OPTIONS', asked.join(' '))
  const own = `libral ${ownVersion()}`
  const backend = libraryName
  const extended = [own, backend, `Node.js ${process.versions.node}`, `OpenSSL ${process.versions.openssl}`].join('\n')
  const said = { backend, extended, 'sop-spec': specification, sopv: '1.0' } as Readonly<Record<string, string>>
  await send(line(said[asked[0] ?? ''] ?? own))
}

const line = (text: string): Uint8Array => Buffer.from(`${text}\n`)

/** Of the nearest package.json above: beside the sources, the bundles and in the package it is the app's. */
function ownVersion(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const file = join(at, 'package.json')
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
    if (dirname(at) === at) return '0'
  }
}

/** The first one is the default. */
const profiles = {
  'generate-key': {
    rfc9580: 'v6 (Ed25519/X25519), Argon2, AES-256-OCB (aliases: performance, security)',
    rfc4880: 'v4 (Ed25519/X25519 legacy), for GnuPG (aliases: compatibility)',
  },
  encrypt: {
    rfc9580: 'SEIPDv2 with AES-256-OCB where every recipient reads it (aliases: performance, security)',
    rfc4880: 'SEIPDv1 and iterated S2K, for GnuPG (aliases: compatibility)',
  },
} as const
const aliases: Readonly<Record<string, string>> = {
  default: 'rfc9580',
  performance: 'rfc9580',
  security: 'rfc9580',
  compatibility: 'rfc4880',
}

export async function listProfiles({ rest }: SopArguments, { send }: SopStreams): Promise<void> {
  needed(rest, 'SUBCOMMAND')
  const [subcommand = ''] = rest
  if (!Object.hasOwn(profiles, subcommand)) throw new SopError('UNSUPPORTED_PROFILE', subcommand)
  const list = Object.entries(profiles[subcommand as keyof typeof profiles])
  for (const [name, description] of list) await send(line(`${name}: ${description}`))
}

/** Whether a profile asks for what RFC 4880 alone can read. @throws SopError UNSUPPORTED_PROFILE */
export function isOlder({ values }: SopArguments): boolean {
  const given = values.get('profile')?.at(-1) ?? 'default'
  const profile = aliases[given] ?? given
  if (!Object.hasOwn(profiles.encrypt, profile)) throw new SopError('UNSUPPORTED_PROFILE', given)
  return profile === 'rfc4880'
}

export async function generateKey(given: SopArguments, streams: SopStreams): Promise<void> {
  const older = isOlder(given)
  const userIds = given.rest
  if (userIds.some((it) => it.includes('\ufffd'))) throw new SopError('EXPECTED_TEXT', 'USERID')
  const passphrase = await newPassword(given.values.get('with-key-password')?.at(-1))
  const signingOnly = given.flags.has('signing-only')
  const key = await generate({ userIds, older, signingOnly, passphrase })
  await sendAll(given.flags.has('no-armor') ? [key] : armored('privateKey', [key], older), streams)
}

export async function extractCert(given: SopArguments, streams: SopStreams): Promise<void> {
  const keys = await readSecretKeys(await collect(streams.input, 16 * 1024 * 1024))
  const certificates = Buffer.concat(keys.map((it) => it.toPublic().write()))
  const older = !keys.every(isModern)
  await sendAll(given.flags.has('no-armor') ? [certificates] : armored('certificate', [certificates], older), streams)
}
