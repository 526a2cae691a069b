import type { PublicKeyPacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { CardAlgorithm, TokenAlgorithm } from '#protocol/hardware-algorithms.ts'
import { primaryAccess } from '../access.ts'
import type { HeldElsewhere, StoredCertificate, StoredEntry } from '../keyring/document.ts'
import { parseStored } from '../keyring/listing.ts'
import { generateInAgent } from './agent-generate.ts'
import { agentKey } from './agent-key.ts'
import { withAgent } from './agent-socket.ts'
import { withSubkey } from './build-certificate.ts'
import { generateOnCard } from './card-generate.ts'
import { type CardPart, cardParts } from './card-parts.ts'
import type { HeldPart } from './certificates-over.ts'
import type { ExternalPublic } from './external-key.ts'
import type { Hardware } from './hardware.ts'
import { heldByAgent, heldByToken } from './held-key.ts'
import { publicIn } from './key-packet.ts'
import { withSecrets } from './secrets.ts'

/** Where an entry's primary key lies; null: in the keyring itself. */
export const primaryPlace = (entry: StoredEntry): HeldElsewhere | null => {
  const [first] = entry.certificates
  return first?.held[first.fingerprint] ?? null
}

/**
 * Makes a new encryption key where the primary key lies and binds it to every certificate of the entry. On a card it
 * takes the place of the one before, which is lost.
 * @throws LibralError `keys.not-own`, and what the hardware says
 */
export async function rotateHeld(entry: StoredEntry, hardware: Hardware, now: number): Promise<StoredCertificate[]> {
  const place = primaryPlace(entry)
  const [first] = entry.certificates
  const kind = first === undefined ? null : publicIn((await parseStored(first)).toPublic().keyPacket as PublicKeyPacket)
  if (place === null || kind === null) throw new LibralError('keys.not-own')
  const part = await hardware.making(() => newPart(place, kind, hardware, now))
  return withSecrets(hardware.ask, async (ask) => {
    const certificates: StoredCertificate[] = []
    for (const stored of entry.certificates) {
      const key = await parseStored(stored)
      const access = primaryAccess(key, stored, hardware, ask)
      const grown = await withSubkey(key.toPublic(), access, part.key, 'encrypt', new Date(now))
      const fingerprint = grown.getKeys().at(-1)?.getFingerprint() ?? ''
      const written = Buffer.from(grown.write()).toString('base64')
      certificates.push({ ...stored, key: written, held: { ...stored.held, [fingerprint]: part.held } })
    }
    return certificates
  })
}

const newPart = (
  { place, locator }: HeldElsewhere,
  kind: ExternalPublic,
  hardware: Hardware,
  now: number,
): Promise<HeldPart> => {
  const { serial = '', label = '' } = locator
  switch (place) {
    case 'hsm':
      return onToken({ serial, label }, kind, hardware, now)
    case 'card':
      return onCard(serial, kind, hardware)
    case 'agent':
      return inAgent(hardware, now)
  }
}

const secondsOf = (now: number): Date => new Date(Math.floor(now / 1000) * 1000)

const bits = ({ n }: Extract<ExternalPublic, { kind: 'rsa' }>): number => n.length * 8

const onToken = (
  name: { readonly serial: string; readonly label: string },
  kind: ExternalPublic,
  hardware: Hardware,
  now: number,
): Promise<HeldPart> =>
  withSecrets(hardware.ask, async (ask) => {
    const token = await hardware.token(name, ask)
    const algorithm: TokenAlgorithm = kind.kind !== 'rsa' ? 'nistp256' : bits(kind) > 3_072 ? 'rsa4096' : 'rsa3072'
    const made = await token.generate(algorithm, 'encrypt', name.label)
    return { key: token.external(made, secondsOf(now)), held: heldByToken(name, made.id) }
  })

const onCard = async (serial: string, kind: ExternalPublic, hardware: Hardware): Promise<HeldPart> => {
  const algorithm: CardAlgorithm =
    kind.kind === 'rsa' ? (bits(kind) > 2_048 ? 'rsa4096' : 'rsa2048') : kind.kind === 'nistp256' ? 'nistp256' : '25519'
  await hardware.withCard(serial.slice(20, 28), (agent, _card, ask) => generateOnCard(agent, ask, 2, algorithm))
  const { encrypt } = await hardware.alone(() => cardParts(hardware))
  return heldPart(encrypt)
}

const heldPart = (part: CardPart | null): HeldPart => {
  if (part === null) throw new LibralError('hardware.key-missing')
  return part
}

const inAgent = async (hardware: Hardware, now: number): Promise<HeldPart> => {
  const keygrip = await withSecrets(hardware.ask, (ask) =>
    withAgent(hardware.agent, (agent) => generateInAgent(agent, ask)),
  )
  const key = { keygrip, serial: null, reference: null }
  return { key: await agentKey({ ...hardware.agent, ask: hardware.ask }, key, secondsOf(now)), held: heldByAgent(key) }
}
