import { stat } from 'node:fs/promises'
import { keyIn } from '#main/audit/trusted-keys.ts'
import type { TrustedKey } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Said } from '../area.ts'
import type { AuditRequest } from './arguments.ts'
import { readBytes } from './open-bundle.ts'
import { trustedKeysOf } from './verify.ts'

type Request = Extract<AuditRequest, { readonly command: `trust-${string}` }>

const kindWords: Readonly<Record<TrustedKey['kind'], string>> = {
  log: '記録の鍵',
  witness: '立会人の鍵',
  certificate: '操作者の証明書',
}

/** Keys on which verifications on this machine rest. */
export async function trust(request: Request): Promise<Said> {
  const keys = trustedKeysOf(request)
  if (request.command === 'trust-list') {
    const list = await keys.list()
    return { result: { keys: list }, words: list.length === 0 ? '信頼する鍵はありません' : list.map(lineOf).join('\n') }
  }
  if (request.command === 'trust-remove') {
    if (!(await keys.remove(keyIn(request.key)))) throw new LibralError('keys.unknown')
    return { result: {}, words: '取り除きました' }
  }
  const entered = { label: request.label.slice(0, 200), at: Date.now() }
  const added: readonly TrustedKey[] = (await keysIn(request.key)).map((key) => ({ ...keyIn(key), ...entered }))
  await keys.add(added)
  return { result: { keys: added }, words: added.map(lineOf).join('\n') }
}

const lineOf = ({ kind, key, label }: TrustedKey): string => `${kindWords[kind]}  ${key}  ${label}`.trimEnd()

/** What was given is a key itself, or a file of certificates. */
async function keysIn(given: string): Promise<readonly string[]> {
  const isFile = await stat(given).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) return [given]
  const { fingerprintsIn } = await import('#main/audit/certificate-file.ts')
  return fingerprintsIn(await readBytes(given))
}
