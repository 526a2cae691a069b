import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { findingSchema } from '#protocol/audit.ts'
import { type Failure, LibralError } from '#protocol/errors.ts'
import type { Said } from '../area.ts'
import { runCommand } from '../run-command.ts'
import { openKeyFile } from '../storage-key-file.ts'
import type { StoreRequest } from './arguments.ts'
import { findingWords } from './findings.ts'
import { linesOf } from './lines.ts'
import { readText } from './open-bundle.ts'

const reportSchema = z.object({
  deployment: z.string().nullable(),
  logKey: z.string().nullable(),
  size: z.int(),
  root: z.string(),
  findings: z.array(findingSchema),
  signatures: z.object({ verified: z.int(), all: z.int() }),
  seen: z.int(),
  breaks: z.array(
    z.object({
      ...{ index: z.int(), size: z.int(), operator: z.string(), reason: z.string(), issuedAt: z.int() },
      ...{ previous: z.string(), deployment: z.string(), lost: z.int().nullable() },
      signedBy: z.enum(['administrator', 'nobody', 'unknown']),
    }),
  ),
  doubts: z.array(
    z.object({
      ...{ fingerprint: z.string(), operator: z.string(), revoked: z.int() },
      ...{ entries: z.int(), first: z.int(), last: z.int() },
    }),
  ),
})
type Report = z.infer<typeof reportSchema>

/** A log judged where it lies. @param program the bundle of the backend's commands */
export async function verifyStore(
  { place, seen }: { readonly place: StoreRequest | { readonly database: string }; readonly seen: readonly string[] },
  program: string,
): Promise<Said> {
  const notes = await Promise.all(seen.map(readText))
  const order =
    'database' in place
      ? { command: 'review-shared', database: place.database, seen: notes }
      : { command: 'review', directory: place.directory, key: keyIn(place), seen: notes }
  const report = await runCommand(program, order, reportSchema)
  const failure: Failure = { code: 'log.broken', params: { findings: report.findings.length } }
  return { result: report, words: wordsOf(report, seen.length), ...(report.findings.length > 0 && { failure }) }
}

/**
 * The storage key of a store on this machine, base64url.
 * @throws LibralError `file.unreadable` where there is no store or no such file, and what {@link openKeyFile} throws
 */
export function keyIn({ directory, keyFile }: StoreRequest): string {
  const named = [join(directory, 'core.db'), ...(keyFile === null ? [] : [keyFile])]
  if (!named.every(existsSync)) throw new LibralError('file.unreadable')
  return Buffer.from(openKeyFile(directory, keyFile).key).toString('base64url')
}

export function wordsOf(report: Report, given: number): string {
  const { size, root, findings, signatures, seen, breaks, doubts } = report
  const invalid = new Set(findings.flatMap(({ index, code }) => (code === 'restoration-invalid' ? [index] : [])))
  return linesOf([
    `配備 ${report.deployment ?? '（読めません）'}`,
    `記録 ${size} 件  ルート ${root}`,
    `署名 ${signatures.verified}/${signatures.all} 件検証`,
    given > 0
      ? `チェックポイント ${seen}/${given} 件一致`
      : '末尾の改ざんは、この機械だけでは検出できません（--seen FILE）',
    ...findings.map(({ index, code }) => `✗ ${index}  ${findingWords[code]}`),
    ...breaks.filter(({ index }) => !invalid.has(index)).map(breakWords),
    ...doubts.map(doubtWords),
    ...(findings.length === 0 ? [clean(report)] : []),
  ])
}

const signedWords: Readonly<Record<Report['breaks'][number]['signedBy'], string>> = {
  administrator: '管理者の鍵で署名',
  nobody: '管理者の署名なし',
  unknown: '管理者のものと確かめられない署名',
}

function breakWords({ index, size, operator, reason, issuedAt, signedBy, lost }: Report['breaks'][number]): string {
  const gone = lost === null ? '' : `  失われた記録 ${lost} 件（別の端末の控えによる）`
  const when = new Date(issuedAt).toISOString()
  return `! ${index}  説明のある断絶：${size} 件までのバックアップから復元  ${operator}  ${when}  ${reason}（${signedWords[signedBy]}）${gone}`
}

const doubtWords = ({ fingerprint, operator, revoked, entries, first, last }: Report['doubts'][number]): string =>
  `? ${first}–${last}  要確認 ${entries} 件：${operator} の証明書 ${fingerprint} は ${revoked} で漏えいとして失効`

/** A restored log is explained, never one unbroken history. */
const clean = ({ breaks }: Report): string =>
  breaks.length === 0
    ? '異常は見つかりませんでした'
    : `異常は見つかりませんでした。ただし説明のある断絶が ${breaks.length} 件あり、途切れのない1つの記録ではありません`
