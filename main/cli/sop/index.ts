import { armored, dearmored } from '../../vault/openpgp/armor.ts'
import type { ByteReader } from '../../vault/openpgp/byte-reader.ts'
import { kindOf, reading } from '../../vault/stateless/inline.ts'
import { parseSop, type SopArguments, type Subcommand } from './arguments.ts'
import { decrypt, encrypt } from './encrypting.ts'
import { SopError, sopErrorOf, sopExitCodes } from './failure.ts'
import { extractCert, generateKey, listProfiles, version } from './keys.ts'
import { inlineDetach, inlineSign, inlineVerify, sign, verify } from './signing.ts'
import { type SopStreams, sendAll, standardStreams } from './streams.ts'

const usage = `使い方: libral sop サブコマンド …（Stateless OpenPGP、draft-dkg-openpgp-stateless-cli）

  保管庫を使わず、渡された鍵とデータだけで動きます。データは標準入力から読み、標準出力に書きます。

  version [--backend | --extended | --sop-spec | --sopv]
  list-profiles SUBCOMMAND
  generate-key [--no-armor] [--with-key-password=PASSWORD] [--signing-only] [--profile=PROFILE] [USERID…]
  extract-cert [--no-armor]
  sign [--no-armor] [--as=binary|text] [--micalg-out=MICALG] [--with-key-password=PASSWORD…] KEYS…
  verify [--not-before=DATE] [--not-after=DATE] SIGNATURES CERTS…
  encrypt [--no-armor] [--as=binary|text] [--with-password=PASSWORD…] [--sign-with=KEYS…]
          [--with-key-password=PASSWORD…] [--profile=PROFILE] [--session-key-out=SESSIONKEY] [CERTS…]
  decrypt [--session-key-out=SESSIONKEY] [--with-session-key=SESSIONKEY…] [--with-password=PASSWORD…]
          [--with-key-password=PASSWORD…] [--verify-with=CERTS… --verifications-out=VERIFICATIONS
          [--verify-not-before=DATE] [--verify-not-after=DATE]] [KEYS…]
  inline-sign [--no-armor] [--as=binary|text|clearsigned] [--with-key-password=PASSWORD…] KEYS…
  inline-verify [--not-before=DATE] [--not-after=DATE] [--verifications-out=VERIFICATIONS] CERTS…
  inline-detach [--no-armor] --signatures-out=SIGNATURES
  armor
  dearmor

  大文字の引数はファイルの名前です。@ENV:名前 は環境変数、@FD:番号 は開いているファイル記述子を指します。
  パスワードもファイルなどで渡し、引数そのものには書きません。既にあるファイルには書き込みません。

終了コード:
${Object.entries(sopExitCodes)
  .map(([name, code]) => `  ${String(code).padStart(3)}  ${name}`)
  .join('\n')}
`

const commands: Readonly<Record<Subcommand, (given: SopArguments, streams: SopStreams) => Promise<void>>> = {
  version,
  'list-profiles': listProfiles,
  'generate-key': generateKey,
  'extract-cert': extractCert,
  sign,
  verify,
  encrypt,
  decrypt,
  'inline-detach': inlineDetach,
  'inline-verify': inlineVerify,
  'inline-sign': inlineSign,
  armor,
  dearmor,
}

/** @param args what follows `libral sop`. @returns the exit code of the specification */
export async function runSop(args: readonly string[], streams = standardStreams): Promise<number> {
  if (args[0] === '--help' || args[0] === '-h' || args[0] === 'help') {
    await streams.send(Buffer.from(usage))
    return 0
  }
  try {
    const given = parseSop(args)
    await commands[given.subcommand](given, streams)
    return 0
  } catch (thrown) {
    const { code, message } = sopErrorOf(thrown)
    process.stderr.write(`libral sop: ${code}: ${message}\n`)
    return sopExitCodes[code]
  }
}

async function armor({ rest }: SopArguments, streams: SopStreams): Promise<void> {
  noneOf(rest)
  const reader = reading(streams.input)
  const found = await kindOf(reader)
  if (found === null) throw new SopError('BAD_DATA', 'OpenPGP のデータではありません')
  const bytes = piecesOf(reader)
  await sendAll(found.kind === 'armored' ? bytes : armored(found.kind, bytes, found.older), streams)
}

async function dearmor({ rest }: SopArguments, streams: SopStreams): Promise<void> {
  noneOf(rest)
  const reader = reading(streams.input)
  if ((await kindOf(reader)) === null) throw new SopError('BAD_DATA', 'OpenPGP のデータではありません')
  await sendAll(dearmored(piecesOf(reader)), streams)
}

function noneOf(rest: readonly string[]): void {
  if (rest.length > 0) throw new SopError('UNSUPPORTED_OPTION', rest.join(' '))
}

async function* piecesOf(reader: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  for (let part = await reader.some(2 ** 18); part !== null; part = await reader.some(2 ** 18)) yield part
}
