import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type PaymentSettings, paymentSettingsSchema } from './modules/payments/adapters.ts'
import { parseRedisUrl, type RedisAddress } from './redis/address.ts'
import type { Listen } from './transport/listen.ts'
import { blockListOf, type PeerRules } from './transport/peers.ts'
import type { TlsFiles } from './transport/tls.ts'

export interface StandaloneOptions {
  readonly directory: string
  readonly listen: readonly Listen[]
  /** PostgreSQL, shared with other instances; absent: an encrypted file under `directory`. */
  readonly database: { readonly url: string; readonly logKeyFile: string; readonly instance?: string } | undefined
  readonly redis: { readonly address: RedisAddress; readonly prefix: string } | undefined
  readonly tls: TlsFiles | undefined
  readonly peers: PeerRules
  /** WebSocket connections at most. */
  readonly connections: number | undefined
  readonly name: string | undefined
  /** Holds the Web Key Directory that `libral wkd publish` made. */
  readonly wkd: string | undefined
  /** The payment providers with their keys. */
  readonly payments: PaymentSettings | undefined
  /** Checkpoint and hash tiles for anybody. */
  readonly openTree: boolean
  /** Print a code for an administrator though somebody is in charge: every token was lost. */
  readonly recoveryCode: boolean
  /** Replace the key of the log, and end. */
  readonly replaceLogKey: boolean
}

export const usage = `使い方: npm run backend -- [--data DIR] [--listen unix:PATH|HOST:PORT]… [--name NAME] …

  --data DIR            データの置き場所（LIBRAL_DATA、既定 ~/.local/share/libral-core）
  --listen …            待ち受ける場所。複数可。WebSocketとHTTPを同じ場所で受ける
                        （LIBRAL_LISTEN、既定 unix:<data>/run/core.sock、PostgreSQL使用時は 127.0.0.1:5000）
  --wkd DIR             libral wkd publish が作った公開鍵を配る（LIBRAL_WKD）
  --open-tree           監査ログのチェックポイントとハッシュを、トークンなしで読めるようにする（項目の内容は含まない。
                        LIBRAL_OPEN_TREE=1）
  --name NAME           配備の名前。最初の起動でだけ使う
  --new-code            管理者が誰もサインインできないとき、復旧用のコードを発行する（記録に残る）
  --replace-log-key     記録の鍵を取り替えて終わる（PostgreSQL使用時。新旧の鍵で署名し、記録に残る）
  --tls-cert FILE --tls-key FILE
                        TLSの証明書と鍵（PEM）。更新は自動で読み直す（LIBRAL_TLS_CERT、LIBRAL_TLS_KEY）
  --trusted-proxy CIDR  X-Forwarded-For と X-Forwarded-Proto を信じるプロキシ。複数可（LIBRAL_TRUSTED_PROXY）
  --metrics-from CIDR   /metrics を読んでよい相手。複数可（LIBRAL_METRICS_FROM、既定はループバックだけ）
  --allow-plaintext     他の機械からのTLSなしの接続を許す（LIBRAL_ALLOW_PLAINTEXT=1、勧めない）
  --connections N       接続の上限（LIBRAL_CONNECTIONS、既定 10000）

  LIBRAL_DATABASE_URL   PostgreSQLを使う（postgres://…）。複数のインスタンスで共有できる
  LIBRAL_LOG_KEY_FILE   配備の鍵のファイル（既定 <data>/log.key）。全インスタンスで同じもの
  LIBRAL_INSTANCE       このインスタンスの名前（既定 ホスト名）。重ならないこと
  LIBRAL_REDIS_URL      Redisを使う（redis://…）。なくても動く。Sentinelに主を尋ねるときは
                        redis+sentinel://:パスワード@HOST:PORT,HOST:PORT/名前
  LIBRAL_REDIS_PREFIX   Redis上の名前の先頭（既定 libral）
  LIBRAL_PAYMENTS_FILE  決済サービスの鍵と接続先（JSON、本人だけが読めるファイル。形は docs/payment-providers.md）
  LIBRAL_DATABASE_URL_FILE、LIBRAL_REDIS_URL_FILE  URLをファイルから読む
`

