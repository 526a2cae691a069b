import { failureOf } from '#protocol/errors.ts'
import { type CodeRow, codeLimits, issueCode, registerOperator } from '#protocol/session.ts'
import type { ModuleContext } from '../../kernel/module.ts'
import { codeDigest, makeCode, someoneInCharge } from './codes.ts'
import type { Directory } from './directory.ts'
import { isAdministrator, localOperator } from './operators.ts'

/** Registers whom the launch secret stands for, once. */
export const registerLocal = async (context: ModuleContext, directory: Directory): Promise<void> => {
  if (directory.operators.has(localOperator)) return
  await context.submit({
    command: registerOperator,
    params: { operator: localOperator, name: 'この端末の運用者', roles: ['administrator', 'operator'] },
  })
}

/** A code to print once. */
export interface PrintedCode {
  readonly code: string
  readonly reason: CodeRow['reason']
  readonly expiresAt: number
}

const inCharge = (directory: Directory): string[] =>
  [...directory.operators.values()].filter(isAdministrator).map(({ operator }) => operator)

/**
 * A backend that stands alone has nobody who could sign in at first: its first start makes a code for the first
 * administrator. A later start makes another only when that one has expired, or when the person at the terminal asks.
 *
 * @returns the code, to be printed once and kept nowhere; null when somebody can sign in or a code is out
 */
export const makeFirstCode = async (
  context: ModuleContext,
  directory: Directory,
  recovery: boolean,
): Promise<PrintedCode | null> => {
  if (!recovery && someoneInCharge(inCharge(directory))) return null
  const reason = recovery ? 'recovery' : 'first'
  const code = makeCode()
  const expiresAt = context.now() + codeLimits.lifeMs
  try {
    await context.submit({ command: issueCode, params: { digest: codeDigest(code), reason, expiresAt } })
  } catch (thrown) {
    if (failureOf(thrown).code === 'session.code-standing') return null
    throw thrown
  }
  return { code, reason, expiresAt }
}
