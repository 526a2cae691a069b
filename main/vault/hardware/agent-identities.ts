import type { PublicKeyPacket, PublicSubkeyPacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { AgentIdentity } from '#protocol/hardware.ts'
import { exportFromGnupg, type GnupgSecret, listGnupgSecrets } from '../identity/gnupg.ts'
import { parseKeys } from '../identity/parse.ts'
import { importKeys } from '../imports.ts'
import type { HeldElsewhere } from '../keyring/document.ts'
import { parseStored } from '../keyring/listing.ts'
import { shownKeyring } from '../shown-keyring.ts'
import type { Vault } from '../vault.ts'
import { agentKeyOf } from './agent-key.ts'
import { type AgentKey, listAgentKeys } from './agent-keys.ts'
import { withAgent } from './agent-socket.ts'
import { certificatesOver, type HeldPart } from './certificates-over.ts'
import { heldByAgent } from './held-key.ts'
import { publicIn } from './key-packet.ts'
import { withSecrets } from './secrets.ts'
import { holdKnown } from './take.ts'

interface Found extends GnupgSecret {
  /** Parts that gpg-agent can use, by fingerprint. */
  readonly keys: ReadonlyMap<string, AgentKey>
}

async function found(vault: Vault): Promise<Found[]> {
  const { hardware } = vault
  const known = new Map(
    (await hardware.alone(() => withAgent(hardware.agent, listAgentKeys))).map((it) => [it.keygrip, it]),
  )
  return (await listGnupgSecrets()).flatMap((secret) => {
    const keys = secret.parts.flatMap(({ fingerprint, keygrip }) => {
      const key = known.get(keygrip)
      return key === undefined ? [] : [[fingerprint, key] as const]
    })
    return keys.length === 0 ? [] : [{ ...secret, keys: new Map(keys) }]
  })
}

/** Certificates of the user's GnuPG whose secret keys gpg-agent can use. */
export async function agentIdentities(vault: Vault): Promise<AgentIdentity[]> {
  const parts = (await shownKeyring(vault)).entries.flatMap(({ certificates }) =>
    certificates.flatMap((it) => it.parts),
  )
  return (await found(vault)).map(({ fingerprint, userId, keys }) => ({
    fingerprint,
    userId,
    card: [...keys.values()].some(({ serial }) => serial !== null),
    taken: parts.some((it) => keys.has(it.fingerprint) && it.place !== null),
  }))
}

/**
 * Takes a certificate of GnuPG's into the keyring; its secret keys stay in gpg-agent.
 * @param modern a version 6 certificate over the same keys as well
 * @throws LibralError `keys.unknown`, `keys.exists` (its secret keys are in the keyring itself)
 */
export async function takeAgent(vault: Vault, fingerprint: string, modern: boolean): Promise<{ readonly id: string }> {
  const keyring = vault.keyring()
  const secret = (await found(vault)).find((it) => it.fingerprint === fingerprint)
  if (secret === undefined) throw new LibralError('keys.unknown')
  const parts = (await shownKeyring(vault)).entries.flatMap(({ certificates }) =>
    certificates.flatMap((it) => it.parts),
  )
  if (parts.some((it) => secret.keys.has(it.fingerprint) && it.place === 'software'))
    throw new LibralError('keys.exists')
  await importKeys(await parseKeys(await exportFromGnupg([fingerprint])), { ...vault, keyring })
  const places = new Map([...secret.keys].map(([part, key]) => [part, heldByAgent(key)] as const))
  const entry = await holdKnown(keyring, places, parseStored)
  if (entry === null) throw new LibralError('keys.unsupported')
  if (modern) await addModern(vault, entry.id, secret)
  return entry
}

/** A version 6 certificate over an entry's version 4 keys, in the same line of the keyring. */
async function addModern(vault: Vault, id: string, { keys, fingerprint }: Found): Promise<void> {
  const { hardware } = vault
  const now = vault.now()
  const entry = (await shownKeyring(vault)).entries.find((it) => it.id === id)
  const shown = entry?.certificates.find((it) => it.fingerprint === fingerprint)
  const stored = vault
    .keyring()
    .current()
    .entries.find((it) => it.id === id)
    ?.certificates.find((it) => it.fingerprint === fingerprint)
  if (entry === undefined || shown === undefined || stored === undefined) throw new LibralError('keys.unknown')
  const packets = (await parseStored(stored))
    .toPublic()
    .getKeys()
    .map(({ keyPacket }) => keyPacket)
  const [made] = await withSecrets(hardware.ask, (ask) =>
    hardware.alone(async () => {
      const part = (wanted: string): HeldPart | null => {
        const key = keys.get(wanted)
        const packet = packets.find((it) => it.getFingerprint() === wanted) as PublicKeyPacket | PublicSubkeyPacket
        const known = packet === undefined ? null : publicIn(packet)
        if (key === undefined || known === null) return null
        const options = { ...hardware.agent, ask, onTouch: hardware.onTouch, name: entry.name }
        return { key: agentKeyOf(options, key, known, packet.created), held: heldByAgent(key) satisfies HeldElsewhere }
      }
      const sign = part(fingerprint)
      const reader = shown.parts.findLast(
        ({ uses, revoked, primary }) => !primary && uses.includes('encrypt') && revoked === null,
      )
      if (sign === null) throw new LibralError('hardware.unsupported')
      const days = shown.expiresAt === null ? null : Math.max(1, Math.ceil((shown.expiresAt - now) / 86_400_000))
      const person = { name: entry.name, email: entry.email, days, companion: false }
      return certificatesOver({ sign, encrypt: reader === undefined ? null : part(reader.fingerprint) }, person, now)
    }),
  )
  if (made === undefined) return
  await vault.keyring().change((document) => ({
    ...document,
    entries: document.entries.map((it) => (it.id === id ? { ...it, certificates: [made, ...it.certificates] } : it)),
  }))
}
