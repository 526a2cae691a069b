import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import { deploymentIdSchema, operatorIdSchema } from '#protocol/ids.ts'
import { type Restoration, type RestoreStatement, restoreStatementSchema } from '#protocol/log.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { Explanation } from './arguments.ts'
import type { inspectedSchema } from './run-command.ts'

/** Long enough for a restore that was interrupted and is gone on with the next day. */
const lifeMs = 24 * 60 * 60_000

export type Explained = { readonly statement: RestoreStatement } & Pick<Restoration, 'byOperator'>

/**
 * States that a backup was restored, under a new id of the log, and signs it with the administrator's key where one is
 * named: the vault is opened at this terminal, and says first what it signs.
 * @throws LibralError `input.invalid` for an operator that can't be one; `vault.*`, `keys.*`, `openpgp.signer-unusable`
 */
export async function explainRestore(
  { operator, reason, sign, vault }: Explanation,
  { deployment, head }: z.infer<typeof inspectedSchema>,
): Promise<Explained> {
  const issuedAt = Date.now()
  const parsed = restoreStatementSchema.safeParse({
    ...{ v: 1, purpose: 'restore', previous: deployment, ...head, reason, issuedAt, expiresAt: issuedAt + lifeMs },
    context: deploymentIdSchema.parse(`libral:${randomUUID()}`),
    operator: operatorIdSchema.safeParse(operator).data,
  })
  if (!parsed.success) throw new LibralError('input.invalid', { field: 'operator' })
  const statement = parsed.data
  return { statement, byOperator: sign === null ? null : await signed(statement, sign, vault) }
}

async function signed(
  statement: RestoreStatement,
  key: string,
  request: Explanation['vault'],
): Promise<Restoration['byOperator']> {
  const [{ withUnlocked }, { findKey }, { shownKeyring }, { knownKeys }, { signLocked }] = await Promise.all([
    import('./open-vault.ts'),
    import('./find-key.ts'),
    import('../vault/shown-keyring.ts'),
    import('../vault/messages/known-keys.ts'),
    import('../vault/openpgp/context-lock.ts'),
  ])
  process.stderr.write(`${wordsOf(statement)}\n`)
  return withUnlocked(request, async ({ vault }) => {
    const { entries } = await shownKeyring(vault)
    const [certificate] = findKey(entries, key).certificates
    if (certificate === undefined) throw new LibralError('keys.unknown')
    const known = await knownKeys(vault)
    const value = toBase64url(await signLocked(statement, known.signer(certificate.fingerprint)))
    return { certificate: certificate.fingerprint, value }
  })
}

const wordsOf = ({ context, previous, size, root, operator, reason }: RestoreStatement): string =>
  [
    '次の説明に署名します。',
    `  元の配備    ${previous}`,
    `  引き継ぐ記録 ${size} 件  ルート ${root}`,
    `  新しい配備  ${context}`,
    `  管理者      ${operator}`,
    `  理由        ${reason}`,
  ].join('\n')
