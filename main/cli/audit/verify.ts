import { type BundleFile, verifyFile } from '#main/audit/bundle/file.ts'
import { createTrustedKeys } from '#main/audit/trusted-keys.ts'
import type { BundleKey, BundleStep, BundleVerdict } from '#protocol/bundle.ts'
import type { Failure } from '#protocol/errors.ts'
import type { VerifyOptions } from '#trust/bundle/options.ts'
import type { Said } from '../area.ts'
import { explanationOf } from '../explanations.ts'
import { usualUserData } from '../user-data.ts'
import type { BundleRequest, Common } from './arguments.ts'
import { findingWords } from './findings.ts'
import { linesOf } from './lines.ts'
import { openBundle, readText } from './open-bundle.ts'

export const trustedKeysOf = ({ userData }: Common) =>
  createTrustedKeys(userData ?? usualUserData(process.platform, process.env))

/** Verifies the bundle that is meant, telling a person at a terminal how far it is. */
export async function verdictOn(
  request: Common & BundleRequest,
  file: BundleFile,
  worker: string | URL,
  more: Pick<VerifyOptions, 'judged'> = {},
): Promise<BundleVerdict> {
  const [seen, trusted] = await Promise.all([Promise.all(request.seen.map(readText)), trustedKeysOf(request).list()])
  const stop = new AbortController()
  const cancel = (): void => stop.abort()
  process.once('SIGINT', cancel)
  const told = progressLine(request.json)
  try {
    return await verifyFile(file, worker, { trusted, seen, signal: stop.signal, progress: told.tell, ...more })
  } finally {
    told.end()
    process.off('SIGINT', cancel)
  }
}

export async function verify(request: Common & BundleRequest, worker: string | URL): Promise<Said> {
  const verdict = await verdictOn(request, await openBundle(request), worker)
  const failure = failureOf(verdict)
  return { result: verdict, words: wordsOf(verdict), ...(failure && { failure }) }
}

/** null: verified. */
export function failureOf({ outcome, failure, found }: BundleVerdict): Failure | null {
  if (outcome === 'verified') return null
  if (failure !== null) return failure
  return outcome === 'failed'
    ? { code: 'bundle.failed', params: { findings: found } }
    : { code: 'bundle.unconfirmed', params: {} }
}

const stepWords: Readonly<Record<BundleStep, string>> = {
  container: 'ファイル',
  tree: '木とハッシュ',
  checkpoints: 'チェックポイント',
  entries: '記録の内容',
  signatures: '署名',
  evidence: '証拠',
}
const stateMarks = { passed: '✓', failed: '✗', skipped: '−' } as const
const outcomeWords: Readonly<Record<BundleVerdict['outcome'], string>> = {
  verified: '検証できました。異常はなく、すべてこの機械で信頼している鍵に基づいています。',
  unconfirmed: '異常は見つかりませんでしたが、未確認の鍵に基づくところがあります。検証できたとはいえません。',
  failed: '検証に失敗しました。この監査バンドルを記録の証明として使えません。',
}
const keyWords: Readonly<Record<BundleKey['kind'], string>> = {
  log: '記録の鍵',
  witness: '証人の鍵',
  certificate: '操作者の証明書',
}
const limitWords: Readonly<Record<BundleVerdict['limits'][number], string>> = {
  tail: '末尾の改ざんは、この監査バンドルだけでは検出できません（信頼する証人の署名か --seen FILE が必要です）',
  keys: '範囲より前の鍵の記録は、書き出した側が選んだものです。失効が省かれていないことは分かりません',
  sealed: '封印されたパラメーターは、開ける人だけが署名と照らし合わせられます',
}

export function wordsOf(verdict: BundleVerdict): string {
  const { manifest, failure, steps, signatures, checkpoints, keys, seen } = verdict
  const kind = manifest?.kind === 'certificate' ? '監査証明書' : '監査バンドル'
  return linesOf([
    ...(manifest
      ? [
          `${kind}  配備 ${manifest.origin}  記録 ${manifest.from}〜${manifest.to - 1}（${manifest.to - manifest.from} 件）`,
        ]
      : []),
    ...steps.map(stepLine),
    `署名 ${signatures.verified}/${signatures.all} 件検証（信頼する鍵）${signatures.unconfirmed > 0 ? `、${signatures.unconfirmed} 件は未確認の鍵` : ''}`,
    ...checkpoints.map(
      ({ size, root, agrees, witnesses }) =>
        `${agrees ? '✓' : '✗'} チェックポイント ${size} 件  ルート ${root}${witnesses.map(({ name, standing }) => `  証人 ${name}${standing === 'trusted' ? '' : '（未確認の鍵）'}`).join('')}`,
    ),
    ...(seen.given > 0
      ? [
          `別の端末のチェックポイント ${seen.agreeing}/${seen.compared} 件一致（比べられないもの ${seen.given - seen.compared} 件）`,
        ]
      : []),
    ...keys.map(
      ({ kind: of, key, name, standing }) =>
        `${standing === 'trusted' ? '信頼する鍵' : '未確認の鍵'}  ${keyWords[of]}  ${name}  ${key}`,
    ),
    ...verdict.doubts.map(
      ({ fingerprint, operator, entries, first, last }) =>
        `要確認  記録 ${first}〜${last} のうち ${entries} 件は、漏えいとして失効された ${operator} の証明書 ${fingerprint} に基づきます`,
    ),
    ...verdict.breaks.map(
      ({ index, previous, operator, reason }) =>
        `復元  記録 ${index} で、${operator} が控えから復元しました（元は ${previous}）。理由: ${reason}`,
    ),
    ...verdict.findings.map(({ index, code }) => `✗ ${index}  ${findingWords[code]}`),
    ...(verdict.found > verdict.findings.length ? [`ほかに ${verdict.found - verdict.findings.length} 件`] : []),
    ...(failure ? [`✗ ${explanationOf(failure)}`] : []),
    ...verdict.limits.map((limit) => `注意: ${limitWords[limit]}`),
    outcomeWords[verdict.outcome],
  ])
}

/** How many there would have been is not known of a file that breaks off, nor of what was not begun. */
function stepLine({ step, state, done, all }: BundleVerdict['steps'][number]): string {
  const much = state === 'skipped' ? '' : done > all ? ` ${done} フレームまで` : ` ${done}/${all}`
  return `${stateMarks[state]} ${stepWords[step]}${much}`
}

/** One line that is written over, where a person looks. */
function progressLine(quiet: boolean): {
  readonly tell: NonNullable<VerifyOptions['progress']>
  readonly end: () => void
} {
  const shown = !quiet && process.stderr.isTTY
  return {
    tell: ({ step, done, all }) => {
      if (shown) process.stderr.write(`\r\u001b[K${stepWords[step]} ${done}/${all}`)
    },
    end: () => {
      if (shown) process.stderr.write('\r\u001b[K')
    },
  }
}
