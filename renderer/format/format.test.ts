import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { ago, duration } from './duration.ts'
import { dateTime, fromInput, hour, inJapan, minute, shortly, time, toInput, weekday } from './instant.ts'
import { majorText, minorOf, moneyShown } from './money.ts'
import { availability, bytes, bytesPerSecond, cappedCount, decimal, joined, milliseconds, percent } from './number.ts'

describe('instants', () => {
  const at = Date.parse('2026-11-21T00:04:05+09:00')
  const { TZ = 'UTC' } = process.env
  const inZone = <T>(zone: string, work: () => T): T => {
    process.env['TZ'] = zone
    try {
      return work()
    } finally {
      process.env['TZ'] = 'Asia/Tokyo'
    }
  }
  process.env['TZ'] = 'Asia/Tokyo'
  afterAll(() => {
    process.env['TZ'] = TZ
  })

  it('are Japan’s on every machine, and named where its zone is another', () => {
    expect([dateTime(at), time(at)]).toEqual(['2026/11/21 00:04:05', '00:04:05'])
    for (const zone of ['UTC', 'America/New_York', 'Asia/Kathmandu']) {
      const shown = inZone(zone, () => [dateTime(at), time(at), shortly(at, at), minute(at), weekday('ja', at)])
      expect(shown).toEqual(['2026/11/21 00:04:05 JST', '00:04:05 JST', '00:04:05 JST', '00:04', '土'])
    }
  })

  it('are typed and counted in Japan’s time, too', () => {
    const zone = fc.constantFrom('Asia/Tokyo', 'UTC', 'America/New_York', 'Europe/Berlin', 'Pacific/Auckland')
    // Where clocks are put forward some times of a day are not there, and a Date can't read as them.
    const winter = fc.integer({ min: Date.parse('2026-11-10T00:00:00Z'), max: Date.parse('2027-02-20T00:00:00Z') })
    fc.assert(
      fc.property(zone, winter, (where, moment) => {
        const ms = Math.floor(moment / 1_000) * 1_000
        inZone(where, () => {
          expect(fromInput(toInput(ms))).toBe(ms)
          expect(toInput(ms)).toBe(dateTime(ms).slice(0, 19).replaceAll('/', '-').replace(' ', 'T'))
          expect([inJapan(ms).getHours(), inJapan(ms).getMinutes()]).toEqual([hour(ms), Number(minute(ms).slice(3))])
        })
      }),
    )
  })

  it('pads everything and counts hours to 23', () => {
    expect(dateTime(at)).toBe('2026/11/21 00:04:05')
  })

  it('leaves the date out on its own day only', () => {
    expect(shortly(at, at + 60_000)).toBe('00:04:05')
    expect(shortly(at, at + 86_400_000)).toBe('2026/11/21 00:04:05')
  })

  it('goes through a datetime input and back', () => {
    expect(fromInput(toInput(at))).toBe(at)
    expect(fromInput('')).toBeNull()
  })
})

describe('durations', () => {
  it('names the two largest units, without spaces in Japanese', () => {
    expect(duration('ja', 11_520_000)).toBe('3時間12分')
    expect(duration('en', 11_520_000)).toBe('3 h 12 min')
    expect(duration('ja', 86_400_000)).toBe('1日')
    expect(duration('ja', 59_999)).toBe('59秒')
    expect(duration('ja', -5)).toBe('0秒')
  })

  it('tells how long ago in one unit', () => {
    expect(ago('ja', 200_000)).toBe('3分前')
    expect(ago('ja', 500)).toBe('今')
  })
})

describe('numbers', () => {
  it('rounds availability down', () => {
    expect(joined(availability(99.999))).toBe('99.99%')
    expect(joined(availability(100))).toBe('100.00%')
  })

  it('counts bytes by 1,024', () => {
    expect(joined(bytes(1_023))).toBe('1,023 B')
    expect(joined(bytes(1_536))).toBe('1.5 KB')
    expect(joined(bytesPerSecond(5_242_880))).toBe('5.0 MB/s')
  })

  it('keeps three places', () => {
    expect([0, 0.423, 9.84, 120.4].map(decimal)).toEqual(['0', '0.42', '9.8', '120'])
    expect(joined(percent(42.06))).toBe('42.1%')
    expect(joined(milliseconds(1_500))).toBe('1.5 s')
  })

  it('says of a capped count only that it is more', () => {
    expect(cappedCount('ja', { count: 10_000, capped: true })).toBe('1万件以上')
    expect(cappedCount('ja', { count: 9_999, capped: false })).toBe('9,999件')
    expect(cappedCount('en', { count: 10_000, capped: true })).toBe('10,000+')
  })
})

describe('typed amounts', () => {
  it('are read in full-width digits and with separators, and never guessed', () => {
    expect(minorOf('JPY', '１，２３４円')).toBe(1_234n)
    expect(minorOf('USD', '$12.5')).toBe(1_250n)
    expect(minorOf('XTR', '50')).toBe(50n)
    for (const wrong of ['', '-5', '12.345', '1e3', 'abc', '12.']) expect(minorOf('USD', wrong), wrong).toBeNull()
    expect(minorOf('JPY', '1.5')).toBeNull()
  })

  it('that stand in a record read as everywhere on the screen; what is no amount stays', () => {
    expect(moneyShown('ja', '入金 1,200 JPY')).toBe('入金 ￥1,200')
    expect(moneyShown('en', '27.45 USD')).toBe('$27.45')
    expect(moneyShown('ja', '50 XTR')).toBe('50 Stars')
    for (const other of ['A-12 JPY', '12 ABC', '1.5 JPY', 'JPY', '記録なし'])
      expect(moneyShown('ja', other)).toBe(other)
  })

  it('go into a field and back', () => {
    for (const minor of [0n, 1n, 99n, 123_456_789n]) expect(minorOf('USD', majorText('USD', minor))).toBe(minor)
  })
})
