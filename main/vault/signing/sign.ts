import type { OpenpgpSignature, SignedCommand } from '#protocol/command.ts'
import { LibralError } from '#protocol/errors.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { LockedStatement } from '#trust/context-lock.ts'
import { checkParamsDigest, statementDigest } from '#trust/statement.ts'
import type { Asked } from '../ask/question.ts'
import { grouped } from '../ask/written.ts'
import { type KnownKeys, knownKeys } from '../messages/known-keys.ts'
import { signLocked } from '../openpgp/context-lock.ts'
import type { SigningAccess } from '../openpgp/key-access.ts'
import type { Vault } from '../vault.ts'
import type { CommandWish, SigningWish } from './contract.ts'
import { type Along, drawn, drawnAlong, withReason } from './draw.ts'

/**
 * Draws a statement for the person, lets them choose the key, and signs what was drawn.
 * @throws LibralError `input.invalid`, `signing.key-elsewhere`, `command.expired`, `vault.declined`, `vault.locked`, and
 *   what a card or token says
 */
export async function sign(vault: Vault, wish: SigningWish): Promise<OpenpgpSignature> {
  const statement = boundStatement(wish)
  const asking = (keys: readonly string[]): Asked => drawn({ wish, keys, say: vault.say })
  return (await confirmed(vault, wish, asking, () => ({ statement }))).signature
}

/**
 * Signs a command together with what the vault does for it: one window for both. With `along.reason` its reason is typed
 * there and signed with the rest.
 * @throws LibralError as {@link sign}
 */
export async function signAlong(vault: Vault, wish: CommandWish, along: Along): Promise<SignedCommand> {
  boundStatement(wish)
  const asking = (keys: readonly string[]): Asked => drawnAlong({ wish, keys, say: vault.say }, along)
  const { signature, signed } = await confirmed(vault, wish, asking, (typed) => {
    if (along.reason === undefined) return wish.command
    const reason = Buffer.from(typed).toString('utf8').trim().slice(0, longestReason)
    return reason === '' ? null : withReason(wish.command, reason)
  })
  return { ...signed, signatures: [signature] }
}

/** As the window's field and the schemas of reasons have it. */
const longestReason = 200

/** @param settle what is signed, from what was typed; null: that won't do, and the question stays */
async function confirmed<Signed extends { readonly statement: LockedStatement }>(
  vault: Vault,
  wish: SigningWish,
  asking: (keys: readonly string[]) => Asked,
  settle: (typed: Uint8Array) => Signed | null,
): Promise<{ readonly signature: OpenpgpSignature; readonly signed: Signed }> {
  const since = performance.now()
  const known = await knownKeys(vault)
  const { accesses, keys } = signers(vault, known, wish.fingerprints)
  // The window is closed before a card or token asks for its PIN.
  const { access, signed } = await vault.ask(asking(keys), async (typed, choice) => {
    const [chosen, settled] = [accesses[choice], settle(typed)]
    return chosen !== undefined && settled !== null ? { access: chosen, signed: settled } : null
  })
  const { statement } = signed
  if (wish.now + (performance.now() - since) >= statement.expiresAt) throw new LibralError('command.expired')
  const value = toBase64url(await signLocked(statement, access))
  return { signature: { kind: 'openpgp', key: access.certificate.getFingerprint(), value }, signed }
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

/**
 * Which of these certificates can sign here, each with the line by which it is chosen.
 * @throws LibralError `signing.key-elsewhere`
 */
export const signers = (
  vault: Vault,
  known: KnownKeys,
  fingerprints: readonly string[],
): { readonly accesses: readonly SigningAccess[]; readonly keys: readonly string[] } => {
  const accesses = usable(known, fingerprints)
  if (accesses.length === 0) throw new LibralError('signing.key-elsewhere')
  return { accesses, keys: accesses.map((access) => keyLine(access, known, vault)) }
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
