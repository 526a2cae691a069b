import { resolve } from 'node:path'
import { type exportKinds, keyStates, revocationReasons } from '#protocol/keys.ts'
import { readOptions, UsageError } from './arguments.ts'
import type { VaultRequest } from './open-vault.ts'
import { daysIn, none, oneOf, onlyKnown, vaultOptions, vaultRequest } from './vault-options.ts'

/** What `libral keys` is asked for. `key`: a fingerprint, key id, address or entry id. */
export type KeysRequest = VaultRequest &
  (
    | { readonly command: 'init' | 'passphrase' | 'gnupg' }
    | {
        readonly command: 'list'
        readonly words: readonly string[]
        readonly own: boolean
        readonly state: (typeof keyStates)[number] | null
      }
    | { readonly command: 'show' | 'rotate' | 'remove'; readonly key: string }
    | {
        readonly command: 'create'
        readonly name: string
        readonly email: string
        readonly curve: '25519' | '448'
        readonly companion: boolean
        readonly days: number | null
      }
    | { readonly command: 'import'; readonly files: readonly string[] }
    | { readonly command: 'import-gnupg'; readonly fingerprints: readonly string[] | 'all'; readonly secret: boolean }
    | {
        readonly command: 'export'
        readonly key: string
        readonly what: (typeof exportKinds)[number]
        readonly version: 4 | 6 | null
        readonly armored: boolean
        readonly output: string | null
      }
    | { readonly command: 'backup' | 'restore' | 'apply-revocation'; readonly file: string }
    | { readonly command: 'extend'; readonly key: string; readonly days: number | null }
    | {
        readonly command: 'revoke'
        readonly key: string
        readonly reason: (typeof revocationReasons)[number]
        readonly text: string
      }
    | { readonly command: 'add-user-id'; readonly key: string; readonly name: string; readonly email: string }
    | { readonly command: 'revoke-user-id'; readonly key: string; readonly userId: string }
    | { readonly command: 'confirm'; readonly fingerprint: string; readonly confirmed: boolean }
  )

export const keysUsage = `使い方:
  libral keys init                              鍵の保管庫を作ります
  libral keys list [語…] [--own] [--state STATE]  一覧します。語は名前、アドレス、指紋の一部です
  libral keys search 語…                        list と同じです
  libral keys show KEY
  libral keys create --name 名前 [--email アドレス] [--days 日数 | --no-expiry] [--curve 448] [--no-companion]
  libral keys import FILE…                      FILE が - のときは標準入力から取り込みます
  libral keys gnupg                             この利用者の GnuPG にある鍵を一覧します
  libral keys import --gnupg [指紋… | --all] [--secret]
  libral keys export KEY [--secret | --revocation] [--version 4|6] [--binary] [--output FILE]
  libral keys backup FILE                       保管庫全体を、別に決めるパスフレーズで書き出します
  libral keys restore FILE
  libral keys extend KEY (--days 日数 | --no-expiry)
  libral keys rotate KEY                        新しい暗号用の副鍵を加えます
  libral keys revoke KEY --reason compromised|retired|superseded|unspecified [--text 説明]
  libral keys apply-revocation FILE             秘密鍵をなくしたとき、保管していた失効証明書で失効します
  libral keys add-user-id KEY --name 名前 --email アドレス
  libral keys revoke-user-id KEY --user-id ユーザーID
  libral keys confirm 指紋 [--undo]             別の手段で確かめた指紋を、全桁で指定します
  libral keys remove KEY
  libral keys passphrase                        保管庫のパスフレーズを変えます

  KEY は指紋、鍵ID（16桁）、メールアドレスのどれかです。STATE は ${keyStates.join('、')} です。
  export は --output がなければ標準出力に書きます。create の有効期限は、指定がなければ2年です。

  --user-data-dir DIR  アプリのプロファイルの場所（既定はアプリと同じ）
  --passphrase-fd N    パスフレーズを、端末の代わりにファイル記述子 N から読みます。尋ねられる順に1行ずつです。
                       引数や環境変数では受け取りません
  --yes                削除と失効を、確認なしで実行します
  --json               結果を JSON 1 行で出します

アプリが鍵を解錠している間は使えません（終了コード 75）。アプリの「鍵」で施錠してから実行してください。

終了コード: 0 成功  1 失敗  64 引数の誤り、尋ねる端末がない  65 鍵やバックアップとして読めない、取り込めないものがあった
            66 見つからない  69 GnuPG が使えない  73 既にある、書き込めない  74 保管庫を保存できない
            75 アプリが使用中  77 パスフレーズが違う、許されない鍵  130 取りやめた
`

