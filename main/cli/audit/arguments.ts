import { resolve } from 'node:path'
import { readOptions, UsageError } from '../arguments.ts'
import { none, oneOf, vaultOptions, vaultRequest } from '../vault-options.ts'

export interface Common {
  readonly json: boolean
  /** The app's profile; null: the usual one. */
  readonly userData: string | null
}
/** A store on this machine. */
export interface StoreRequest {
  readonly directory: string
  readonly keyFile: string | null
}
/** A bundle, and how it is opened where it is encrypted. */
export interface BundleRequest {
  readonly file: string
  /** File with a secret key. */
  readonly decryptWith: string | null
  readonly passphraseFd: number | null
  readonly seen: readonly string[]
}
export type AuditRequest = Common &
  (
    | {
        readonly command: 'verify-store'
        /** A folder, or postgres://… from the environment, since arguments can be read by other processes. */
        readonly place: StoreRequest | { readonly database: string }
        readonly seen: readonly string[]
      }
    | ({ readonly command: 'verify' } & BundleRequest)
    | ({
        readonly command: 'show'
        readonly from: number | null
        readonly to: number | null
        /** The keys that its entries name, instead of the entries. */
        readonly keys: boolean
      } & BundleRequest)
    | ({ readonly command: 'search'; readonly words: readonly string[]; readonly limit: number } & BundleRequest)
    | ({
        readonly command: 'export'
        readonly kind: 'bundle' | 'certificate'
        readonly from: number
        readonly to: number | null
        /** null: says only how large it would be. */
        readonly output: string | null
        /** Files with certificates. */
        readonly recipients: readonly string[]
      } & StoreRequest)
    | ({
        readonly command: 'certify'
        readonly from: number
        readonly to: number
        /** null: says only how large it would be. */
        readonly output: string | null
        /** Files with certificates. */
        readonly recipients: readonly string[]
      } & BundleRequest)
    | { readonly command: 'trust-list' }
    | { readonly command: 'trust-add'; readonly key: string; readonly label: string }
    | { readonly command: 'trust-remove'; readonly key: string }
  )

export const auditUsage = `使い方:
  libral audit verify FILE [--seen FILE]…             監査バンドルまたは監査証明書を検証します
  libral audit verify --data DIR [--seen FILE]…       この機械にある記録を検証します。動作中でも実行でき、何も書き込みません
  libral audit verify --postgres [--seen FILE]…       PostgreSQL（LIBRAL_DATABASE_URL）の記録を、読み取り専用で検証します
  libral audit show FILE [--from N] [--to M]          検証したうえで、記録を順に示します
  libral audit show FILE --keys                       検証したうえで、記録が名指す鍵と証明書を、持ち主と期間とともに示します
  libral audit search FILE 語… [--limit N]            検証したうえで、すべての語を含む記録を探します
  libral audit export --data DIR --output FILE [--from N] [--to M] [--to-auditor CERT]…
                                                      記録 N 以上 M 未満を監査バンドルに書き出します（既定は全部）
  libral audit certify --data DIR --index N --output FILE   1 件の監査証明書を書き出します（--from と --to で範囲も）
  libral audit certify BUNDLE --index N --output FILE       検証したうえで、監査バンドルの中の記録の監査証明書を作ります
  libral audit trust list                             この機械で信頼する鍵を一覧します
  libral audit trust add KEY [--label 名前]           KEY は署名ノートの鍵、証明書の指紋、またはそれらや証明書のファイルです
  libral audit trust remove KEY

  --seen FILE          別の端末が書き出したチェックポイント。その時点までの記録が残っているかを確かめます
  --decrypt-with FILE  暗号化された監査バンドルを開く秘密鍵のファイル（--passphrase-fd N でパスフレーズ）
  --data DIR           データの置き場所（core.db のあるフォルダー）
  --key KEYFILE        保存鍵のファイル（既定は DIR の core.key または storage.key）
  --to-auditor CERT    この証明書のファイルの人だけが読めるように暗号化します
  --size               書き出さずに、大きさだけを示します
  --user-data-dir DIR  信頼する鍵の一覧がある、アプリのプロファイル
  --json               結果を JSON 1 行で出します

終了コード: 0 検証できた  64 引数の誤り  65 異常あり、またはデータとして読めない  66 ファイルがない  73 既にある
            77 異常はないが未確認の鍵がある、または鍵が違う、開けない
`

