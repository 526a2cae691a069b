import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandIdSchema } from '#protocol/ids.ts'
import {
  type BookNames,
  type BooksPreview,
  type Program,
  programs,
  type RateRow,
  setBookNames,
  usualNames,
  yenRateSchema,
} from '#protocol/payments-books.ts'
import {
  type Books,
  captureTransfers,
  disputeTransfers,
  feeTransfers,
  holdTransfers,
  manualTransfers,
  refundTransfers,
  type Transfer,
} from '#protocol/payments-ledger.ts'
import type { PaymentRow, TransferRow } from '#protocol/payments-records.ts'
import { toShiftJis } from '#trust/shift-jis.ts'
import { cut, formats } from './formats.ts'
import { previewBooks, writeBooks } from './write.ts'
import { ratesOf, yenOf } from './yen.ts'

const idOf = (nth: number): string => `01939f0e-0000-7000-8000-${nth.toString(16).padStart(12, '0')}`

interface Event {
  readonly transfers: readonly Transfer[]
  readonly payment: PaymentRow | null
  readonly currency?: TransferRow['currency']
  readonly day?: number
  readonly note?: string
}
const paymentOf = (nth: number, books: Books, title: string): PaymentRow =>
  ({ payment: idOf(nth), ...books, title, last4: '9012' }) as unknown as PaymentRow

const rowsOf = (events: readonly Event[]): readonly TransferRow[] =>
  events.flatMap(({ transfers, payment, currency = 'JPY', day = 20_261_120, note = '' }, index) =>
    transfers.map(
      (one, nth) =>
        ({
          ...one,
          ...{
            key: `${String(index + 1).padStart(12, '0')}-000-${String(nth).padStart(2, '0')}`,
            at: 0,
            day,
            currency,
          },
          ...{ amount: Number(one.minor), payment: payment?.payment ?? '', note, by: 'tanaka' },
        }) as TransferRow,
    ),
  )

/** A desk that holds these events, and hands them out in small chunks. */
const deskOf = (events: readonly Event[], rates: readonly RateRow[] = [], names: BookNames | null = null) => {
  const transfers = rowsOf(events)
  const payments = new Map(events.flatMap(({ payment }) => (payment === null ? [] : [[payment.payment, payment]])))
  return {
    get: async (collection: string, key: string) => {
      if (collection === 'payments') return (payments.get(key as never) ?? null) as never
      return (names === null ? null : { program: key, names }) as never
    },
    count: async () => ({ count: transfers.length, capped: false }),
    async *stream(filter: { readonly collection: string; readonly range: unknown }) {
      const { from, to } = (filter.range ?? { from: 0, to: 0 }) as { from: number; to: number }
      const all =
        filter.collection === 'payments.rates' ? rates : transfers.filter(({ day }) => day >= from && day < to)
      for (let at = 0; at < all.length; at += 3) yield all.slice(at, at + 3) as never
    },
  }
}

const write = async (program: Program, desk: ReturnType<typeof deskOf>) => {
  const bytes: Uint8Array[] = []
  const records: unknown[] = []
  const draft = { write: async (data: Uint8Array) => void bytes.push(data) }
  const range = { program, from: 20_261_101, to: 20_261_130 }
  const record = async (file: unknown) => void records.push(file)
  for await (const _ of writeBooks(draft as never, desk as never, range, record, new AbortController().signal));
  return { file: Buffer.concat(bytes), record: records[0] as Record<string, unknown>, records }
}
const previewed = async (program: Program, desk: ReturnType<typeof deskOf>) => {
  let last: BooksPreview | undefined
  const range = { program, from: 20_261_101, to: 20_261_130 }
  for await (const step of previewBooks(desk as never, range, new AbortController().signal)) last = step
  if (last?.state !== 'done') throw new Error('no end')
  return last
}

