import { writeFile } from 'node:fs/promises'
import { type ErrorCode, failureOf, LibralError } from '#protocol/errors.ts'
import { withAgent } from '../vault/hardware/agent-socket.ts'
import { readCard } from '../vault/hardware/card-channel.ts'
import type { CardStatus } from '../vault/hardware/card-data.ts'
import { Pkcs11Client } from '../vault/hardware/pkcs11-client.ts'
import { listTokens } from '../vault/hardware/pkcs11-keys.ts'
import { certificatesIn } from '../vault/wkd/certificate-file.ts'
import { lookUp } from '../vault/wkd/lookup.ts'
import { publishTree } from '../vault/wkd/publish.ts'
import { UsageError } from './arguments.ts'
import { type CustodyRequest, custodyUsage, parseCustody } from './custody-arguments.ts'

const exitCodes: Partial<Record<ErrorCode, number>> = {
  'wkd.address-invalid': 64,
  'wkd.malformed': 65,
  'openpgp.malformed': 65,
  'wkd.not-found': 66,
  'wkd.no-host': 66,
  'wkd.other-address': 66,
  'openpgp.read-failed': 66,
  'hardware.no-daemon': 69,
  'hardware.no-card': 69,
  'hardware.module-missing': 69,
  'wkd.write-failed': 73,
  'hardware.card-busy': 75,
  'hardware.timed-out': 75,
  'wkd.unreachable': 75,
  'wkd.timed-out': 75,
  'wkd.untrusted': 77,
}

const explanations: Partial<Record<ErrorCode, string>> = {
  'hardware.no-daemon': 'gpg-agent か scdaemon がありません。GnuPG を導入してください。',
  'hardware.no-card': 'カードが挿さっていません。',
  'hardware.card-unreadable': 'OpenPGPカードとして読めません。',
  'hardware.module-missing': 'PKCS#11ライブラリを読み込めません。',
  'hardware.module-crashed': 'PKCS#11ライブラリが異常終了しました。',
  'hardware.module-hung': 'PKCS#11ライブラリが応答しません。',
  'openpgp.malformed': '証明書として読めません。',
  'openpgp.read-failed': 'ファイルを読めません。',
  'wkd.address-invalid': 'メールアドレスの形が正しくありません。',
  'wkd.no-host': 'このドメインには鍵の公開場所（WKD）がありません。',
  'wkd.not-found': 'このアドレスの鍵は公開されていません。',
  'wkd.other-address': '公開されている鍵は別のアドレスのものです。取り込んでいません。',
  'wkd.malformed': '公開されているデータが鍵として読めません。',
  'wkd.untrusted': 'サーバー証明書を信頼できません。鍵は取り込んでいません。',
  'wkd.unreachable': '公開場所につながりません。',
  'wkd.timed-out': '公開場所から時間内に応答がありませんでした。',
  'wkd.too-large': '公開場所からの応答が大きすぎます。',
  'wkd.write-failed': 'ファイルを書き込めません。',
}

interface Said {
  readonly result: unknown
  readonly words: string
}

/**
 * Runs one command of `libral card|token|wkd`. Nothing here asks for a PIN.
 * @param pkcs11 the Node and the program that hold a PKCS#11 library
 * @returns the exit code (sysexits.h)
 */
export async function runCustody(args: readonly string[], pkcs11: readonly [string, string]): Promise<number> {
  const request = requestOf(args)
  if (typeof request === 'number') return request
  try {
    const { result, words } = await perform(request, pkcs11)
    process.stdout.write(`${request.json ? JSON.stringify({ ok: true, ...Object(result) }) : words}\n`)
    return 0
  } catch (thrown) {
    const failure = failureOf(thrown)
    const words = explanations[failure.code] ?? `失敗しました: ${failure.code}`
    if (request.json) process.stdout.write(`${JSON.stringify({ ok: false, ...failure })}\n`)
    else process.stderr.write(`${words}\n`)
    return exitCodes[failure.code] ?? 1
  }
}

function requestOf(args: readonly string[]): CustodyRequest | number {
  try {
    const request = parseCustody(args)
    if (request !== 'help') return request
    process.stdout.write(custodyUsage)
    return 0
  } catch (refusal) {
    if (!(refusal instanceof UsageError)) throw refusal
    process.stderr.write(`${refusal.message}\n\n${custodyUsage}`)
    return 64
  }
}

async function perform(request: CustodyRequest, pkcs11: readonly [string, string]): Promise<Said> {
  switch (request.command) {
    case 'card status': {
      const card = await withAgent({}, readCard)
      return { result: { card }, words: cardWords(card) }
    }
    case 'token list':
      return tokens(request.module, pkcs11)
    case 'wkd lookup':
      return lookedUp(request.address, request.output)
    case 'wkd publish': {
      const keys = (await Promise.all(request.files.map(certificatesIn))).flat()
      const files = await publishTree(request.to, keys, request.domain, request.method)
      return { result: { files }, words: files.join('\n') }
    }
  }
}

const touchWords = { off: 'タッチ不要', on: 'タッチ必要', fixed: 'タッチ必要（固定）', unknown: '' }

const cardWords = ({ number, version, holder, tries, signatures, keys }: CardStatus): string =>
  [
    `カード ${number}（OpenPGP ${version}）${holder && ` ${holder}`}`,
    `PIN の残り  利用者 ${tries.pin}  リセットコード ${tries.resetCode}  管理者 ${tries.adminPin}`,
    `署名の回数  ${signatures}`,
    ...keys.map((it) => {
      const use = { 1: '署名', 2: '暗号', 3: '認証' }[it.slot]
      return it.present ? `${use}  ${it.algorithm}  ${it.fingerprint ?? '—'}  ${touchWords[it.touch]}` : `${use}  なし`
    }),
  ].join('\n')

async function tokens(module: string, command: readonly [string, string]): Promise<Said> {
  const client = new Pkcs11Client({ module, command })
  try {
    const found = await listTokens(client)
    const words = found.map((it) => `${it.slot}  ${it.label || '（未初期化）'}  ${it.manufacturer}  ${it.serial}`)
    return { result: { tokens: found }, words: words.join('\n') || 'トークンがありません' }
  } finally {
    await client.stop()
  }
}

async function lookedUp(address: string, output: string | null): Promise<Said> {
  const { certificates, method, host } = await lookUp(address)
  if (output !== null)
    await writeFile(output, Buffer.concat(certificates.map((it) => it.write() as Uint8Array))).catch((cause) => {
      throw new LibralError('wkd.write-failed', {}, { cause })
    })
  const shown = certificates.map((it) => ({ fingerprint: it.getFingerprint(), userIds: it.getUserIDs() }))
  const words = shown.map((it) => `${it.fingerprint}  ${it.userIds.join(', ')}`)
  return { result: { method, host, certificates: shown }, words: [`${host}（未確認の鍵）`, ...words].join('\n') }
}
