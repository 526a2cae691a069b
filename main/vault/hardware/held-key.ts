import type { PublicKey, PublicKeyPacket, PublicSubkeyPacket } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { HeldElsewhere } from '../keyring/document.ts'
import type { KeyAccess } from '../openpgp/key-access.ts'
import { agentKeyOf } from './agent-key.ts'
import type { AgentKey } from './agent-keys.ts'
import type { AgentOptions } from './agent-socket.ts'
import type { AskSecret } from './ask.ts'
import { externalAccess } from './external-access.ts'
import type { ExternalKey } from './external-key.ts'
import { publicIn } from './key-packet.ts'
import type { TokenKeys, TokenName } from './pkcs11-keys.ts'
import { withSecrets } from './secrets.ts'

/** What keys that lie elsewhere need to be used. */
export interface HardwareUse {
  readonly agent: AgentOptions
  readonly ask: AskSecret
  /** One after another: gpg-agent's card is one, and a person answers one question at a time. */
  alone<T>(work: () => Promise<T>): Promise<T>
  onTouch(waiting: boolean): void
  /** @throws LibralError `hardware.token-missing` */
  token(name: TokenName, ask: AskSecret): Promise<TokenKeys>
}

/** Where a key lies, as the keyring's document keeps it. */
export const heldByAgent = ({ keygrip, serial, reference }: AgentKey): HeldElsewhere =>
  serial === null || reference === null
    ? { place: 'agent', locator: { keygrip } }
    : { place: 'card', locator: { keygrip, serial, reference } }

export const heldByToken = ({ serial, label }: TokenName, id: string): HeldElsewhere => ({
  place: 'hsm',
  locator: { serial, label, id },
})

/**
 * One key of a certificate whose private half lies elsewhere. The hardware is asked when the key is used, not before.
 * @param ask left out: a wrong PIN is asked again, each use anew; given: for several uses under one question
 */
export function heldAccess(
  certificate: PublicKey,
  shown: PublicKeyPacket | PublicSubkeyPacket,
  held: HeldElsewhere,
  hardware: HardwareUse,
  ask?: AskSecret,
): KeyAccess {
  const known = publicIn(shown)
  if (known === null) return { certificate, key: shown }
  const over = async (secrets: AskSecret): Promise<ExternalKey> => {
    const { keygrip = '', serial = '', reference = '', label = '', id = '' } = held.locator
    if (held.place === 'hsm') {
      const token = await hardware.token({ serial, label }, secrets)
      return token.externalOf({ id, uses: ['sign', 'decrypt', 'derive'] }, known, shown.created)
    }
    const key = held.place === 'card' ? { keygrip, serial, reference } : { keygrip, serial: null, reference: null }
    const name = certificate.getUserIDs()[0] ?? keygrip
    return agentKeyOf({ ...hardware.agent, ask: secrets, onTouch: hardware.onTouch, name }, key, known, shown.created)
  }
  const use = <T>(work: (key: ExternalKey) => Promise<T>): Promise<T> =>
    hardware.alone(() =>
      ask === undefined ? withSecrets(hardware.ask, async (once) => work(await over(once))) : over(ask).then(work),
    )
  return externalAccess(lazy(known, shown.created, use), certificate, shown)
}

type Use = <T>(work: (key: ExternalKey) => Promise<T>) => Promise<T>

const lacking = (): never => {
  throw new LibralError('hardware.unsupported')
}

/** What a key of this kind can do, found out by doing it. */
const lazy = (known: ExternalKey['public'], createdAt: Date, use: Use): ExternalKey => ({
  public: known,
  createdAt,
  ...(known.kind !== 'x25519' && {
    sign: (hash: number, digest: Uint8Array) => use((key) => (key.sign ?? lacking)(hash, digest)),
  }),
  ...(known.kind === 'rsa' && {
    unwrap: (cryptogram: Uint8Array) => use((key) => (key.unwrap ?? lacking)(cryptogram)),
  }),
  ...((known.kind === 'x25519' || known.kind === 'nistp256') && {
    agree: (point: Uint8Array) => use((key) => (key.agree ?? lacking)(point)),
  }),
})
