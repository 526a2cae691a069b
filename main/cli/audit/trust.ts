import { stat } from 'node:fs/promises'
import { readTrustedKeys } from '#main/audit/key-file.ts'
import { keyIn } from '#main/audit/trusted-keys.ts'
import type { TrustedKey } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Said } from '../area.ts'
import type { AuditRequest } from './arguments.ts'
import { linesOf } from './lines.ts'
import { trustedKeysOf } from './verify.ts'

type Request = Extract<AuditRequest, { readonly command: `trust-${string}` }>

const kindWords: Readonly<Record<TrustedKey['kind'], string>> = {
  log: '記録の鍵',
  witness: '証人の鍵',
  certificate: '操作者の証明書',
}

/** Keys on which verifications on this machine rest. */
export async function trust(request: Request): Promise<Said> {
  const keys = trustedKeysOf(request)
  if (request.command === 'trust-list') {
    const list = await keys.list()
    return { result: { keys: list }, words: list.length === 0 ? '信頼する鍵はありません' : linesOf(list.map(lineOf)) }
  }
  if (request.command === 'trust-remove') {
    if (!(await keys.remove(keyIn(request.key)))) throw new LibralError('keys.unknown')
    return { result: {}, words: '取り除きました' }
  }
  const added = await keysIn(request.key, request.label, Date.now())
  await keys.add(added)
  return { result: { keys: added }, words: linesOf(added.map(lineOf)) }
}

const lineOf = ({ kind, key, label }: TrustedKey): string => `${kindWords[kind]}  ${key}  ${label}`.trimEnd()

/** What was given is a key itself, or a file of keys as the app takes it. */
async function keysIn(given: string, label: string, at: number): Promise<readonly TrustedKey[]> {
  const isFile = await stat(given).then(
    (found) => found.isFile(),
    () => false,
  )
  return isFile ? readTrustedKeys(given, at, label) : [{ ...keyIn(given), label: label.slice(0, 200), at }]
}