/** What was wrong with an argument, in words for the person at the terminal. */
export class UsageError extends Error {}

/** @throws UsageError */
export const parseOptions = (args: readonly string[], env: NodeJS.ProcessEnv): StandaloneOptions => {
  const given = parse(args)
  const directory = resolve(given.data ?? env['LIBRAL_DATA'] ?? defaultDirectory(env))
  const database = databaseOf(env, directory)
  const fallback = database ? '127.0.0.1:5000' : `unix:${join(directory, 'run', 'core.sock')}`
  const places = given.listen ?? listOf(env['LIBRAL_LISTEN']) ?? [fallback]
  const options = {
    directory,
    listen: places.map(parseListen),
    database,
    redis: redisOf(env),
    tls: tlsOf(given['tls-cert'] ?? env['LIBRAL_TLS_CERT'], given['tls-key'] ?? env['LIBRAL_TLS_KEY']),
    peers: peersOf(given, env),
    connections: countOf(given.connections ?? env['LIBRAL_CONNECTIONS']),
    name: given.name,
    wkd: folderOf(given.wkd ?? env['LIBRAL_WKD']),
    payments: paymentsOf(env['LIBRAL_PAYMENTS_FILE']),
    openTree: given['open-tree'] ?? env['LIBRAL_OPEN_TREE'] === '1',
    recoveryCode: given['new-code'] ?? false,
    replaceLogKey: given['replace-log-key'] ?? false,
  }
  const { tls, peers } = options
  if (reachable(options.listen) && !tls && !peers.plaintext && peers.proxies.length === 0) {
    throw new UsageError(
      '他の機械から届く場所で待ち受けるには、--tls-cert と --tls-key、または --trusted-proxy が必要です。',
    )
  }
  if (options.replaceLogKey && !database) throw new UsageError('--replace-log-key は PostgreSQL を使うときだけです。')
  return options
}

const parse = (args: readonly string[]) => {
  const option = { type: 'string' } as const
  const many = { type: 'string', multiple: true } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{
          data: option,
          wkd: option,
          name: option,
          connections: option,
          'tls-cert': option,
          'tls-key': option,
        },
        ...{ listen: many, 'trusted-proxy': many, 'metrics-from': many },
        ...{ 'new-code': flag, 'replace-log-key': flag, 'allow-plaintext': flag, 'open-tree': flag },
      },
    }).values
  } catch (refusal) {
    throw new UsageError(refusal instanceof Error ? refusal.message : '引数が読めません')
  }
}

/** Keys of money lie in it: nobody else may read it. */
const paymentsOf = (file: string | undefined): PaymentSettings | undefined => {
  if (file === undefined || file === '') return undefined
  const refuse = (why: string): never => {
    throw new UsageError(`LIBRAL_PAYMENTS_FILE ${file}: ${why}`)
  }
  let content: unknown
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      return refuse('ほかの人が読めます。chmod 600 にしてください。')
    }
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (refusal) {
    if (refusal instanceof UsageError) throw refusal
    return refuse('読めないか、JSONではありません。')
  }
  const read = paymentSettingsSchema.safeParse(content)
  return read.success ? read.data : refuse(`形が違います（${read.error.issues[0]?.path.join('.') ?? ''}）。`)
}

const folderOf = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : resolve(text)

const listOf = (text: string | undefined): string[] | undefined =>
  text === undefined || text === '' ? undefined : text.split(',').map((one) => one.trim())

