import { resolve } from 'node:path'
import { readOptions, UsageError } from './arguments.ts'
import type { VaultRequest } from './open-vault.ts'
import { none, oneOf, onlyKnown, vaultOptions, vaultRequest } from './vault-options.ts'

/** What `libral env` is asked for. */
export type EnvRequest = VaultRequest & { readonly file: string } & (
    | { readonly command: 'create'; readonly to: readonly string[] }
    | { readonly command: 'list' }
    | { readonly command: 'get' | 'set'; readonly name: string }
    | { readonly command: 'unset'; readonly names: readonly string[] }
    | { readonly command: 'run'; readonly program: readonly string[] }
    | {
        readonly command: 'recipients'
        /** The whole set; null: the present one, with `add` and without `remove`. */
        readonly to: readonly string[] | null
        readonly add: readonly string[]
        readonly remove: readonly string[]
      }
  )

export const envUsage = `使い方:
  libral env create [--to KEY…]         新しいファイルを作ります。中身は標準入力から読みます（端末なら空で作ります）
  libral env list                       名前だけを一覧します
  libral env get 名前                   値を標準出力に書きます
  libral env set 名前                   値を端末（表示しません）か標準入力から読みます。引数では受け取りません
  libral env unset 名前…
  libral env run -- コマンド …          値を環境変数にして、コマンドを実行します
  libral env recipients [--to KEY…] [--add KEY…] [--remove KEY…]
                                        読める人を一覧します。指定すると、その人たちに暗号化し直します

  --file FILE          暗号化したファイル（既定は今の場所の .env.gpg）
  --user-data-dir DIR  アプリのプロファイルの場所（既定はアプリと同じ）
  --passphrase-fd N    保管庫のパスフレーズを、端末の代わりにファイル記述子 N から読みます
  --json               結果を JSON 1 行で出します（run を除く）

平文はディスクに書きません。コメント、順序、引用符、改行はそのまま残ります。KEY は libral keys と同じです。
GnuPG でも読めます（gpg -d .env.gpg）。v4 の証明書を持つ人が宛先にいないときは、GnuPG では読めないと警告します。
run は同じ名前の環境変数を上書きします。

終了コード: 0 成功  1 失敗  64 引数の誤り、尋ねる端末がない  65 ファイルとして読めない、壊れている
            66 保管庫・ファイル・名前・鍵がない  73 既にある、書き込めない、ほかで変更された  75 アプリが使用中
            77 パスフレーズが違う、開けない、暗号化できない宛先がある  130 取りやめた
            run では、コマンドの終了コード（見つからない 127、実行できない 126、シグナル N で終わった 128+N）
`

const options = {
  ...vaultOptions,
  file: { type: 'string' },
  to: { type: 'string', multiple: true },
  add: { type: 'string', multiple: true },
  remove: { type: 'string', multiple: true },
} as const

/** @param args what follows `libral env`. @throws UsageError */
export function parseEnvRequest(args: readonly string[]): EnvRequest | 'help' {
  const cut = args.indexOf('--')
  const [own, program] = cut < 0 ? [args, []] : [args.slice(0, cut), args.slice(cut + 1)]
  const { values, positionals } = readOptions(own, options)
  if (values.help) return 'help'
  const [verb = '', ...rest] = positionals
  const known = ['file', ...(verb === 'create' ? ['to'] : verb === 'recipients' ? ['to', 'add', 'remove'] : [])]
  onlyKnown(values, verb, known)
  if (cut >= 0 && verb !== 'run') throw new UsageError('-- は run で使います')
  const common = { ...vaultRequest(values), file: resolve(values.file ?? '.env.gpg') }
  switch (verb) {
    case 'create':
      none(rest)
      return { ...common, command: 'create', to: values.to ?? [] }
    case 'list':
      none(rest)
      return { ...common, command: 'list' }
    case 'get':
    case 'set':
      return { ...common, command: verb, name: oneOf(rest, '名前') }
    case 'unset':
      if (rest.length === 0) throw new UsageError('名前を指定してください')
      return { ...common, command: 'unset', names: rest }
    case 'run':
      none(rest)
      if (program.length === 0) throw new UsageError('-- の後にコマンドを指定してください')
      if (values.json) throw new UsageError('run に --json は使えません')
      return { ...common, command: 'run', program }
    case 'recipients': {
      none(rest)
      const { to = null, add = [], remove = [] } = values
      if (to !== null && add.length + remove.length > 0)
        throw new UsageError('--to は --add や --remove と一緒に使えません')
      return { ...common, command: 'recipients', to, add, remove }
    }
    default:
      throw new UsageError('コマンドは create、list、get、set、unset、run、recipients です')
  }
}
