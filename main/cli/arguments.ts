import { resolve } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { VaultRequest } from './open-vault.ts'
import { UsageError } from './usage-error.ts'
import { vaultOptions, vaultRequest } from './vault-options.ts'

export { UsageError } from './usage-error.ts'

/** Who says why a backup was restored, and with which of the vault's keys that is signed; null: with none. */
export interface Explanation {
  readonly operator: string
  readonly reason: string
  readonly sign: string | null
  readonly vault: VaultRequest
}

export interface CopyRequest {
  readonly command: 'backup' | 'restore' | 'restored' | 'move'
  /** Of a restored backup. */
  readonly explanation?: Explanation
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
  libral backend restore FILE --data DIR --operator ID --reason 理由 [--sign KEY] [--key KEYFILE] [--json]
  libral backend restored --operator ID --reason 理由 [--sign KEY] [--log-key FILE] [--json]
  libral backend move --to postgres --data DIR [--log-key FILE] [--key KEYFILE] [--json]

  backup   バックエンドのデータを FILE（と FILE.keys）に写します。動作中でも実行できます
  restore  FILE からデータを作ります。DIR にデータがあるときは何もしません。復元した記録は新しい配備IDの別の記録になり、
           最初の項目が元の記録の末尾と、誰がなぜ復元したかを示します。各端末は「説明のある断絶」として一度だけ人に尋ねます
  restored PostgreSQL（LIBRAL_DATABASE_URL）をデータベースのバックアップから戻したあと、同じことを記録します。
           すべてのインスタンスを止めてから実行し、新しくなった鍵のファイルを各インスタンスへ写してください
  move     DIR の配備を、空の PostgreSQL（LIBRAL_DATABASE_URL）に移します。バックエンドを止めてから実行してください。
           中断したときは、もう一度実行すると続きから移します。移し終えた元のデータは core.db.moved として残ります

  --data DIR     データの置き場所（core.db のある、または作るフォルダー）
  --key KEYFILE  保存鍵のファイル（既定は DIR の core.key または storage.key）。restore では DIR にも写します
  --operator ID  復元を説明する管理者
  --reason 理由  なぜ復元したか。記録に残ります
  --sign KEY     その管理者の鍵で説明に署名します（鍵の保管庫の指紋、アドレスなど）。ないときは記録の鍵だけが署名し、
                 各端末は「管理者の署名なし」と表示します
  --log-key FILE 配備の鍵のファイル（LIBRAL_LOG_KEY_FILE）。move では移し先。ほかの利用者が読めない場所にしてください
  --json         結果を JSON 1 行で出します

終了コード: 0 成功  1 失敗  64 引数の誤り  65 バックアップではない  69 データベースに接続できない  73 既にある  74 書き込めない
            75 バックエンドが手放さない（restore ではデータが使用中）  77 鍵が違う、または開けない
`

/** @throws UsageError */
export function parseRequest(args: readonly string[], env: NodeJS.ProcessEnv = process.env): CopyRequest | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [area, command, file, ...more] = positionals
  if (area !== 'backend' || !isCommand(command))
    throw new UsageError('コマンドは backend backup、backend restore、backend restored、backend move です')
  if (values.data === undefined && command !== 'restored') throw new UsageError('--data DIR を指定してください')
  const target = command === 'move' || command === 'restored' ? shared(command, values, file, env) : { file }
  if (target.file === undefined || more.length > 0) throw new UsageError('FILE を 1 つ指定してください')
  return {
    command,
    ...target,
    file: resolve(target.file),
    directory: resolve(values.data ?? '.'),
    ...(command.startsWith('restore') && { explanation: explained(values) }),
    keyFile: values.key === undefined ? null : resolve(values.key),
    json: values.json ?? false,
  }
}

const isCommand = (command: string | undefined): command is CopyRequest['command'] =>
  ['backup', 'restore', 'restored', 'move'].includes(command ?? '')

function explained(values: ReturnType<typeof parsed>['values']): Explanation {
  const { operator, reason, sign } = values
  if (!operator || !reason) throw new UsageError('--operator ID と --reason 理由 を指定してください')
  if (reason.length > 400) throw new UsageError('理由は400字までです')
  return { operator, reason, sign: sign ?? null, vault: vaultRequest(values) }
}

function shared(
  command: 'move' | 'restored',
  values: ReturnType<typeof parsed>['values'],
  extra: string | undefined,
  env: NodeJS.ProcessEnv,
) {
  if (extra !== undefined || (command === 'move' && values.to !== 'postgres'))
    throw new UsageError('--to postgres を指定してください')
  const database = env['LIBRAL_DATABASE_URL']
  if (!database) throw new UsageError('データベースを環境変数 LIBRAL_DATABASE_URL で指定してください')
  const file = values['log-key'] ?? env['LIBRAL_LOG_KEY_FILE']
  if (!file) throw new UsageError('--log-key FILE を指定してください')
  return { file, database }
}

/** Reads options strictly. @throws UsageError */
export function readOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (refusal) {
    throw new UsageError(wordsFor(refusal))
  }
}

/** Node's parser says it in English; its codes and the option that it names are what is known. */
function wordsFor(refusal: unknown): string {
  const { code = '', message = '' } = refusal instanceof Error ? (refusal as NodeJS.ErrnoException) : {}
  const option = /'(?:-\w, )?(--?[^' ]+)/.exec(message)?.[1] ?? ''
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${option} という指定はありません`
  if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return '引数が読めません'
  if (message.includes('does not take')) return `${option} に値は指定できません`
  return `${option} に値を指定してください（- で始まる値は ${option}=値 と書きます）`
}

const parsed = (args: readonly string[]) =>
  readOptions(args, {
    data: { type: 'string' },
    key: { type: 'string' },
    to: { type: 'string' },
    'log-key': { type: 'string' },
    operator: { type: 'string' },
    reason: { type: 'string' },
    sign: { type: 'string' },
    ...vaultOptions,
  })