const options = {
  ...vaultOptions,
  data: { type: 'string' },
  key: { type: 'string' },
  postgres: { type: 'boolean' },
  seen: { type: 'string', multiple: true },
  'decrypt-with': { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  keys: { type: 'boolean' },
  index: { type: 'string' },
  limit: { type: 'string' },
  output: { type: 'string' },
  size: { type: 'boolean' },
  'to-auditor': { type: 'string', multiple: true },
  label: { type: 'string' },
} as const

type Values = ReturnType<typeof readOptions<typeof options>>['values']

const taken: Readonly<Record<string, readonly (keyof typeof options)[]>> = {
  verify: ['data', 'postgres', 'key', 'seen', 'decrypt-with', 'passphrase-fd'],
  show: ['seen', 'decrypt-with', 'passphrase-fd', 'from', 'to', 'keys'],
  search: ['seen', 'decrypt-with', 'passphrase-fd', 'limit'],
  export: ['data', 'key', 'from', 'to', 'output', 'size', 'to-auditor'],
  certify: [
    ...(['data', 'key', 'from', 'to', 'index', 'output', 'size', 'to-auditor'] as const),
    ...(['decrypt-with', 'passphrase-fd'] as const),
  ],
  trust: ['label', 'user-data-dir'],
}
const always: readonly string[] = ['json', 'help', 'user-data-dir']

/** @throws UsageError */
export function parseAudit(args: readonly string[]): AuditRequest | 'help' {
  const { values, positionals } = readOptions(args, options)
  if (values.help) return 'help'
  const [command = '', ...rest] = positionals
  const known = taken[command]
  if (known === undefined) throw new UsageError('コマンドは verify、show、search、export、certify、trust です')
  const strange = Object.keys(values).find((it) => !always.includes(it) && !known.includes(it as never))
  if (strange !== undefined) throw new UsageError(`${command} に --${strange} はありません`)
  const { json, userData, passphraseFd } = vaultRequest(values)
  const common = { json, userData }
  const seen = (values.seen ?? []).map((file) => resolve(file))
  const bundle = (file: string): BundleRequest => ({
    file: resolve(file),
    decryptWith: values['decrypt-with'] === undefined ? null : resolve(values['decrypt-with']),
    passphraseFd,
    seen,
  })
  switch (command) {
    case 'verify':
      if (values.data === undefined && values.postgres !== true)
        return { ...common, command, ...bundle(oneOf(rest, 'FILE か --data DIR か --postgres')) }
      none(rest)
      return { ...common, command: 'verify-store', place: values.postgres ? shared(values) : store(values), seen }
    case 'show': {
      const range = { from: numberIn(values.from, '--from'), to: numberIn(values.to, '--to') }
      rising(range)
      const keys = values.keys === true
      if (keys && (range.from ?? range.to) !== null) throw new UsageError('--keys は範囲を指定せずに使います')
      return { ...common, command, ...bundle(oneOf(rest, 'FILE')), ...range, keys }
    }
    case 'search': {
      const [file = '', ...words] = rest
      if (words.length === 0 || words.some((word) => word.trim() === ''))
        throw new UsageError('FILE と探す語を指定してください')
      const limit = numberIn(values.limit, '--limit') ?? 50
      return { ...common, command, ...bundle(oneOf([file], 'FILE')), words, limit }
    }
    case 'certify':
      if (values.data === undefined)
        return { ...common, ...certifying(bundle(oneOf(rest, 'BUNDLE か --data DIR')), values) }
      none(rest)
      return { ...common, ...exporting('certificate', values) }
    case 'export':
      none(rest)
      return { ...common, ...exporting('bundle', values) }
    default:
      return { ...common, ...trusting(rest, values) }
  }
}

function shared({ data }: Values) {
  if (data !== undefined) throw new UsageError('--data DIR か --postgres のどちらかを指定してください')
  const database = process.env['LIBRAL_DATABASE_URL'] ?? ''
  if (database === '') throw new UsageError('データベースを環境変数 LIBRAL_DATABASE_URL で指定してください')
  return { database }
}

function store({ data, key }: Values): StoreRequest {
  if (data === undefined) throw new UsageError('--data DIR を指定してください')
  return { directory: resolve(data), keyFile: key === undefined ? null : resolve(key) }
}

function exporting(kind: 'bundle' | 'certificate', values: Values) {
  const { from, to, ...rest } = writing(values)
  if (kind === 'certificate') wholeRange(from, to)
  return { command: 'export' as const, ...store(values), kind, from: from ?? 0, to, ...rest }
}

function certifying(bundle: BundleRequest, values: Values) {
  if (values.key !== undefined) throw new UsageError('--key は --data と一緒に指定してください')
  const { from, to, ...rest } = writing(values)
  return { command: 'certify' as const, ...bundle, ...wholeRange(from, to), ...rest }
}

function wholeRange(from: number | null, to: number | null) {
  if (from === null || to === null) throw new UsageError('--index N か、--from N と --to M を指定してください')
  return { from, to }
}

/** What is written, and for whom. */
function writing(values: Values) {
  const index = numberIn(values.index, '--index')
  const from = index ?? numberIn(values.from, '--from')
  const to = index === null ? numberIn(values.to, '--to') : index + 1
  rising({ from, to })
  if ((values.output === undefined) === (values.size !== true))
    throw new UsageError('--output FILE か --size を指定してください')
  return {
    from,
    to,
    output: values.output === undefined ? null : resolve(values.output),
    recipients: (values['to-auditor'] ?? []).map((file) => resolve(file)),
  }
}

function trusting([what, ...rest]: readonly string[], { label = '' }: Values) {
  if (what === 'list') {
    none(rest)
    return { command: 'trust-list' as const }
  }
  if (what === 'add') return { command: 'trust-add' as const, key: oneOf(rest, 'KEY'), label }
  if (what === 'remove') return { command: 'trust-remove' as const, key: oneOf(rest, 'KEY') }
  throw new UsageError('trust のあとは list、add、remove です')
}

function rising({ from, to }: { readonly from: number | null; readonly to: number | null }): void {
  if (to !== null && to <= (from ?? 0)) throw new UsageError('--to は --from より大きい番号です')
}

function numberIn(text: string | undefined, name: string): number | null {
  if (text === undefined) return null
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text)) throw new UsageError(`${name} には 0 以上の番号を指定してください`)
  return Number(text)
}