const options = {
  ...vaultOptions,
  own: { type: 'boolean' },
  state: { type: 'string' },
  name: { type: 'string' },
  email: { type: 'string' },
  days: { type: 'string' },
  'no-expiry': { type: 'boolean' },
  curve: { type: 'string' },
  'no-companion': { type: 'boolean' },
  gnupg: { type: 'boolean' },
  all: { type: 'boolean' },
  secret: { type: 'boolean' },
  revocation: { type: 'boolean' },
  version: { type: 'string' },
  binary: { type: 'boolean' },
  output: { type: 'string' },
  reason: { type: 'string' },
  text: { type: 'string' },
  'user-id': { type: 'string' },
  undo: { type: 'boolean' },
} as const

const read = (args: readonly string[]) => readOptions(args, options)
type Values = ReturnType<typeof read>['values']

const usualDays = 730

/** @param args what follows `libral keys`. @throws UsageError */
export function parseKeys(args: readonly string[]): KeysRequest | 'help' {
  const { values, positionals } = read(args)
  if (values.help) return 'help'
  const [verb = '', ...rest] = positionals
  const found = verbs[verb]
  if (found === undefined) throw new UsageError(`コマンドは ${Object.keys(verbs).join('、')} です`)
  const [known, parse] = found
  onlyKnown(values, verb, known)
  return { ...vaultRequest(values), ...parse(values, rest) } as KeysRequest
}

type Own = KeysRequest extends infer R ? (R extends KeysRequest ? Omit<R, keyof VaultRequest> : never) : never
type Verb = readonly [known: readonly (keyof typeof options)[], parse: (values: Values, rest: readonly string[]) => Own]

const bare = (command: 'init' | 'passphrase' | 'gnupg'): Verb => [
  [],
  (_, rest) => {
    none(rest)
    return { command }
  },
]
const ofKey = (command: 'show' | 'rotate' | 'remove'): Verb => [[], (_, rest) => ({ command, key: oneOf(rest, 'KEY') })]
const ofFile = (command: 'backup' | 'restore' | 'apply-revocation'): Verb => [
  [],
  (_, rest) => ({ command, file: resolve(oneOf(rest, 'FILE')) }),
]
const list: Verb = [
  ['own', 'state'],
  (values, words) => ({
    command: 'list',
    words,
    own: values.own ?? false,
    state: values.state === undefined ? null : among(values.state, keyStates, '--state'),
  }),
]

