import { LibralError } from '#protocol/errors.ts'
import { type AgentKey, type AgentPublicKey, readAgentKey } from './agent-keys.ts'
import { decryptWithAgent, signWithAgent } from './agent-operations.ts'
import { type AgentOptions, withAgent } from './agent-socket.ts'
import type { AskSecret } from './ask.ts'
import type { Assuan } from './assuan.ts'
import { selectCard } from './card-channel.ts'
import { type CardUse, withCard } from './card-use.ts'
import type { ExternalKey, ExternalPublic } from './external-key.ts'
import { unpadded } from './unpadded.ts'

export interface AgentKeyOptions extends AgentOptions {
  readonly ask: AskSecret
  readonly onTouch?: CardUse['onTouch']
  /** How the key is called when its passphrase is asked; left out: its keygrip. */
  readonly name?: string
}

/** @throws LibralError `hardware.unsupported` for a curve that isn't known here */
export const externalPublic = (key: AgentPublicKey): ExternalPublic => {
  if (key.kind === 'rsa') return { kind: 'rsa', n: key.n, e: key.e }
  const bare = key.point.length === 33 ? key.point.subarray(1) : key.point
  switch (key.curve) {
    case 'nist p-256':
    case 'nistp256':
      return { kind: 'nistp256', point: key.point }
    case 'ed25519':
      return { kind: 'ed25519', point: bare }
    case 'curve25519':
    case 'cv25519':
      return { kind: 'x25519', point: bare }
    default:
      throw new LibralError('hardware.unsupported')
  }
}

/** A key of gpg-agent's, on disk or on a card, with the numbers that gpg-agent has of it. */
export const agentKey = async (options: AgentKeyOptions, key: AgentKey, createdAt: Date): Promise<ExternalKey> => {
  const known = externalPublic(await withAgent(options, (agent) => readAgentKey(agent, key.keygrip)))
  return agentKeyOf(options, key, known, createdAt)
}

/** The same where its numbers are known: nothing is asked of gpg-agent before a use, and each use is a connection. */
export const agentKeyOf = (
  options: AgentKeyOptions,
  key: AgentKey,
  known: ExternalPublic,
  createdAt: Date,
): ExternalKey => {
  const use = <T>(work: (agent: Assuan, ask: () => Promise<Uint8Array | null>) => Promise<T>): Promise<T> =>
    withAgent(options, (agent) => {
      if (key.serial !== null)
        return withCard(agent, { ...options, serial: key.serial, reference: key.reference }, (ask) => work(agent, ask))
      return work(agent, () => options.ask({ kind: 'passphrase', name: options.name ?? key.keygrip }))
    })
  const value = async (ciphertext: Parameters<typeof decryptWithAgent>[2]) =>
    use((agent, ask) => decryptWithAgent(agent, key.keygrip, ciphertext, ask))
  return {
    public: known,
    createdAt,
    ...(known.kind !== 'x25519' && {
      sign: (hash: number, digest: Uint8Array) =>
        use((agent, ask) => signWithAgent(agent, key.keygrip, { hash, digest }, ask)),
    }),
    ...(known.kind === 'rsa' && {
      unwrap: async (cryptogram: Uint8Array) => {
        const opened = await value(['enc-val', ['rsa', ['a', cryptogram]]])
        return opened.unpadded ? opened.value : unpadded(opened.value)
      },
    }),
    ...((known.kind === 'x25519' || known.kind === 'nistp256') && {
      agree: async (point: Uint8Array) =>
        sharedX((await value(['enc-val', ['ecdh', ['s', Buffer.of(0)], ['e', point]]])).value),
    }),
  }
}

/** gpg-agent answers with a point (04 x y, or 40 x), a card with x alone. */
const sharedX = (point: Buffer): Buffer => {
  if (point.length === 65) return point.subarray(1, 33)
  return point.length === 33 ? point.subarray(1) : point
}

/**
 * The keys of the card in the reader by slot. gpg-agent may still know keys that the card has lost, so the card is
 * asked; reading one makes gpg-agent remember where it is.
 */
export const cardKeys = (options: AgentOptions): Promise<ReadonlyMap<number, AgentKey>> =>
  withAgent(options, async (agent) => {
    const serial = await selectCard(agent)
    const { statuses } = await agent.command('SCD LEARN --keypairinfo')
    const found = new Map<number, AgentKey>()
    for (const { keyword, rest } of statuses) {
      const [keygrip = '', reference = ''] = rest.split(' ')
      const slot = Number(reference.replace('OPENPGP.', ''))
      if (keyword !== 'KEYPAIRINFO' || !(slot >= 1 && slot <= 3)) continue
      await readAgentKey(agent, `--card ${reference}`)
      found.set(slot, { keygrip, serial, reference })
    }
    return found
  })
