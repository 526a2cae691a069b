import { describe, expect, it } from 'vitest'
import { toShiftJis } from '#trust/shift-jis.ts'
import { readStatementFile } from './statement-file.ts'

const headings =
  '決済番号,加盟店ID,屋号,店舗ID,店舗名,端末番号/PosID,取引ステータス,取引日時,取引金額,レシート番号,支払い方法,マーチャント決済ID,支払い詳細'
const ours = '01990000-0000-7000-8000-000000000001'
const line = (status: string, amount: string, id = '04700000000000000001'): string =>
  `${id},12,"山田商店, 本店",,,,${status},2026/11/20 23:59:58,${amount},,PayPay残高,${ours},"{""残高"":480}"`
const read = (...lines: readonly string[]) =>
  readStatementFile(toShiftJis(`${[headings, ...lines].join('\n')}\n`).bytes)

describe("PayPay's file of a day", () => {
  it('has payments and refunds, in Shift_JIS, in Japanese time', () => {
    const lines = read(line('取引完了', '480'), line('返金完了', '-480', 'r1'), line('取引失敗', '99'))
    expect(lines).toEqual([
      {
        ...{ kind: 'capture', id: '04700000000000000001', reference: '04700000000000000001', payment: ours },
        ...{ amount: { currency: 'JPY', minor: 480n }, fee: null, at: Date.parse('2026-11-20T14:59:58Z') },
      },
      {
        ...{ kind: 'refund', id: 'r1', reference: 'r1', payment: ours },
        ...{ amount: { currency: 'JPY', minor: 480n }, fee: null, at: Date.parse('2026-11-20T14:59:58Z') },
      },
    ])
    expect(read()).toEqual([])
  })

  it('keeps apart what the shop’s other tills took', () => {
    const others = line('取引完了', '480').replace(ours, 'till-17')
    const unnamed = line('取引完了', '480').replace(ours, '')
    expect(read(others, unnamed)).toMatchObject([
      { kind: 'other', payment: null },
      { kind: 'capture', payment: null },
    ])
  })

  it('is refused whole when anything of it cannot be read', () => {
    expect(read(line('何か', '480'))).toBeNull()
    expect(read(line('取引完了', '12.50'))).toBeNull()
    expect(read(`${line('取引完了', '480')},more`)).toBeNull()
    expect(read(line('取引完了', '480').replace('"山', '山"'))).toBeNull()
    expect(readStatementFile(new TextEncoder().encode(`${headings}\n`))).toBeNull()
    expect(readStatementFile(Buffer.from('a,b\n1,2\n'))).toBeNull()
    expect(readStatementFile(new Uint8Array())).toBeNull()
  })
})
