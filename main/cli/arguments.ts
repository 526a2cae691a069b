import { resolve } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'

export interface CopyRequest {
  readonly command: 'backup' | 'restore' | 'move'
  /** The backup; of a move the file for the deployment's keys. */
  readonly file: string
  /** Of a move: where the deployment goes. From the environment, since arguments can be read by other processes. */
  readonly database?: string
  readonly directory: string
  /** The file that holds the storage key; null: the one in the data folder. */
  readonly keyFile: string | null
  readonly json: boolean
}

export const usage = `使い方:
  libral backend backup FILE --data DIR [--key KEYFILE] [--json]
  libral backend restore FILE --data DIR [--key KEYFILE] [--json]
  libral backend move --to postgres --data DIR [--log-key FILE] [--key KEYFILE] [--json]

  backup   バックエンドのデータを FILE（と FILE.keys）に写します。動作中でも実行できます
  restore  FILE からデータを作ります。DIR にデータがあるときは何もしません
  move     DIR の配備を、空の PostgreSQL（LIBRAL_DATABASE_URL）に移します。バックエンドを止めてから実行してください。
           中断したときは、もう一度実行すると続きから移します。移し終えた元のデータは core.db.moved として残ります

  --data DIR     データの置き場所（core.db のある、または作るフォルダー）
  --key KEYFILE  保存鍵のファイル（既定は DIR の core.key または storage.key）。restore では DIR にも写します
  --log-key FILE 配備の鍵の移し先（LIBRAL_LOG_KEY_FILE）。ほかの利用者が読めない場所にしてください
  --json         結果を JSON 1 行で出します

終了コード: 0 成功  1 失敗  64 引数の誤り  65 バックアップではない  69 データベースに接続できない  73 既にある  74 書き込めない
            75 バックエンドが手放さない（restore ではデータが使用中）  77 鍵が違う、または開けない
`

/** What was wrong with the arguments, in words for the person at the terminal. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseRequest(args: readonly string[], env: NodeJS.ProcessEnv = process.env): CopyRequest | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [area, command, file, ...more] = positionals
  if (area !== 'backend' || (command !== 'backup' && command !== 'restore' && command !== 'move'))
    throw new UsageError('コマンドは backend backup、backend restore、backend move です')
  if (values.data === undefined) throw new UsageError('--data DIR を指定してください')
  const target = command === 'move' ? movedTo(values, file, env) : { file }
  if (target.file === undefined || more.length > 0) throw new UsageError('FILE を 1 つ指定してください')
  return {
    command,
    ...target,
    file: resolve(target.file),
    directory: resolve(values.data),
    keyFile: values.key === undefined ? null : resolve(values.key),
    json: values.json ?? false,
  }
}

function movedTo(values: ReturnType<typeof parsed>['values'], extra: string | undefined, env: NodeJS.ProcessEnv) {
  if (extra !== undefined || values.to !== 'postgres') throw new UsageError('--to postgres を指定してください')
  const database = env['LIBRAL_DATABASE_URL']
  if (!database) throw new UsageError('移す先を環境変数 LIBRAL_DATABASE_URL で指定してください')
  const file = values['log-key'] ?? env['LIBRAL_LOG_KEY_FILE']
  if (!file) throw new UsageError('--log-key FILE を指定してください')
  return { file, database }
}

/** Reads options strictly. @throws UsageError in the words of Node's parser */
export function readOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (refusal) {
    throw new UsageError(refusal instanceof Error ? refusal.message : '引数が読めません')
  }
}

const parsed = (args: readonly string[]) =>
  readOptions(args, {
    data: { type: 'string' },
    key: { type: 'string' },
    to: { type: 'string' },
    'log-key': { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