const paypay: Books = { provider: 'paypay', merchant: 'main', taxRate: 10 }
const reduced: Books = { provider: 'paypal', merchant: 'osaka', taxRate: 8 }
const dollars: Books = { provider: 'paypal', merchant: 'main', taxRate: 0 }
const sale = paymentOf(1, paypay, '会員証の発行, "再発行"')
const events: readonly Event[] = [
  { transfers: holdTransfers(paypay, 1_100n), payment: sale },
  { transfers: [...captureTransfers(paypay, 1_100n, 0n), ...feeTransfers(paypay, 22n)], payment: sale },
  { transfers: refundTransfers(paypay, 330n, 0n), payment: sale },
  { transfers: captureTransfers(reduced, 1_080n, 0n), payment: paymentOf(2, reduced, '菓子〜詰め合わせ🎁') },
  { transfers: captureTransfers(dollars, 1_250n, 0n), payment: paymentOf(3, dollars, 'Book'), currency: 'USD' },
  {
    transfers: manualTransfers('bank' as never, 'clearing:paypay' as never, 748n),
    ...{ payment: null, note: 'PayPayからの入金' },
  },
]
const rate: RateRow = {
  ...{ key: 'USD/20261101', currency: 'USD', day: 20_261_101, yen: '153.42', note: 'TTM', at: 0 },
  by: 'tanaka' as RateRow['by'],
}

describe('the journal of 弥生会計', () => {
  it('is, to the byte, what its import form says', async () => {
    const { file, record } = await write('yayoi', deskOf(events, [rate]))
    const text = new TextDecoder('shift_jis', { fatal: true }).decode(file)
    const memo = (nth: number): string => idOf(nth)
    expect(text.split('\r\n')).toEqual([
      `2110,2,,2026/11/20,売掛金,PayPay,,対象外,1100,,売上高,,,課税売上込10%,1100,100,"PayPay 売上 会員証の発行, ""再発行"" #9012",,,3,,${memo(1)},,,no`,
      `2101,2,,2026/11/20,支払手数料,PayPay,,対象外,22,,売掛金,PayPay,,対象外,22,,"PayPay 売上 会員証の発行, ""再発行"" #9012",,,3,,${memo(1)},,,no`,
      `2000,3,,2026/11/20,売上高,,,課税売返込10%,330,30,売掛金,PayPay,,対象外,330,,"PayPay 返金 会員証の発行, ""再発行"" #9012",,,0,,${memo(1)},,,no`,
      `2000,4,,2026/11/20,売掛金,PayPal,,対象外,1080,,売上高,,,課税売上込軽減8%,1080,80,PayPal 売上 菓子～詰め合わせ〓 #9012,,,0,,${memo(2)},,,no`,
      `2000,5,,2026/11/20,売掛金,PayPal,,対象外,1918,,売上高,,,対象外,1918,,PayPal 売上 Book #9012 12.50 USD @153.42,,,0,,${memo(3)},,,no`,
      '2000,6,,2026/11/20,普通預金,,,対象外,748,,売掛金,PayPay,,対象外,748,,PayPay 手動仕訳 PayPayからの入金,,,0,,,,,no',
      '',
    ])
    expect(record).toMatchObject({ program: 'yayoi', vouchers: 5, lines: 6, yen: '5198', leftOut: 0, replaced: 1 })
    expect(record['sha256']).toMatch(/^[0-9a-f]{64}$/)
    for (const line of text.split('\r\n').slice(2, 6)) expect(line.split(',').length, line).toBeGreaterThanOrEqual(25)
  })

  it('begins, goes on and ends a slip of three lines by its flags', () => {
    const side = { account: '現金', sub: '', tax: '対象外' }
    const line = { kind: 'manual', debit: side, credit: side, yen: '1', debitTax: '', creditTax: '' } as const
    const voucher = { number: '1234567', day: 20_261_120, payment: '' as const, text: 'あ'.repeat(40) }
    const { text, shortened } = formats.yayoi.text({ ...voucher, lines: [line, line, line] })
    expect(text.split('\r\n').map((one) => one.split(',').slice(0, 2))).toEqual([
      ...['2110', '2100', '2101'].map((flag) => [flag, '']),
      [''],
    ])
    expect(shortened).toBe(1)
    expect(text.split(',')[16]).toBe(`${'あ'.repeat(31)}…`)
  })
})

