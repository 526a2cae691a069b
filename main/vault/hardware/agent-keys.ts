import { LibralError } from '#protocol/errors.ts'
import type { Assuan } from './assuan.ts'
import { findAtom, findList, parseSexp, type Sexp } from './s-expression.ts'

/** Lower-case names; `point` as libgcrypt has it (04 or 40 in front, or bare). */
export type AgentPublicKey =
  | { readonly kind: 'rsa'; readonly n: Buffer; readonly e: Buffer }
  | { readonly kind: 'ecc'; readonly curve: string; readonly point: Buffer }

/** A key that gpg-agent can use. `serial`: of the card that holds it (32 hex digits), null for one on disk. */
export interface AgentKey {
  readonly keygrip: string
  readonly serial: string | null
  /** Its place on the card, such as `OPENPGP.1`. */
  readonly reference: string | null
}

/** The keys that gpg-agent knows: on disk, and on cards that it has seen. */
export const listAgentKeys = async (agent: Assuan): Promise<AgentKey[]> => {
  const { statuses } = await agent.command('KEYINFO --list')
  return statuses.flatMap(({ keyword, rest }) => {
    const [keygrip = '', type, serial = '-', reference = '-'] = rest.split(' ')
    if (keyword !== 'KEYINFO' || !/^[0-9A-F]{40}$/.test(keygrip) || (type !== 'D' && type !== 'T')) return []
    const card = type === 'T'
    return [{ keygrip, serial: card ? serial : null, reference: card ? reference : null }]
  })
}

/** @param name a keygrip, or `--card OPENPGP.1`, which makes gpg-agent remember where that key is */
export const readAgentKey = async (agent: Assuan, name: string): Promise<AgentPublicKey> => {
  const { data } = await agent.command(`READKEY ${name}`)
  return publicKeyOf(parseSexp(data))
}

const publicKeyOf = (key: Sexp): AgentPublicKey => {
  const atom = (name: string): Buffer => {
    const found = findAtom(key, name)
    if (found === null) throw new LibralError('hardware.unsupported')
    return found
  }
  if (findList(key, 'rsa') !== null) return { kind: 'rsa', n: atom('n'), e: atom('e') }
  return { kind: 'ecc', curve: atom('curve').toString('latin1').toLowerCase(), point: atom('q') }
}
