import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Listen } from './transport/listen.ts'

export interface StandaloneOptions {
  readonly directory: string
  readonly listen: readonly Listen[]
  readonly httpPort: number | undefined
  readonly name: string | undefined
  /** Print a code for an administrator though somebody is in charge: every token was lost. */
  readonly recoveryCode: boolean
}

export const usage = `使い方: npm run backend -- [--data DIR] [--listen unix:PATH|HOST:PORT]… [--http PORT] [--name NAME] [--new-code]

  --data DIR     データの置き場所（LIBRAL_DATA、既定 ~/.local/share/libral-core）
  --listen …     待ち受ける場所。複数可（LIBRAL_LISTEN、既定 unix:<data>/run/core.sock）
  --http PORT    127.0.0.1 で /health/live /health/ready /metrics /openapi.json を出す（LIBRAL_HTTP、既定はなし）
  --name NAME    配備の名前。最初の起動でだけ使う
  --new-code     管理者が誰もサインインできないとき、復旧用のコードを発行する（記録に残る）
`

/** What was wrong with an argument, in words for the person at the terminal. */
export class UsageError extends Error {}

/** @throws UsageError */
export const parseOptions = (args: readonly string[], env: NodeJS.ProcessEnv): StandaloneOptions => {
  const { data, listen, http, name, 'new-code': recoveryCode = false } = parse(args)
  const directory = resolve(data ?? env['LIBRAL_DATA'] ?? defaultDirectory(env))
  const places = listen ?? env['LIBRAL_LISTEN']?.split(',') ?? [`unix:${join(directory, 'run', 'core.sock')}`]
  const port = http ?? env['LIBRAL_HTTP']
  return {
    directory,
    listen: places.map(parseListen),
    httpPort: port === undefined || port === '' ? undefined : parsePort(port),
    name,
    recoveryCode,
  }
}

const parse = (args: readonly string[]) => {
  const option = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: option,
        listen: { type: 'string', multiple: true },
        http: option,
        name: option,
        'new-code': { type: 'boolean' },
      },
    }).values
  } catch (refusal) {
    throw new UsageError(refusal instanceof Error ? refusal.message : '引数が読めません')
  }
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
export const reachable = (listen: readonly Listen[]): boolean =>
  listen.some((target) => target.kind === 'address' && !loopback.test(target.host))
