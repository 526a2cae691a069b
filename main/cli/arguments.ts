import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface CopyRequest {
  readonly command: 'backup' | 'restore'
  readonly file: string
  readonly directory: string
  /** The file that holds the storage key; null: the one in the data folder. */
  readonly keyFile: string | null
  readonly json: boolean
}

export const usage = `使い方:
  libral backend backup FILE --data DIR [--key KEYFILE] [--json]
  libral backend restore FILE --data DIR [--key KEYFILE] [--json]

  backup   バックエンドのデータを FILE（と FILE.keys）に写します。動作中でも実行できます
  restore  FILE からデータを作ります。DIR にデータがあるときは何もしません

  --data DIR     データの置き場所（core.db のある、または作るフォルダー）
  --key KEYFILE  保存鍵のファイル（既定は DIR の core.key または storage.key）。restore では DIR にも写します
  --json         結果を JSON 1 行で出します

終了コード: 0 成功  1 失敗  64 引数の誤り  65 バックアップではない  73 既にある  74 書き込めない
            75 バックエンドが手放さない（restore ではデータが使用中）  77 鍵が違う、または開けない
`

/** What was wrong with the arguments, in words for the person at the terminal. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseRequest(args: readonly string[]): CopyRequest | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [area, command, file, ...more] = positionals
  if (area !== 'backend' || (command !== 'backup' && command !== 'restore'))
    throw new UsageError('コマンドは backend backup または backend restore です')
  if (file === undefined || more.length > 0) throw new UsageError('FILE を 1 つ指定してください')
  if (values.data === undefined) throw new UsageError('--data DIR を指定してください')
  return {
    command,
    file: resolve(file),
    directory: resolve(values.data),
    keyFile: values.key === undefined ? null : resolve(values.key),
    json: values.json ?? false,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        key: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (refusal) {
    throw new UsageError(refusal instanceof Error ? refusal.message : '引数が読めません')
  }
}
