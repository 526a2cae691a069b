import { LibralError } from '#protocol/errors.ts'
import type { Assuan, Inquire } from './assuan.ts'
import type { ExternalSignature } from './external-key.ts'
import { findAtom, parseSexp, type SexpSource, writeSexp } from './s-expression.ts'

/** A person is asked in between, and a card may wait for a finger. */
const personMs = 5 * 60_000

const withPassphrase =
  (ask: () => Promise<Uint8Array | null>, answers: Readonly<Record<string, Uint8Array>> = {}): Inquire =>
  (keyword) => {
    const known = answers[keyword]
    if (known !== undefined) return known
    return keyword === 'PASSPHRASE' ? ask() : null
  }

/** Forgets what an earlier operation chose; passphrases are asked of us instead of by a window of gpg-agent's. */
const begin = async (agent: Assuan): Promise<void> => {
  await agent.command('RESET')
  await agent.command('OPTION pinentry-mode=loopback')
}

/**
 * PKSIGN. On a connection that does nothing else meanwhile.
 * @param hash OpenPGP's number, which is libgcrypt's too
 */
export const signWithAgent = async (
  agent: Assuan,
  keygrip: string,
  { hash, digest }: { readonly hash: number; readonly digest: Uint8Array },
  ask: () => Promise<Uint8Array | null>,
): Promise<ExternalSignature> => {
  await begin(agent)
  await agent.command(`SIGKEY ${keygrip}`)
  await agent.command(`SETHASH ${hash} ${Buffer.from(digest).toString('hex')}`)
  const { data } = await agent.command('PKSIGN', { inquire: withPassphrase(ask), timeoutMs: personMs })
  const value = parseSexp(data)
  const s = findAtom(value, 's')
  if (s === null) throw new LibralError('hardware.protocol')
  return { r: findAtom(value, 'r'), s }
}

/** `unpadded`: a card has taken RSA's padding away already. */
export interface AgentPlaintext {
  readonly value: Buffer
  readonly unpadded: boolean
}

/** PKDECRYPT: RSA's padded block, or the shared point of ECDH. */
export const decryptWithAgent = async (
  agent: Assuan,
  keygrip: string,
  ciphertext: SexpSource,
  ask: () => Promise<Uint8Array | null>,
): Promise<AgentPlaintext> => {
  await begin(agent)
  await agent.command(`SETKEY ${keygrip}`)
  const inquire = withPassphrase(ask, { CIPHERTEXT: writeSexp(ciphertext) })
  const { data, statuses } = await agent.command('PKDECRYPT', { inquire, timeoutMs: personMs })
  const value = findAtom(parseSexp(data), 'value')
  if (value === null) throw new LibralError('hardware.protocol')
  return { value, unpadded: statuses.some(({ keyword, rest }) => keyword === 'PADDING' && rest === '0') }
}
