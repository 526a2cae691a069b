import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pages } from '#protocol/desktop.ts'
import { hashOf, linkTo, parseLink } from './places.ts'

test('every place survives its link', () => {
  const key = fc.option(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((it) => it.length <= 100))
  fc.assert(
    fc.property(fc.constantFrom(...pages), key, (page, it) => {
      const place = { page, key: it }
      expect(parseLink(linkTo(place))).toEqual(place)
    }),
  )
})

test.each([
  'libral://',
  'libral://nowhere',
  'libral://events/a/b',
  'libral://events?x=1',
  'libral://events/%zz',
  'libral://events#x',
  'https://events',
  'libral:events',
  `libral://events/${'a'.repeat(129)}`,
  'libral://EVENTS',
])('refuses %s', (link) => expect(parseLink(link)).toBeNull())

test('a hash keeps a key with slashes whole', () => {
  expect(hashOf({ page: 'alerts', key: 'disk/core/1' })).toBe('#/alerts/disk%2Fcore%2F1')
  expect(hashOf({ page: 'events', key: null })).toBe('#/events')
})
