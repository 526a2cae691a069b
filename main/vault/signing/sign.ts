import type { OpenpgpSignature } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { LockedStatement } from '#trust/context-lock.ts'
import { checkParamsDigest, statementDigest } from '#trust/statement.ts'
import { grouped } from '../ask/written.ts'
import { type KnownKeys, knownKeys } from '../messages/known-keys.ts'
import { signLocked } from '../openpgp/context-lock.ts'
import type { SigningAccess } from '../openpgp/key-access.ts'
import type { Vault } from '../vault.ts'
import type { SigningWish } from './contract.ts'
import { drawn } from './draw.ts'

/**
 * Draws a statement for the person, lets them choose the key, and signs what was drawn.
 * @throws LibralError `input.invalid`, `signing.key-elsewhere`, `command.expired`, `vault.declined`, `vault.locked`, and
 *   what a card or token says
 */
export async function sign(vault: Vault, wish: SigningWish): Promise<OpenpgpSignature> {
  const statement = boundStatement(wish)
  const asked = performance.now()
  const known = await knownKeys(vault)
  const accesses = usable(known, wish.fingerprints)
  if (accesses.length === 0) throw new LibralError('signing.key-elsewhere')
  const { say } = vault
  const keys = accesses.map((access) => keyLine(access, known, vault))
  // The window is closed before a card or token asks for its PIN.
  const access = await vault.ask(drawn({ wish, keys, say }), async (_, choice) => accesses[choice] ?? null)
  if (wish.now + (performance.now() - asked) >= statement.expiresAt) throw new LibralError('command.expired')
  const value = toBase64url(await signLocked(statement, access))
  return { kind: 'openpgp', key: access.certificate.getFingerprint(), value }
}

/** What will be signed, once all that is drawn beside it is bound by it. @throws LibralError `input.invalid` */
const boundStatement = (wish: SigningWish): LockedStatement => {
  const { statement } = wish.what === 'command' ? wish.command : wish.proposal
  const bound = checkParamsDigest(wish.what === 'command' ? wish.command : wish.proposal)
  if (!bound) throw new LibralError('input.invalid', { field: 'params' })
  if (wish.what === 'command') return statement
  const { vote } = wish
  if (vote.target !== statementDigest(statement)) throw new LibralError('input.invalid', { field: 'vote.target' })
  if (vote.context !== statement.context) throw new LibralError('input.invalid', { field: 'vote.context' })
  return vote
}

/** In the order in which they were given. */
const usable = (known: KnownKeys, fingerprints: readonly string[]): readonly SigningAccess[] =>
  [...new Set(fingerprints)].flatMap((fingerprint) => {
    try {
      return [known.signer(fingerprint)]
    } catch {
      return []
    }
  })

const keyLine = ({ certificate, key }: SigningAccess, known: KnownKeys, { say }: Vault): string => {
  const { name, place } = known.opener(key.getFingerprint())
  return `${name}（${say(`place.${place}`)}）  ${grouped(certificate.getFingerprint())}`
}
