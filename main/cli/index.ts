import { join } from 'node:path'
import { type ErrorCode, type Failure, failureOf } from '#protocol/errors.ts'
import { type CopyRequest, parseRequest, UsageError, usage } from './arguments.ts'
import { custodyAreas } from './custody-arguments.ts'
import { type CopyInfo, runCommand } from './run-command.ts'
import { copyKeyFile, openKeyFile } from './storage-key-file.ts'

/** Entry of `libral`. Exit codes follow sysexits.h. */
const exitCodes: Partial<Record<ErrorCode, number>> = {
  'backup.not-a-backup': 65,
  'log.broken': 65,
  'backup.target-exists': 73,
  'storage.full': 74,
  'storage.locked': 75,
  'storage.unavailable': 69,
  'storage.refused': 77,
  'storage.unreadable': 77,
  'backup.wrong-key': 77,
}
const exitUsage = 64

const explanations: Partial<Record<ErrorCode, string>> = {
  'backup.not-a-backup': 'バックアップのファイルではないか、FILE.keys がありません。',
  'log.broken': '記録のルートが一致しません。このデータは壊れています。',
  'backup.target-exists': '既にあるものには書き込みません。別の場所を指定してください。',
  'storage.full': '空き容量が足りません。途中のものは残していません。',
  'storage.locked': 'データは別の処理が使っています。しばらくしてから、もう一度実行してください。',
  'storage.unreadable': 'データまたは鍵のファイルを開けません。--data と --key を確かめてください。',
  'storage.unavailable': 'データベースに接続できません。もう一度実行すると、続きから移します。',
  'storage.refused': 'データベースに接続を拒否されました。接続先、利用者名、パスワード、権限を確かめてください。',
  'backup.wrong-key': 'このバックアップは別の鍵で暗号化されています。--key で鍵のファイルを指定してください。',
}

const sealed = 'この配備の鍵は、キーチェーンかパスフレーズで保護され、アプリだけが開けます。ここからは写せません。'
const exitSealed = 77

/** The key exists, but only the app can open it. */
const isSealed = ({ code, params }: Failure): boolean =>
  code === 'storage.locked' && (params['reason'] === 'keychain' || params['reason'] === 'passphrase')

const explained = (failure: Failure): string =>
  isSealed(failure) ? sealed : (explanations[failure.code] ?? `失敗しました: ${failure.code}`)

async function copy(request: CopyRequest): Promise<CopyInfo> {
  const { command, directory, file, database } = request
  const { path, key } = openKeyFile(directory, request.keyFile)
  const order = { command, directory, file, key: Buffer.from(key).toString('base64url'), ...(database && { database }) }
  const info = await runCommand(join(import.meta.dirname, 'backend-commands.js'), order)
  if (command === 'restore') await copyKeyFile(path, directory)
  return info
}

async function main(args: readonly string[]): Promise<number> {
  if (custodyAreas.includes(args[0] ?? '')) {
    const { runCustody } = await import('./custody.ts')
    return runCustody(args, [process.execPath, join(import.meta.dirname, 'pkcs11-process.js')])
  }
  const request = requestOf(args)
  if (typeof request === 'number') return request
  try {
    const info = await copy(request)
    say(request, { ok: true, ...info }, `${request.file}\n記録 ${info.head.size} 件  ルート ${info.head.root}`)
    return 0
  } catch (thrown) {
    const failure = failureOf(thrown)
    say(request, { ok: false, ...failure }, explained(failure))
    return isSealed(failure) ? exitSealed : (exitCodes[failure.code] ?? 1)
  }
}

function requestOf(args: readonly string[]): CopyRequest | number {
  try {
    const request = parseRequest(args)
    if (request !== 'help') return request
    process.stdout.write(usage)
    return 0
  } catch (refusal) {
    if (!(refusal instanceof UsageError)) throw refusal
    process.stderr.write(`${refusal.message}\n\n${usage}`)
    return exitUsage
  }
}

function say(request: CopyRequest, answer: { readonly ok: boolean }, words: string): void {
  const stream = answer.ok || request.json ? process.stdout : process.stderr
  stream.write(`${request.json ? JSON.stringify(answer) : words}\n`)
}

process.exitCode = await main(process.argv.slice(2))
