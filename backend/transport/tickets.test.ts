import { expect, test } from 'vitest'
import type { Principal } from '../kernel/kernel.ts'
import { Tickets } from './tickets.ts'

const principal = { operator: 'tanaka' } as Principal

test('a ticket is good once, within its time', () => {
  let now = 1_000
  const tickets = new Tickets(() => now, 100)
  const one = tickets.issue(principal)
  const two = tickets.issue(principal)
  expect(one).not.toBe(two)
  expect(tickets.redeem(one)).toBe(principal)
  expect(() => tickets.redeem(one)).toThrow('feed.ticket-wrong')
  now += 100
  expect(() => tickets.redeem(two)).toThrow('feed.ticket-wrong')
  expect(() => tickets.redeem('')).toThrow('feed.ticket-wrong')
})

test('tickets that nobody redeemed are forgotten', () => {
  let now = 0
  const tickets = new Tickets(() => now, 100)
  for (let i = 0; i < 50; i++) tickets.issue(principal)
  now = 100
  tickets.issue(principal)
  expect(tickets.outstanding).toBe(1)
})

test('more than could ever be meant are refused', () => {
  const tickets = new Tickets(() => 0, 100)
  for (let i = 0; i < 20_000; i++) tickets.issue(principal)
  expect(() => tickets.issue(principal)).toThrow('link.overloaded')
})
