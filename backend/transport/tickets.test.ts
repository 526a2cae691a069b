import { expect, test } from 'vitest'
import type { KeyId } from '#protocol/ids.ts'
import { Tickets, type TicketsOptions } from './tickets.ts'

const key = 'AAECAwQFBgcICQoLDA0ODw' as KeyId
const secret = new Uint8Array(32).fill(7)
let now = 1_000_000
const open = (more: Partial<TicketsOptions> = {}) => new Tickets({ now: () => now, lifeMs: 10_000, secret, ...more })
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (thrown) => thrown.code,
  )

test('a ticket is good once, within its time', async () => {
  const tickets = open()
  const [one, two] = [tickets.issue({ key }), tickets.issue({ key })]
  expect(one).toHaveLength(64)
  expect(one).not.toBe(two)
  expect(await tickets.redeem(one)).toBe(key)
  expect(await codeOf(tickets.redeem(one))).toBe('feed.ticket-wrong')
  now += 10_000
  expect(await codeOf(tickets.redeem(two))).toBe('feed.ticket-wrong')
})

test('what is none of ours is refused', async () => {
  const tickets = open()
  const ticket = tickets.issue({ key })
  const other = open({ secret: new Uint8Array(32) }).issue({ key })
  for (const wrong of ['', '*', 'A'.repeat(64), `B${ticket.slice(1)}`, ticket.slice(1), other]) {
    expect(await codeOf(tickets.redeem(wrong)), wrong).toBe('feed.ticket-wrong')
  }
})

test('another instance takes it, and of two only one', async () => {
  const seen = new Set<string>()
  const firstUse = async (name: string): Promise<boolean> => !seen.has(name) && seen.add(name).size > 0
  const [here, there] = [open({ firstUse }), open({ firstUse })]
  const ticket = here.issue({ key })
  expect(await there.redeem(ticket)).toBe(key)
  expect(await codeOf(here.redeem(ticket))).toBe('feed.ticket-wrong')
})

test('used ones are forgotten in time, and more than could ever be meant are refused', async () => {
  const tickets = open()
  for (let nth = 0; nth < 50; nth++) await tickets.redeem(tickets.issue({ key }))
  now += 11_000
  await tickets.redeem(tickets.issue({ key }))
  expect(tickets.remembered).toBe(1)
  for (let nth = 1; nth < 20_000; nth++) await tickets.redeem(tickets.issue({ key }))
  expect(await codeOf(tickets.redeem(tickets.issue({ key })))).toBe('link.overloaded')
})
