import { existsSync } from 'node:fs'
import { beginDraft } from '#main/exports/draft-file.ts'
import { LibralError } from '#protocol/errors.ts'
import { planPart } from '#trust/bundle/from-bundle.ts'
import type { Said } from '../area.ts'
import type { AuditRequest } from './arguments.ts'
import { certificatesIn } from './export.ts'
import { openBundle } from './open-bundle.ts'
import { failureOf, verdictOn, wordsOf } from './verify.ts'

type Request = Extract<AuditRequest, { readonly command: 'certify' }>

const never = new AbortController().signal

/** Writes a certificate of some of a bundle's entries, once the whole bundle is verified. */
export async function certify(request: Request, worker: string | URL): Promise<Said> {
  const { from, to, output } = request
  if (output !== null && existsSync(output)) throw new LibralError('backup.target-exists')
  const recipients = await certificatesIn(request.recipients)
  const file = await openBundle(request)
  const verdict = await verdictOn(request, file, worker)
  const failure = verdict.outcome === 'failed' ? failureOf(verdict) : null
  if (failure !== null) return { result: { verdict }, words: wordsOf(verdict), failure }
  const part = await planPart(file.open, { kind: 'certificate', from, to, at: Date.now(), by: null })
  const { manifest, bytes } = part.plan
  const draft = output === null ? null : await beginDraft(output)
  try {
    if (part.digest !== verdict.digest) throw new LibralError('bundle.changed')
    const { writeBundleTo } = await import('#main/audit/bundle/write.ts')
    if (draft !== null) for await (const _ of writeBundleTo(draft, part.log, part.plan, recipients, never));
    await draft?.finish()
  } finally {
    await part.close()
    await draft?.discard()
  }
  const range = `監査証明書  記録 ${from}〜${to - 1}（${to - from} 件）  およそ ${bytes} バイト`
  const doubt = '! 元の監査バンドルには、この機械で信頼していない鍵に基づくところがあります'
  return {
    result: { manifest, bytes, file: output, outcome: verdict.outcome },
    words: [...(output === null ? [] : [output]), range, ...(verdict.outcome === 'verified' ? [] : [doubt])].join('\n'),
  }
}
