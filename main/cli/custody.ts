import { writeFile } from 'node:fs/promises'
import { LibralError } from '#protocol/errors.ts'
import { withAgent } from '../vault/hardware/agent-socket.ts'
import { readCard } from '../vault/hardware/card-channel.ts'
import type { CardStatus } from '../vault/hardware/card-data.ts'
import { Pkcs11Client } from '../vault/hardware/pkcs11-client.ts'
import { listTokens } from '../vault/hardware/pkcs11-keys.ts'
import { certificatesIn } from '../vault/wkd/certificate-file.ts'
import { lookUp } from '../vault/wkd/lookup.ts'
import { publishTree } from '../vault/wkd/publish.ts'
import type { Area, Said } from './area.ts'
import { type CustodyRequest, custodyUsage, parseCustody } from './custody-arguments.ts'

/** `libral card|token|wkd`. Nothing here asks for a PIN. `pkcs11`: the Node and the program that hold a library. */
export const custodyArea = (pkcs11?: readonly [string, string]): Area<CustodyRequest> => ({
  usage: custodyUsage,
  parse: parseCustody,
  perform: (request) => perform(request, pkcs11),
})

async function perform(request: CustodyRequest, pkcs11?: readonly [string, string]): Promise<Said> {
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

async function tokens(module: string, command?: readonly [string, string]): Promise<Said> {
  const client = new Pkcs11Client({ module, ...(command && { command }) })
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