const verbs: Readonly<Record<string, Verb>> = {
  init: bare('init'),
  list,
  search: list,
  show: ofKey('show'),
  create: [
    ['name', 'email', 'days', 'no-expiry', 'curve', 'no-companion'],
    (values, rest) => {
      none(rest)
      return {
        command: 'create',
        name: needed(values.name, '--name 名前'),
        email: values.email ?? '',
        curve: values.curve === undefined ? '25519' : among(values.curve, ['25519', '448'], '--curve'),
        companion: values['no-companion'] !== true,
        days: daysOf(values, usualDays),
      }
    },
  ],
  import: [
    ['gnupg', 'all', 'secret'],
    (values, rest) => {
      if (values.gnupg === true) return fromGnupg(values, rest)
      if (values.all === true || values.secret === true) throw new UsageError('--all と --secret は --gnupg と使います')
      if (rest.length === 0) throw new UsageError('FILE を指定してください')
      if (rest.includes('-') && values['passphrase-fd'] === '0')
        throw new UsageError('標準入力は、鍵かパスフレーズのどちらかにだけ使えます')
      return { command: 'import', files: rest.map((it) => (it === '-' ? it : resolve(it))) }
    },
  ],
  gnupg: bare('gnupg'),
  export: [
    ['secret', 'revocation', 'version', 'binary', 'output'],
    (values, rest) => {
      if (values.secret === true && values.revocation === true)
        throw new UsageError('--secret と --revocation は一緒に使えません')
      const version = values.version === undefined ? null : among(values.version, ['4', '6'], '--version')
      return {
        command: 'export',
        key: oneOf(rest, 'KEY'),
        what: values.secret === true ? 'secret' : values.revocation === true ? 'revocation' : 'certificate',
        version: version === null ? null : version === '4' ? 4 : 6,
        armored: values.binary !== true,
        output: values.output === undefined ? null : resolve(values.output),
      }
    },
  ],
  backup: ofFile('backup'),
  restore: ofFile('restore'),
  extend: [
    ['days', 'no-expiry'],
    (values, rest) => ({ command: 'extend', key: oneOf(rest, 'KEY'), days: daysOf(values, undefined) }),
  ],
  rotate: ofKey('rotate'),
  revoke: [
    ['reason', 'text'],
    (values, rest) => ({
      command: 'revoke',
      key: oneOf(rest, 'KEY'),
      reason: among(needed(values.reason, '--reason'), revocationReasons, '--reason'),
      text: values.text ?? '',
    }),
  ],
  'apply-revocation': ofFile('apply-revocation'),
  'add-user-id': [
    ['name', 'email'],
    (values, rest) => ({
      command: 'add-user-id',
      key: oneOf(rest, 'KEY'),
      name: needed(values.name, '--name 名前'),
      email: needed(values.email, '--email アドレス'),
    }),
  ],
  'revoke-user-id': [
    ['user-id'],
    (values, rest) => ({
      command: 'revoke-user-id',
      key: oneOf(rest, 'KEY'),
      userId: needed(values['user-id'], '--user-id ユーザーID'),
    }),
  ],
  confirm: [
    ['undo'],
    (values, rest) => ({
      command: 'confirm',
      fingerprint: wholeFingerprint(rest.join('')),
      confirmed: values.undo !== true,
    }),
  ],
  remove: ofKey('remove'),
  passphrase: bare('passphrase'),
}

function fromGnupg(values: Values, rest: readonly string[]): Own {
  if (values.all === true) none(rest)
  else if (rest.length === 0) throw new UsageError('指紋か --all を指定してください（libral keys gnupg で一覧します）')
  const fingerprints = values.all === true ? ('all' as const) : rest.map(wholeFingerprint)
  return { command: 'import-gnupg', fingerprints, secret: values.secret ?? false }
}

/** Also in groups, as it is shown. */
function wholeFingerprint(text: string): string {
  const digits = text.replaceAll(/[\s:]/g, '').replace(/^0x/i, '').toLowerCase()
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(digits)) throw new UsageError('指紋を全桁（40桁か64桁）で指定してください')
  return digits
}

function daysOf(values: Values, usual: number | undefined): number | null {
  if (values.days !== undefined && values['no-expiry'] === true)
    throw new UsageError('--days と --no-expiry は一緒に使えません')
  if (values['no-expiry'] === true) return null
  if (values.days !== undefined) return daysIn(values.days)
  if (usual === undefined) throw new UsageError('--days か --no-expiry を指定してください')
  return usual
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined || value.trim() === '') throw new UsageError(`${name} を指定してください`)
  return value
}

function among<T extends string>(value: string, all: readonly T[], name: string): T {
  const found = all.find((it) => it === value)
  if (found === undefined) throw new UsageError(`${name} は ${all.join('、')} のどれかです`)
  return found
}
