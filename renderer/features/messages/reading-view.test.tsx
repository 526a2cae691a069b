import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Reading, type SignatureReason, signatureReasons, type ToldVerdict } from '#protocol/messages.ts'
import { startI18n } from '../../i18n/i18n.ts'
import { ReadingView } from './reading-view.tsx'
import { summaryOf } from './verdict-text.ts'

beforeEach(() => startI18n())
afterEach(cleanup)

const signer = {
  fingerprint: 'ab'.repeat(32),
  certificate: 'cd12'.repeat(16),
  entry: '019a0000-0000-7000-8000-000000000001',
  name: '佐藤一郎',
  email: 'sato@example.jp',
  own: false,
}
const verdict = (part: Partial<ToldVerdict>): ToldVerdict => ({
  verified: false,
  valid: false,
  reason: null,
  at: Date.UTC(2026, 10, 21, 1, 2, 3),
  issuer: 'cd12'.repeat(16),
  signer,
  ...part,
})
const reading = (...signatures: ToldVerdict[]): Reading => ({ kind: 'encrypted', opened: null, signatures })

/** What a person sees of each state: headline, its shape, and why. */
const pictures: Readonly<Record<SignatureReason | 'verified', readonly [headline: string, tone: string, why: string]>> =
  {
    verified: ['確認済みの鍵による正しい署名です', 'ok', '内容は署名の時から変わっていません。'],
    'not-trusted': ['未確認の鍵による署名です', 'warning', '指紋を照合し'],
    'certificate-unknown': ['署名を検証できません', 'warning', '証明書がありません'],
    unsupported: ['署名を検証できません', 'warning', '対応していません'],
    'signature-wrong': ['署名が内容と一致しません', 'major', '信用しないでください'],
    'signature-expired': ['この署名は認められません', 'major', '署名の有効期限'],
    'signature-from-future': ['この署名は認められません', 'major', '未来'],
    'hash-weak': ['この署名は認められません', 'major', 'ハッシュ'],
    'notation-unknown': ['この署名は認められません', 'major', '必須の条件'],
    'key-weak': ['この署名は認められません', 'major', '鍵が弱く'],
    'key-compromised': ['この署名は認められません', 'major', 'いつの署名でも'],
    'key-revoked': ['この署名は認められません', 'major', '失効していました'],
    'key-expired': ['この署名は認められません', 'major', '期限は過ぎていました'],
    'key-not-yet-valid': ['この署名は認められません', 'major', '作成より前'],
    'key-not-for-signing': ['この署名は認められません', 'major', '署名には使えない鍵'],
  }

describe('a signature', () => {
  it.each(['verified', ...signatureReasons] as const)('%s', (state) => {
    const [headline, tone, why] = pictures[state]
    const told = verdict(state === 'verified' ? { verified: true, valid: true } : { reason: state })
    render(<ReadingView reading={reading(told)} />)
    const shown = screen.getByRole('region', { name: headline })
    expect(shown.className).toContain(`border-${tone}`)
    expect(shown.textContent).toContain(why)
    expect(shown.textContent).toContain('佐藤一郎　sato@example.jp')
    expect(shown.textContent).toContain('CD12 CD12')
    expect(summaryOf(reading(told)) === 'verified').toBe(state === 'verified')
  })

  it('of nobody known names the key that it claims, and no time that it has not', () => {
    const told = verdict({ reason: 'certificate-unknown', signer: null, at: null, issuer: '0123456789abcdef' })
    render(<ReadingView reading={reading(told)} />)
    const shown = screen.getByRole('region', { name: '署名を検証できません' })
    expect(shown.textContent).toContain('署名者不明署名の日時不明署名が示す鍵0123 4567 89AB CDEF')
  })
})

it('nobody signed: no word of it being right', () => {
  render(<ReadingView reading={{ ...reading(), opened: { by: 'password' } }} />)
  expect(document.body.textContent).toContain('パスワードで開きました。')
  expect(document.body.textContent).toContain('署名がありません')
  expect(document.body.textContent).not.toContain('正しい')
})

it('several signatures are as good as the worst of them', () => {
  const good = verdict({ verified: true, valid: true })
  expect(summaryOf(reading(good, verdict({ reason: 'not-trusted' })))).toBe('unconfirmed')
  expect(summaryOf(reading(verdict({ reason: 'signature-wrong' }), good))).toBe('wrong')
  expect(summaryOf(reading(good, good))).toBe('verified')
})