const databaseOf = (env: NodeJS.ProcessEnv, directory: string): StandaloneOptions['database'] => {
  const url = secretOf(env, 'LIBRAL_DATABASE_URL')
  if (url === undefined) return undefined
  if (!/^postgres(ql)?:\/\//.test(url)) throw new UsageError('LIBRAL_DATABASE_URL は postgres://… の形です。')
  const instance = env['LIBRAL_INSTANCE']
  if (instance !== undefined && !/^[a-z0-9][a-z0-9.-]{0,62}$/i.test(instance)) {
    throw new UsageError('LIBRAL_INSTANCE は英数字と . - の63文字までです。')
  }
  const logKeyFile = resolve(env['LIBRAL_LOG_KEY_FILE'] ?? join(directory, 'log.key'))
  return { url, logKeyFile, ...(instance !== undefined && { instance }) }
}

const redisOf = (env: NodeJS.ProcessEnv): StandaloneOptions['redis'] => {
  const url = secretOf(env, 'LIBRAL_REDIS_URL')
  if (url === undefined) return undefined
  const address = parseRedisUrl(url)
  if (!address)
    throw new UsageError(
      'LIBRAL_REDIS_URL は redis://… か redis+sentinel://:パスワード@HOST:PORT,HOST:PORT/名前 の形です。',
    )
  return { address, prefix: env['LIBRAL_REDIS_PREFIX'] ?? 'libral' }
}

/** A URL with a password, from the environment or from the file that it names. */
const secretOf = (env: NodeJS.ProcessEnv, name: string): string | undefined => {
  const file = env[`${name}_FILE`]
  if (file === undefined || file === '') return env[name] === '' ? undefined : env[name]
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new UsageError(`${name}_FILE を読めません: ${file}`)
  }
}

const tlsOf = (certificate: string | undefined, key: string | undefined): TlsFiles | undefined => {
  if (!certificate && !key) return undefined
  if (!certificate || !key) throw new UsageError('--tls-cert と --tls-key は両方が必要です。')
  return { certificate: resolve(certificate), key: resolve(key) }
}

const peersOf = (given: ReturnType<typeof parse>, env: NodeJS.ProcessEnv): PeerRules => {
  const proxies = given['trusted-proxy'] ?? listOf(env['LIBRAL_TRUSTED_PROXY']) ?? []
  const metrics = given['metrics-from'] ?? listOf(env['LIBRAL_METRICS_FROM']) ?? []
  const plaintext = given['allow-plaintext'] ?? env['LIBRAL_ALLOW_PLAINTEXT'] === '1'
  try {
    blockListOf([...proxies, ...metrics])
  } catch (refusal) {
    throw new UsageError(`ネットワークではありません: ${refusal instanceof Error ? refusal.message : ''}`)
  }
  return { proxies, metrics, plaintext }
}

const countOf = (text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError(`数ではありません: ${text}`)
  return Number(text)
}

const defaultDirectory = (env: NodeJS.ProcessEnv): string =>
  join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'libral-core')

const parsePort = (text: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new UsageError(`ポート番号ではありません: ${text}`)
  return port
}

/** `unix:PATH`, `HOST:PORT`, `[v6]:PORT` */
export const parseListen = (text: string): Listen => {
  if (text.startsWith('unix:')) return { kind: 'pipe', path: resolve(text.slice('unix:'.length)) }
  if (text.startsWith('\\\\.\\pipe\\')) return { kind: 'pipe', path: text }
  const found = /^(?:\[([0-9A-Fa-f:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text)
  const host = found?.[1] ?? found?.[2]
  if (!host)
    throw new UsageError(`待ち受ける場所ではありません: ${text}（例 unix:/run/libral/core.sock、127.0.0.1:7443）`)
  return { kind: 'address', host, port: parsePort(found?.[3] ?? '') }
}

const loopback = /^(127(\.\d{1,3}){3}|::1|localhost)$/

/** Addresses that other machines can reach. */
const reachable = (listen: readonly Listen[]): boolean =>
  listen.some((target) => target.kind === 'address' && !loopback.test(target.host))
