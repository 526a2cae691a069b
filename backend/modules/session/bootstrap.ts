import { randomBytes } from 'node:crypto'
import type { OperatorId } from '#protocol/ids.ts'
import { issueToken, registerOperator, revokeToken } from '#protocol/session.ts'
import { toBase64url } from '#trust/bytes.ts'
import type { ModuleContext } from '../../kernel/module.ts'
import type { Directory } from './directory.ts'
import { localOperator, tokenDigest } from './sign-in.ts'

const administrator = 'admin' as OperatorId
const firstTokenLabel = '初回サインイン'
const firstTokenLifeMs = 7 * 24 * 60 * 60 * 1000

/** Registers whom the launch secret stands for, once. */
export const registerLocal = async (context: ModuleContext, directory: Directory): Promise<void> => {
  if (directory.operators.has(localOperator)) return
  await context.submit({
    command: registerOperator,
    params: { operator: localOperator, name: 'この端末の運用者', roles: ['administrator', 'operator'] },
  })
}

const neverUsed = (directory: Directory): boolean =>
  ![...directory.sessions.values()].some((session) => session.method === 'token')

/**
 * A backend that stands alone has nobody who could sign in at first. Until the first sign-in by token, each start makes a
 * new one and revokes that of the start before, so that one lost with a terminal's scroll-back opens nothing.
 *
 * @returns the token, to be shown once; null when somebody has signed in by token before
 */
export const makeFirstToken = async (context: ModuleContext, directory: Directory): Promise<string | null> => {
  if (!neverUsed(directory)) return null
  if (!directory.operators.has(administrator)) {
    await context.submit({
      command: registerOperator,
      params: { operator: administrator, name: '管理者', roles: ['administrator', 'operator'] },
    })
  }
  const stale = [...directory.tokens.values()].filter((row) => row.label === firstTokenLabel && row.revokedAt === null)
  for (const { digest } of stale) await context.submit({ command: revokeToken, params: { digest } })
  const token = toBase64url(randomBytes(32))
  await context.submit({
    command: issueToken,
    params: {
      digest: tokenDigest(token),
      operator: administrator,
      label: firstTokenLabel,
      expiresAt: context.now() + firstTokenLifeMs,
    },
  })
  return token
}
