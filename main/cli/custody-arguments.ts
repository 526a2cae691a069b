import { resolve } from 'node:path'
import { readOptions, UsageError } from './arguments.ts'

/** What `libral card`, `libral token` and `libral wkd` are asked for. */
export type CustodyRequest = { readonly json: boolean } & (
  | { readonly command: 'card status' }
  | { readonly command: 'token list'; readonly module: string }
  | { readonly command: 'wkd lookup'; readonly address: string; readonly output: string | null }
  | {
      readonly command: 'wkd publish'
      readonly files: readonly string[]
      readonly domain: string
      readonly to: string
      readonly method: 'advanced' | 'direct'
    }
)

export const custodyAreas: readonly string[] = ['card', 'token', 'wkd']

export const custodyUsage = `使い方:
  libral card status [--json]
  libral token list --module FILE [--json]
  libral wkd lookup ADDRESS [--output FILE] [--json]
  libral wkd publish FILE... --domain DOMAIN --to DIR [--direct] [--json]

  card status  挿さっているOpenPGPカードの状態を表示します。PINは不要です
  token list   PKCS#11ライブラリ FILE のトークンを一覧します。PINは不要です
  wkd lookup   アドレスの公開鍵を、そのドメインの公開場所から探します。--output で証明書を保存します
  wkd publish  証明書 FILE から、Webサーバーに置く公開用のファイルを DIR に作ります。秘密鍵は書き出しません

終了コード: 0 成功  1 失敗  64 引数の誤り  65 鍵として読めない  66 見つからない  69 カード・機器・サーバーがない
            73 書き込めない  75 あとで再試行  77 信頼できない
`

/** @throws UsageError */
export function parseCustody(args: readonly string[]): CustodyRequest | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [area = '', verb = '', ...rest] = positionals
  const json = values.json ?? false
  switch (`${area} ${verb}`) {
    case 'card status':
      none(rest)
      return { command: 'card status', json }
    case 'token list':
      none(rest)
      return { command: 'token list', module: resolve(needed(values.module, '--module FILE')), json }
    case 'wkd lookup': {
      const [address, ...more] = rest
      none(more)
      const output = values.output === undefined ? null : resolve(values.output)
      return { command: 'wkd lookup', address: needed(address, 'ADDRESS'), output, json }
    }
    case 'wkd publish': {
      needed(rest[0], 'FILE')
      const [domain, to] = [needed(values.domain, '--domain DOMAIN'), resolve(needed(values.to, '--to DIR'))]
      const method = values.direct ? 'direct' : 'advanced'
      return { command: 'wkd publish', files: rest.map((it) => resolve(it)), domain, to, method, json }
    }
    default:
      throw new UsageError('コマンドは card status、token list、wkd lookup、wkd publish です')
  }
}

const needed = (value: string | undefined, name: string): string => {
  if (value === undefined || value === '') throw new UsageError(`${name} を指定してください`)
  return value
}

const none = (rest: readonly string[]): void => {
  if (rest.length > 0) throw new UsageError(`余分な引数です: ${rest.join(' ')}`)
}

const parsed = (args: readonly string[]) =>
  readOptions(args, {
    module: { type: 'string' },
    output: { type: 'string' },
    domain: { type: 'string' },
    to: { type: 'string' },
    direct: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
