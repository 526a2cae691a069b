import { LibralError } from '#protocol/errors.ts'
import { type Backend, replaceLogKey, startBackend, version } from './host.ts'
import { levelOf, openJournal } from './journal.ts'
import { endAtLatest, endOnUncaught, unforeseen } from './process-end.ts'
import { parseOptions, type StandaloneOptions, UsageError, usage } from './standalone-options.ts'
import { openStorageKey } from './storage-key.ts'
import { traceOf } from './transport/failure.ts'

/** Entry of `npm run backend`: Libral Core as a process of its own, until SIGTERM or SIGINT. */

/** EX_USAGE and EX_TEMPFAIL of sysexits.h. */
const exitUsage = 64
const exitBusy = 75

const log = openJournal(levelOf(process.env['LIBRAL_LOG']))

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** A failed start in words that say what to do. */
const explain = (thrown: unknown, { directory, database }: StandaloneOptions): string => {
  if (!(thrown instanceof LibralError)) return '起動できませんでした。標準エラー出力の記録を見てください。'
  const { reason, instance } = thrown.params
  if (thrown.code === 'storage.locked' && reason === 'instance-name') {
    return `同じ名前のインスタンスが動いています: ${instance}。LIBRAL_INSTANCE をほかと重ならない名前にしてください。`
  }
  if (thrown.code === 'storage.locked') {
    return reason === 'not-a-socket'
      ? '待ち受けるパスに、ソケットではないファイルがあります。--listen で別の場所を指定してください。'
      : `このデータまたはソケットは、別の Libral Core が使っています: ${directory}`
  }
  if (thrown.code === 'storage.unreadable' && reason === 'readable-by-others') {
    const keyFile = database?.logKeyFile ?? `${directory}/core.key`
    return `鍵のファイルを他の利用者が読めます。chmod 600 ${keyFile} を実行してください。`
  }
  if (thrown.code === 'storage.unreadable' && database && reason === 'missing') {
    return `データベースには記録がありますが、配備の鍵がありません。1台目の鍵のファイルを ${database.logKeyFile} に写してください。`
  }
  if (thrown.code === 'storage.unreadable' && reason === 'certificate') {
    return '--tls-cert と --tls-key のファイルを読めないか、組になっていません。'
  }
  if (thrown.code === 'storage.unavailable')
    return 'PostgreSQLに接続できません。LIBRAL_DATABASE_URL を確かめてください。'
  if (thrown.code === 'storage.refused') {
    return `PostgreSQLの設定では、記録を失うおそれがあります: ${thrown.params['reason']} = ${thrown.params['setting']}`
  }
  if (thrown.code === 'storage.unreadable' && reason === 'restoring') {
    return `復元の途中で止まっています。libral backend restore をもう一度実行してください: ${directory}`
  }
  if (thrown.code === 'log.broken' && reason === 'restored') {
    return 'この記録は復元されて別の配備IDになっています。復元で作られた鍵のファイルを LIBRAL_LOG_KEY_FILE に置いてください。'
  }
  if (thrown.code === 'storage.unreadable') return `データを開けません（鍵が違うか、壊れています）: ${directory}`
  if (thrown.code === 'log.broken' && reason === 'key-replaced') {
    return '記録の鍵は取り替えられています。新しい鍵のファイルを LIBRAL_LOG_KEY_FILE に置いてください。'
  }
  if (thrown.code === 'storage.newer-version') return 'このデータは、より新しい版の Libral Core で作られています。'
  if (thrown.code === 'input.too-large')
    return 'ソケットのパスが長すぎます。--listen unix:PATH で短いパスを指定してください。'
  return `起動できませんでした: ${thrown.code}`
}

/** Written at once: whoever waits for the address finds the code beside it. */
const announce = (backend: Backend): void => {
  const lines = [`Libral Core ${version}`, `配備 ${backend.deployment}`]
  for (const address of backend.addresses) lines.push(`接続先 ${address}`)
  if (backend.firstCode !== undefined) {
    const { code, reason, expiresAt } = backend.firstCode
    lines.push(
      reason === 'first' ? '最初の管理者のためのコードです。' : '復旧用のコードです。発行したことは記録に残ります。',
      `一度だけ表示し、一度だけ使えます。期限 ${new Date(expiresAt).toISOString()}`,
      `コード ${code}`,
    )
  }
  say(lines.join('\n'))
}

const drainAndExit = async (starting: Promise<Backend>, reason: string, exitCode: number): Promise<void> => {
  log.info('standalone.draining', { reason })
  endAtLatest(exitCode)
  try {
    await (await starting).stop()
    process.exit(exitCode)
  } catch (thrown) {
    log.error('standalone.drain-failed', traceOf(thrown))
    process.exit(1)
  }
}

const run = async (options: StandaloneOptions): Promise<void> => {
  const { directory, listen, name, recoveryCode, tls, peers, connections, wkd, openTree, payments } = options
  if (peers.plaintext) log.warn('standalone.plaintext-allowed')
  const redis = options.redis && (await import('./redis/index.ts')).openRedis({ ...options.redis, log })
  const { database } = options
  if (options.replaceLogKey && database) {
    await replaceLogKey({ directory, listen, log, peers, mode: 'standalone', database })
    say(`記録の鍵を取り替えました: ${database.logKeyFile}`)
    say(
      'このファイルをすべてのインスタンスへ安全な経路で写し、起動し直してください。前の鍵は .previous に残っています。',
    )
    process.exit(0)
  }
  const starting: Promise<Backend> = startBackend({
    ...{ directory, listen, log, recoveryCode, peers, openTree, mode: 'standalone', web: true },
    failed: () => void drainAndExit(starting, 'module-failed', unforeseen),
    ...(database ? { database } : { storageKey: openStorageKey(directory) }),
    ...(redis && { redis }),
    ...(tls && { tls }),
    ...(connections !== undefined && { limits: { connections } }),
    ...(name !== undefined && { name }),
    ...(wkd !== undefined && { wkd }),
    ...(payments && { payments }),
  })
  const backend = await starting
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void drainAndExit(starting, signal, 0))
  }
  announce(backend)
}

const optionsOrEnd = (): StandaloneOptions => {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage)
    process.exit(0)
  }
  try {
    return parseOptions(process.argv.slice(2), process.env)
  } catch (refusal) {
    if (!(refusal instanceof UsageError)) throw refusal
    process.stderr.write(`${refusal.message}\n\n${usage}`)
    process.exit(exitUsage)
  }
}

// Whatever this process makes is for its user alone.
process.umask(0o077)
endOnUncaught(log)
const options = optionsOrEnd()
run(options).catch((thrown: unknown) => {
  const code = thrown instanceof LibralError ? thrown.code : 'internal.unexpected'
  log.error('standalone.start-failed', { code, ...traceOf(thrown) })
  process.stderr.write(`${explain(thrown, options)}\n`)
  process.exit(code === 'storage.locked' ? exitBusy : 1)
})
