import { existsSync } from 'node:fs'
import { z } from 'zod'
import { beginDraft } from '#main/exports/draft-file.ts'
import { manifestSchema } from '#protocol/bundle.ts'
import { LibralError } from '#protocol/errors.ts'
import type { Said } from '../area.ts'
import { runPiped } from '../run-command.ts'
import type { AuditRequest } from './arguments.ts'
import { readBytes } from './open-bundle.ts'
import { keyIn } from './store.ts'

type Request = Extract<AuditRequest, { readonly command: 'export' }>

const infoSchema = z.object({ manifest: manifestSchema, bytes: z.int(), recorded: z.boolean() })

/** Writes a bundle of a store on this machine. @param program the bundle of the backend's commands */
export async function exportBundle(request: Request, program: string): Promise<Said> {
  const { directory, kind, from, to, output } = request
  if (output !== null && existsSync(output)) throw new LibralError('backup.target-exists')
  const place = { directory, key: keyIn(request) }
  const order = { command: 'bundle', ...place, kind, from, to, sizeOnly: output === null }
  const recipients = await certificatesIn(request.recipients)
  const { readableTo } = await import('#main/audit/bundle/write.ts')
  const draft = output === null ? null : await beginDraft(output)
  try {
    const { manifest, bytes, recorded } = await runPiped(program, order, infoSchema, async (made) => {
      if (draft !== null) for await (const piece of readableTo(recipients, made)) await draft.write(piece)
    })
    // Only now is it known that the command came to its end.
    await draft?.finish()
    const range = `記録 ${manifest.from}〜${manifest.to - 1}（${manifest.to - manifest.from} 件）  およそ ${bytes} バイト`
    const kept = recorded
      ? '次にバックエンドが動くとき、アクセス記録に残ります'
      : '! 保存先に書き込めないため、アクセス記録には残りません'
    const words = output === null ? range : `${output}\n${range}\n${kept}`
    return { result: { manifest, bytes, file: output, recorded }, words }
  } finally {
    await draft?.discard()
  }
}

export async function certificatesIn(files: readonly string[]) {
  if (files.length === 0) return []
  const { readCertificates } = await import('../../vault/stateless/material.ts')
  const all = []
  for (const file of files) all.push(...(await readCertificates(await readBytes(file))))
  return all
}