describe('the journal of freee', () => {
  it('is, to the byte, what its general form says', async () => {
    const { file, record } = await write('freee', deskOf(events, [rate]))
    const rest = (side: string): string =>
      `${side}勘定科目,${side}科目コード,${side}補助科目,${side}取引先,${side}取引先コード,${side}部門,${side}品目,${side}メモタグ,${side}セグメント1,${side}セグメント2,${side}セグメント3,${side}金額,${side}税区分,${side}税額`
    const blank = ',,,,,,,,'
    expect(file.toString('utf8').split('\r\n')).toEqual([
      `\ufeff日付,伝票番号,決算整理仕訳,${rest('借方')},${rest('貸方')},摘要`,
      `2026/11/20,2,,売掛金,,PayPay${blank},1100,対象外,,売上高,,${blank},1100,課税売上10%,100,"PayPay 売上 会員証の発行, ""再発行"" #9012 ${idOf(1)}"`,
      `2026/11/20,2,,支払手数料,,PayPay${blank},22,対象外,,売掛金,,PayPay${blank},22,対象外,,"PayPay 売上 会員証の発行, ""再発行"" #9012 ${idOf(1)}"`,
      `2026/11/20,3,,売上高,,${blank},330,課税売返10%,30,売掛金,,PayPay${blank},330,対象外,,"PayPay 返金 会員証の発行, ""再発行"" #9012 ${idOf(1)}"`,
      `2026/11/20,4,,売掛金,,PayPal${blank},1080,対象外,,売上高,,${blank},1080,課税売上8%（軽）,80,PayPal 売上 菓子〜詰め合わせ🎁 #9012 ${idOf(2)}`,
      `2026/11/20,5,,売掛金,,PayPal${blank},1918,対象外,,売上高,,${blank},1918,対象外,,PayPal 売上 Book #9012 12.50 USD @153.42 ${idOf(3)}`,
      `2026/11/20,6,,普通預金,,${blank},748,対象外,,売掛金,,PayPay${blank},748,対象外,,PayPay 手動仕訳 PayPayからの入金`,
      '',
    ])
    expect(record).toMatchObject({ vouchers: 5, replaced: 0, shortened: 0 })
  })
})

describe('what is not in a file', () => {
  it('is listed with its reason', async () => {
    const odd: Books = { ...paypay, taxRate: 5 }
    const without: readonly Event[] = [
      ...events,
      { transfers: captureTransfers(odd, 100n, 0n), payment: paymentOf(7, odd, '旧税率') },
      { transfers: captureTransfers(paypay, 100n, 0n), payment: null },
      { transfers: captureTransfers(paypay, 100n, 0n), payment: sale, day: 20_261_201 },
      { transfers: captureTransfers(paypay, 999_999_999_999n, 0n), payment: sale },
    ]
    const preview = await previewed('yayoi', deskOf(without))
    expect(preview.leftOut.map(({ number, reason, detail }) => [number, reason, detail])).toEqual([
      ['5', 'no-rate', '12.50 USD'],
      ['7', 'tax-rate', '5 %'],
      ['8', 'payment-gone', ''],
      ['10', 'too-large', '999,999,999,999 JPY'],
    ])
    expect(preview.totals).toMatchObject({ vouchers: 4, leftOut: 4 })
    expect(preview.reservations).toBe(1)
  })

  it('is no file at all where nothing is left, and nothing is recorded', async () => {
    await expect(write('freee', deskOf([]))).rejects.toMatchObject({ code: 'payments.books-empty' })
  })

  it('leaves no record where the person stopped it', async () => {
    const ending = new AbortController()
    const desk = deskOf(events, [rate])
    const records: unknown[] = []
    const run = async () => {
      const range = { program: 'freee' as const, from: 20_261_101, to: 20_261_130 }
      const record = async (file: unknown) => void records.push(file)
      for await (const _ of writeBooks({ write: async () => {} } as never, desk as never, range, record, ending.signal))
        ending.abort()
    }
    await expect(run()).rejects.toMatchObject({ code: 'export.cancelled' })
    expect(records).toEqual([])
  })
})

