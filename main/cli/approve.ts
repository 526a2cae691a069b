import { writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import {
  approvalFileBytes,
  approverHere,
  fileText,
  readApprovalFile,
  signedVote,
  voteFileOf,
  voteOver,
} from '#main/approvals/files.ts'
import { verifyRequest } from '#main/approvals/verify-request.ts'
import { readBounded } from '#main/settings/bounded-file.ts'
import { approvalLimits } from '#protocol/approvals.ts'
import { LibralError } from '#protocol/errors.ts'
import { plainText } from '../vault/ask/plain-text.ts'
import { shownKeyring } from '../vault/shown-keyring.ts'
import { sign } from '../vault/signing/sign.ts'
import type { Area, Said } from './area.ts'
import { readOptions, UsageError } from './arguments.ts'
import { type OpenVault, type VaultRequest, withUnlocked } from './open-vault.ts'
import { oneOf, vaultOptions, vaultRequest } from './vault-options.ts'

interface ApproveRequest extends VaultRequest {
  readonly file: string
  readonly output: string | null
  readonly purpose: 'approve' | 'reject'
  readonly reason: string
}

const usage = `使い方:
  libral approve FILE [--output FILE]
  libral approve FILE --reject --reason TEXT [--output FILE]

アプリから書き出した承認依頼を、ネットワークにつながっていない機械で確かめ、回答に署名します。
署名する内容を示してから尋ね、回答をファイルに書きます。そのファイルを、依頼を書き出したアプリの「承認」で取り込みます。

  --output FILE        回答の書き込み先（既定は依頼のファイルの隣）。上書きはしません
  --reject             承認せず、却下します
  --reason TEXT        却下の理由（${approvalLimits.reason}文字まで）。署名とともに記録に残ります
  --user-data-dir DIR  アプリのプロファイルの場所（既定はアプリと同じ）
  --passphrase-fd N    保管庫のパスフレーズを、端末の代わりにファイル記述子 N から読みます（--yes も必要です）
  --yes                端末で尋ねずに署名します
  --json               結果を JSON 1 行で出します

終了コード: 0 署名した  1 そのほかの失敗（期限切れなど）  64 引数の誤り、尋ねる端末がない  65 承認依頼として読めない、改ざん
            66 保管庫・ファイルがない  73 既にある、書き込めない  75 アプリが使用中  77 回答できる鍵がない、パスフレーズが違う
            130 取りやめた
`

/** `libral approve`: answers a proposal that came as a file, with no deployment at hand. */
export const approveArea = (pkcs11?: readonly [string, string]): Area<ApproveRequest> => ({
  usage,
  parse(args) {
    const { values, positionals } = readOptions(args, {
      ...vaultOptions,
      output: { type: 'string' },
      reject: { type: 'boolean' },
      reason: { type: 'string' },
    })
    if (values.help) return 'help'
    const file = resolve(oneOf(positionals, 'FILE'))
    const reason = (values.reason ?? '').trim()
    if (values.reject === true && reason === '') throw new UsageError('--reject には --reason TEXT が必要です')
    if (values.reject !== true && reason !== '') throw new UsageError('--reason は --reject と一緒に使います')
    const output = values.output === undefined ? null : resolve(values.output)
    const purpose = values.reject === true ? ('reject' as const) : ('approve' as const)
    return { ...vaultRequest(values), file, output, purpose, reason }
  },
  perform: (request) => perform({ ...request, ...(pkcs11 && { pkcs11 }) }),
})

async function perform(request: ApproveRequest): Promise<Said> {
  const found = readApprovalFile(
    await readBounded(request.file, approvalFileBytes, new LibralError('approvals.file-unreadable')),
  )
  if (found.what !== 'request') throw new LibralError('approvals.file-unreadable')
  const proposer = await verifyRequest(found.request)
  return withUnlocked(request, (opened) => answer(request, found.request, proposer, opened))
}

async function answer(
  { purpose, reason, file, output }: ApproveRequest,
  request: Parameters<typeof approverHere>[0],
  proposer: string | null,
  { vault }: OpenVault,
): Promise<Said> {
  const { entries } = await shownKeyring(vault)
  const known = new Map(
    entries.flatMap(({ own, certificates }) =>
      certificates.map(({ fingerprint }) => [fingerprint.toLowerCase(), own] as const),
    ),
  )
  const here = new Set([...known].filter(([, own]) => own).map(([fingerprint]) => fingerprint))
  const { operator, fingerprints } = approverHere(request, here)
  const statement = voteOver(request.command, { purpose, reason, operator }, Date.now(), request.expiresAt)
  const isKnown = proposer !== null && known.has(proposer)
  process.stderr.write(`${proposerWords(proposer, isKnown)}\n`)
  const { signatures: _, ...proposal } = request.command
  const signature = await sign(vault, {
    ...{ what: 'vote', vote: statement, proposal, fingerprints, now: statement.issuedAt },
    ...{ deployment: request.deployment, names: {} },
  })
  const target = output ?? beside(file, operator)
  await writeFile(target, fileText(voteFileOf(request.command, signedVote(statement, signature))), {
    flag: 'wx',
    mode: 0o644,
  }).catch((cause: NodeJS.ErrnoException) => {
    throw new LibralError(cause.code === 'EEXIST' ? 'openpgp.target-exists' : 'export.write-failed', {}, { cause })
  })
  const said = purpose === 'approve' ? '承認' : '却下'
  return {
    result: {
      ...{ file: target, id: request.command.statement.id, purpose, operator, key: signature.key },
      proposer: { key: proposer, known: isKnown },
    },
    words: `${said}に署名しました（${plainText(operator)}）\n回答  ${target}\n依頼を書き出したアプリの「承認」で取り込んでください。`,
  }
}

const proposerWords = (proposer: string | null, known: boolean): string => {
  if (proposer === null) return '依頼した人の署名は、このファイルだけでは確かめられません（証明書が入っていません）。'
  return known
    ? `依頼した人の署名を、この保管庫にある証明書で確かめました: ${proposer}`
    : `依頼した人の署名は正しいものの、未確認の鍵です: ${proposer}`
}

const beside = (file: string, operator: string): string =>
  join(dirname(file), `${basename(file).replace(/(\.libral-request)?\.json$/, '')}.${operator}.libral-vote.json`)
