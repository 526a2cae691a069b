import { describe, expect, it } from 'vitest'
import { noticeText } from './notices.ts'
import { providerFields } from './payments-settings.ts'
import { accountName, fieldNames, providerName, recordText, settingText } from './payments-words.ts'

describe('words of 決済', () => {
  it('say what records say, and leave amounts, numbers and codes of others', () => {
    expect(recordText('ja', 'capture 1,200 JPY')).toBe('入金 1,200 JPY')
    expect(recordText('ja', 'absent')).toBe('記録なし')
    expect(recordText('en', 'captured 12.00 USD')).toBe('paid 12.00 USD')
    for (const said of ['', '1,800 JPY', '2026-11-20 23:59', 'ORDER_NOT_FOUND', '04700000000000000101', 'toString'])
      expect(recordText('ja', said)).toBe(said)
  })

  it('name accounts and whose they are', () => {
    expect(accountName('ja', 'clearing:paypay')).toBe('決済サービスへの未収金（PayPay）')
    expect(accountName('en', 'merchant:main')).toBe('Sales (main)')
    expect(accountName('ja', 'bank')).toBe('銀行口座')
    expect(accountName('ja', 'later:thing')).toBe('later:thing')
  })

  it('name every setting of every provider', () => {
    for (const { values, secrets } of Object.values(providerFields))
      for (const { name } of [...values, ...secrets])
        for (const locale of ['ja', 'en'] as const) expect(Object.keys(fieldNames[locale])).toContain(name)
    expect(settingText('ja', 'apiKey', '…1234')).toBe('APIキー：…1234')
    expect(settingText('en', 'other', '')).toBe('other')
    expect(providerName('visa')).toBe('visa')
  })

  it('stand in notices', () => {
    const params = { provider: 'paypay', theirs: 'capture 1,200 JPY', ours: '' }
    expect(noticeText('ja', 'payments.case-missing-here', params)).toContain('PayPay：')
    expect(noticeText('ja', 'payments.case-missing-here', params)).toContain('（入金 1,200 JPY）')
    const entry = { debit: 'bank', credit: 'clearing:stars', amount: '50 XTR' }
    expect(noticeText('ja', 'payments.entry-posted', entry)).toContain('決済サービスへの未収金（Telegram Stars）')
  })
})
