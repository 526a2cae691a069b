import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type Finding, findingSchema } from '#protocol/audit.ts'
import { type Failure, LibralError } from '#protocol/errors.ts'
import type { Area } from './area.ts'
import { readOptions, UsageError } from './arguments.ts'
import { runCommand } from './run-command.ts'
import { openKeyFile } from './storage-key-file.ts'

interface AuditRequest {
  /** null: on PostgreSQL. */
  readonly directory: string | null
  /** postgres://…, from the environment, since arguments can be read by other processes. */
  readonly database: string | null
  readonly keyFile: string | null
  readonly seen: readonly string[]
  readonly json: boolean
}

const usage = `使い方:
  libral audit verify --data DIR [--key KEYFILE] [--seen FILE]… [--json]
  libral audit verify --postgres [--seen FILE]… [--json]

  verify   記録を最初から読み、項目ごとに、位置、ハッシュ、署名、パラメーターを検証します。動作中でも実行でき、何も書き込みません

  --data DIR     データの置き場所（core.db のあるフォルダー）
  --postgres     PostgreSQL（LIBRAL_DATABASE_URL）の記録を、読み取り専用の1つのトランザクションで検証します
  --key KEYFILE  保存鍵のファイル（既定は DIR の core.key または storage.key）
  --seen FILE    別の端末が書き出したチェックポイント。その時点までの記録が残っているかを確かめます
  --json         結果を JSON 1 行で出します

終了コード: 0 異常なし  64 引数の誤り  65 異常あり、またはデータとして読めない  66 ファイルがない  77 鍵が違う、または開けない
`

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

/** `libral audit`: a log judged where it lies. `program`: the bundle of the backend's commands. */
export const auditArea = (program: string): Area<AuditRequest> => ({
  usage,
  parse(args) {
    const { values, positionals } = readOptions(args, {
      data: { type: 'string' },
      key: { type: 'string' },
      postgres: { type: 'boolean' },
      seen: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    })
    if (values.help) return 'help'
    if (positionals.join(' ') !== 'verify') throw new UsageError('コマンドは verify です')
    const database = values.postgres ? (process.env['LIBRAL_DATABASE_URL'] ?? '') : null
    if (database === '') throw new UsageError('データベースを環境変数 LIBRAL_DATABASE_URL で指定してください')
    if ((values.data === undefined) === (database === null))
      throw new UsageError('--data DIR か --postgres のどちらかを指定してください')
    return {
      directory: values.data === undefined ? null : resolve(values.data),
      database,
      keyFile: values.key === undefined ? null : resolve(values.key),
      seen: (values.seen ?? []).map((file) => resolve(file)),
      json: values.json ?? false,
    }
  },
  async perform({ directory, database, keyFile, seen }) {
    const notes = await Promise.all(seen.map(readNote))
    const order =
      directory === null
        ? { command: 'review-shared', database, seen: notes }
        : { command: 'review', directory, key: keyIn(directory, keyFile), seen: notes }
    const report = await runCommand(program, order, reportSchema)
    const failure: Failure = { code: 'log.broken', params: { findings: report.findings.length } }
    return { result: report, words: wordsOf(report, seen.length), ...(report.findings.length > 0 && { failure }) }
  },
})

const keyIn = (directory: string, keyFile: string | null): string =>
  Buffer.from(openKeyFile(directory, keyFile).key).toString('base64url')

const readNote = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: unknown) => {
    throw new LibralError('file.unreadable', {}, { cause })
  })

const findingWords: Readonly<Record<Finding['code'], string>> = {
  missing: '項目がありません（削除）',
  malformed: '項目として読めません（改変）',
  misplaced: '別の位置の項目です（移動、入れ替え、追加）',
  edited: '書き込んだときのハッシュと一致しません（改変）',
  repeated: '同じ識別子の項目が前にあります（追加）',
  foreign: '別の配備の操作です（追加）',
  'params-altered': '署名されたパラメーターと一致しません（改変）',
  'key-unknown': '記録が認めていない鍵で署名されています',
  'key-not-allowed': 'この操作に認められていない鍵、または失効した鍵で署名されています',
  'signature-invalid': '署名が一致しません（改変）',
  'restoration-invalid': '復元の記録が、その前の履歴または署名と一致しません（追加、改変）',
  'root-differs': '項目から計算したルートが、保存されたルートと一致しません',
  'seen-differs': '別の端末が確認したチェックポイントと一致しません（改変、削除、追加）',
  'seen-ahead': '別の端末が確認した項目がありません（末尾の削除）',
}

function wordsOf(report: Report, given: number): string {
  const { size, root, findings, signatures, seen, breaks, doubts } = report
  const lines = [
    `配備 ${report.deployment ?? '（読めません）'}`,
    `記録 ${size} 件  ルート ${root}`,
    `署名 ${signatures.verified}/${signatures.all} 件検証`,
    given > 0
      ? `チェックポイント ${seen}/${given} 件一致`
      : '末尾の改ざんは、この機械だけでは検出できません（--seen FILE）',
    ...findings.map(({ index, code }) => `✗ ${index}  ${findingWords[code]}`),
    ...breaks.map(breakWords),
    ...doubts.map(doubtWords),
    ...(findings.length === 0 ? [clean(report)] : []),
  ]
  return lines.join('\n')
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