/** Reads a file back: account and sub-account → debits less credits, and each voucher's two sums. */
const readBack = (text: string): { readonly balances: Map<string, bigint>; readonly even: boolean } => {
  const balances = new Map<string, bigint>()
  const vouchers = new Map<string, [bigint, bigint]>()
  for (const line of text.split('\r\n').filter((one) => one !== '')) {
    const cells = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) => cell)
    const [number = '', debit, debitSub, yen = '0', credit, creditSub, other = '0'] = [1, 4, 5, 8, 10, 11, 14].map(
      (at) => cells[at],
    )
    const add = (name: string, by: bigint) => balances.set(name, (balances.get(name) ?? 0n) + by)
    add(`${debit}/${debitSub}`, BigInt(yen))
    add(`${credit}/${creditSub}`, -BigInt(other))
    const [debits, credits] = vouchers.get(number) ?? [0n, 0n]
    vouchers.set(number, [debits + BigInt(yen), credits + BigInt(other)])
  }
  return { balances, even: [...vouchers.values()].every(([debits, credits]) => debits === credits) }
}

describe('whatever was booked', () => {
  const booksOf = fc.record({
    provider: fc.constantFrom('stars' as const, 'paypay' as const, 'paypal' as const),
    merchant: fc.constantFrom('main', 'osaka'),
    taxRate: fc.constantFrom(0, 8, 10),
  })
  const amount = fc.bigInt(1n, 10_000_000n)
  const eventOf = fc
    .tuple(
      booksOf,
      fc.array(fc.tuple(fc.constantFrom('capture', 'refund', 'fee', 'dispute', 'hold'), amount), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.string({ unit: 'grapheme' }),
    )
    .map(([books, done, title]): Event => {
      let [captured, refunded] = [0n, 0n]
      const transfers = done.flatMap(([kind, minor]) => {
        if (kind === 'capture') {
          const made = captureTransfers(books, minor, captured)
          captured += minor
          return made
        }
        if (kind === 'refund') {
          const made = refundTransfers(books, minor, refunded)
          refunded += minor
          return made
        }
        return (kind === 'fee' ? feeTransfers : kind === 'dispute' ? disputeTransfers : holdTransfers)(books, minor)
      })
      return { transfers, payment: paymentOf(1, books, title) }
    })

  it('has vouchers whose debits equal their credits, and moves every account by what the books moved it', async () => {
    const own: BookNames = {
      ...usualNames.yayoi,
      slots: Object.fromEntries(
        Object.keys(usualNames.yayoi.slots).map((slot) => [slot, { account: slot.replace(':', ' '), sub: '' }]),
      ) as BookNames['slots'],
    }
    await fc.assert(
      fc.asyncProperty(fc.array(eventOf, { minLength: 1, maxLength: 12 }), async (booked) => {
        const all = booked.map((event, nth) => ({
          ...event,
          payment: { ...event.payment, payment: idOf(nth) } as PaymentRow,
        }))
        const desk = deskOf(all, [], own)
        const money = rowsOf(all).filter(({ kind }) => kind !== 'hold')
        if (money.length === 0) return
        const { file } = await write('yayoi', desk)
        const { balances, even } = readBack(new TextDecoder('shift_jis').decode(file))
        expect(even).toBe(true)
        const expected = new Map<string, bigint>()
        for (const { kind, debit, credit, minor } of money) {
          // Tax is told beside the sale or the refund that it is part of.
          const nameOf = (account: string): string => {
            if (account === 'taxes') return kind === 'capture' ? 'merchant/' : 'refunds/'
            return `${account.startsWith('merchant:') ? 'merchant' : account.replace(':', ' ')}/`
          }
          expected.set(nameOf(debit), (expected.get(nameOf(debit)) ?? 0n) + BigInt(minor))
          expected.set(nameOf(credit), (expected.get(nameOf(credit)) ?? 0n) - BigInt(minor))
        }
        const plain = (map: Map<string, bigint>) => [...map].filter(([, sum]) => sum !== 0n).sort()
        expect(plain(balances)).toEqual(plain(expected))
      }),
      { numRuns: 150 },
    )
  })
})

describe('rates', () => {
  it('count from their day on until the next, for a month', () => {
    const later = { ...rate, key: 'USD/20261115', day: 20_261_115, yen: '150' }
    const all = [later, rate, { ...rate, currency: 'XTR' as const, yen: '1.9' }]
    expect(ratesOf(all)('USD', 20_261_031)).toBeUndefined()
    expect(ratesOf(all)('USD', 20_261_101)).toBe(rate)
    expect(ratesOf(all)('USD', 20_261_114)).toBe(rate)
    expect(ratesOf(all)('USD', 20_261_115)).toBe(later)
    expect(ratesOf(all)('USD', 20_261_215)).toBe(later)
    expect(ratesOf(all)('USD', 20_261_216)).toBeUndefined()
  })

  it('make yen of cents and Stars, half a yen up', () => {
    expect(yenOf(1_250n, 'USD', rate)).toBe(1_918n)
    expect(yenOf(1n, 'USD', { ...rate, yen: '50' })).toBe(1n)
    expect(yenOf(1n, 'USD', { ...rate, yen: '49.999999' })).toBe(0n)
    expect(yenOf(100n, 'XTR', { ...rate, yen: '1.995' })).toBe(200n)
    for (const wrong of ['0', '0.0', '-1', '1.', '01', '1e3', '1.1234567'])
      expect(yenRateSchema.safeParse(wrong).success, wrong).toBe(false)
  })
})

describe('Shift_JIS', () => {
  it('writes as Windows does, and says what it has not', () => {
    expect(toShiftJis('ｶﾅ漢字①㈱髙～〜−¥\\\r\n').replaced).toBe(0)
    expect(Buffer.from(toShiftJis('ﾔﾏﾀﾞ').bytes).toString('hex')).toBe('d4cfc0de')
    expect(Buffer.from(toShiftJis('髙').bytes).toString('hex')).toBe('fbfc')
    const { bytes, replaced } = toShiftJis('𠮷野家🎁é')
    expect(new TextDecoder('shift_jis').decode(bytes)).toBe('〓野家〓〓')
    expect(replaced).toBe(3)
  })

  it('gives back every character that the decoder knows', () => {
    const decoder = new TextDecoder('shift_jis')
    let known = 0
    for (let code = 0; code <= 0xffff; code++) {
      if (code > 0xff && code < 0x8100) continue
      const text = decoder.decode(Uint8Array.from(code < 256 ? [code] : [code >> 8, code & 255]))
      if ([...text].length !== 1 || text === '\ufffd') continue
      known++
      const { bytes, replaced } = toShiftJis(text)
      if (replaced > 0 || decoder.decode(bytes) !== text) throw new Error(code.toString(16))
    }
    expect(known).toBeGreaterThan(9_000)
  })
})

describe('names of accounts', () => {
  const setting = (account: string) =>
    setBookNames.params.safeParse({
      program: 'yayoi',
      seen: 0,
      names: { ...usualNames.yayoi, slots: { ...usualNames.yayoi.slots, bank: { account, sub: '' } } },
    }).success
  it('are what programs take: 24 columns, and no text that runs as something else', () => {
    expect(['普通預金', 'Bank of X', 'あ'.repeat(12), 'ｱ'.repeat(24)].map(setting)).toEqual([true, true, true, true])
    expect(['', 'あ'.repeat(13), '=A1', '+1', 'a,b', 'a"b', 'a\nb', '#x'].map(setting)).toEqual(Array(8).fill(false))
  })
  it('of both programs are sound as they come', () => {
    for (const program of programs)
      expect(setBookNames.params.safeParse({ program, seen: 0, names: usualNames[program] }).success).toBe(true)
    expect(commandIdSchema.safeParse(idOf(1)).success).toBe(true)
  })
})

describe('a text that is cut', () => {
  it('fits, and ends so that it shows', () => {
    expect(cut('abc', 3)).toBe('abc')
    expect(cut('あいう', 5)).toBe('あ…')
    expect(cut('🎁🎁🎁', 5)).toBe('🎁…')
  })
})
