import { japanTime } from '#protocol/japan-time.ts'
import type { Certificate, GnupgKey, ImportResult, KeyEntry, KeyPart, Keyring, KeyState } from '#protocol/keys.ts'
import { plainText } from '../vault/ask/plain-text.ts'

/** What `libral keys` says to a person. */

const states: Readonly<Record<KeyState, string>> = {
  valid: '有効',
  expiring: 'まもなく期限切れ',
  expired: '期限切れ',
  revoked: '失効',
  broken: '自己署名がない',
}
const uses: Readonly<Record<KeyPart['uses'][number], string>> = {
  certify: '証明',
  sign: '署名',
  encrypt: '暗号',
  authenticate: '認証',
}
const places = { software: 'この保管庫', agent: 'gpg-agent', card: 'カード', hsm: 'HSM' } as const
const reasons = { compromised: '危殆化', retired: '使用終了', superseded: '切り替え', unspecified: '指定なし' } as const
const outcomes = { added: '追加', merged: '更新', unchanged: '変更なし', refused: '拒否' } as const

/** The day in Japan, as 2026-11-21. */
const day = (instant: number): string => japanTime(instant).slice(0, 10).replaceAll('/', '-')
const until = (end: number | null): string => (end === null ? '期限なし' : `${day(end)} まで`)
const grouped = (fingerprint: string): string => (fingerprint.toUpperCase().match(/.{4}/g) ?? []).join(' ')

export function listWords(entries: readonly KeyEntry[], { backupAt, unsavedSince }: Keyring): string {
  const lines = entries.flatMap(lineWords)
  const warning =
    unsavedSince === null
      ? []
      : [
          `バックアップに入っていない変更があります（最後のバックアップ: ${backupAt === null ? 'なし' : day(backupAt)}）`,
        ]
  return [...(lines.length === 0 ? ['鍵はありません'] : lines), ...warning].join('\n')
}

const who = ({ name, email }: Pick<KeyEntry, 'name' | 'email'>): string =>
  plainText(email === '' || email === name ? name : `${name} <${email}>`)

const lineWords = (entry: KeyEntry): string[] => [
  `${entry.own ? '自分' : '相手'}  ${who(entry)}  ${states[entry.state]}  ${until(entry.expiresAt)}${confirmedWords(entry)}`,
  ...entry.certificates.map(({ version, parts, fingerprint }) => {
    return `  v${version} ${parts[0]?.algorithm ?? ''}  ${grouped(fingerprint)}`
  }),
]

function confirmedWords({ own, certificates }: KeyEntry): string {
  if (own) return ''
  return certificates.every(({ confirmedAt }) => confirmedAt !== null) ? '  確認済み' : '  未確認'
}

export const showWords = (entry: KeyEntry): string =>
  [
    `${entry.own ? '自分の鍵' : '相手の証明書'}  ${who(entry)}`,
    `状態  ${states[entry.state]}（${until(entry.expiresAt)}）`,
    ...entry.certificates.flatMap((it) => certificateWords(it, entry.own)),
  ].join('\n')

const certificateWords = (it: Certificate, own: boolean): string[] => [
  '',
  `証明書 v${it.version}  作成 ${day(it.createdAt)}  ${until(it.expiresAt)}`,
  `  指紋  ${grouped(it.fingerprint)}`,
  ...(it.revoked === null
    ? []
    : [`  失効  ${day(it.revoked.at)}  ${reasons[it.revoked.reason]}  ${plainText(it.revoked.text)}`]),
  ...(own ? [] : [`  確認  ${it.confirmedAt === null ? '未確認' : `確認済み（${day(it.confirmedAt)}）`}`]),
  ...it.userIds.map(
    ({ text, primary, revoked }) => `  ID    ${plainText(text)}${revoked ? '（失効）' : primary ? '（主）' : ''}`,
  ),
  ...it.parts.map(
    (part) =>
      `  鍵    ${part.keyId.toUpperCase()}  ${part.algorithm}  ${part.uses.map((use) => uses[use]).join('・')}  ` +
      `${until(part.expiresAt)}${part.revoked === null ? '' : '  失効'}${part.place === null ? '' : `  ${places[part.place]}`}`,
  ),
]

export const importWords = ({ items }: ImportResult): string =>
  items
    .map(({ outcome, name, fingerprint, secret, failure }) => {
      const what = secret ? '秘密鍵' : '証明書'
      return `${outcomes[outcome]}  ${what}  ${plainText(name)}  ${grouped(fingerprint)}${failure === null ? '' : `  ${failure.code}`}`
    })
    .join('\n')

export const gnupgWords = (keys: readonly GnupgKey[]): string =>
  keys
    .map(({ fingerprint, userId, secret, known, expiresAt }) => {
      return `${secret ? '秘密鍵' : '証明書'}  ${plainText(userId)}  ${grouped(fingerprint)}  ${until(expiresAt)}${known ? '  取り込み済み' : ''}`
    })
    .join('\n') || 'GnuPG に鍵はありません'
