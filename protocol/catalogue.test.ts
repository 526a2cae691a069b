import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { collections, commands, eventDefinitions } from './catalogue.ts'
import { eventKey, eventKeySchema } from './events.ts'
import { noticeCodes, notices, noticeText } from './notices.ts'

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort()

describe('catalogue', () => {
  it('names everything in the form of its kind', () => {
    for (const { name } of commands) expect(name).toMatch(/^[a-z][a-z0-9-]*\.[a-z][A-Za-z0-9]*$/)
    for (const { type } of eventDefinitions) expect(type).toMatch(/@[1-9][0-9]*$/)
    for (const { name } of collections) expect(name).toMatch(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)?$/)
  })

  it('indexes only fields that the rows have', () => {
    for (const { name, schema, indexes } of collections) {
      const fields = Object.keys((schema as z.ZodObject).shape)
      for (const index of indexes) for (const field of index) expect(fields, name).toContain(field)
    }
  })

  it('refuses parameters that it does not know', () => {
    for (const { name, params } of commands) {
      const issues = params.safeParse({ 'no such field': 1 }).error?.issues ?? []
      expect(
        issues.some((issue) => issue.code === 'unrecognized_keys'),
        name,
      ).toBe(true)
    }
  })
})

describe('notices', () => {
  it('say the same in both languages', () => {
    for (const code of noticeCodes) expect(placeholders(notices[code].ja), code).toEqual(placeholders(notices[code].en))
  })

  it('keep a missing parameter and an unknown code visible', () => {
    expect(noticeText('ja', 'session.ended', { operator: 'tanaka' })).toBe('「tanaka」がサインアウトしました')
    expect(noticeText('ja', 'session.ended', {})).toContain('{{operator}}')
    expect(noticeText('ja', 'later.unknown', {})).toBe('later.unknown')
    expect(noticeText('ja', 'constructor', {})).toBe('constructor')
  })
})

describe('event keys', () => {
  it('sort as the log does', () => {
    const keys = [eventKey(9, 0), eventKey(9, 1), eventKey(10, 0), eventKey(999_999_999_999, 99)]
    expect([...keys].sort()).toEqual(keys)
    for (const key of keys) expect(eventKeySchema.safeParse(key).success).toBe(true)
    expect(eventKey(1, 255) > eventKey(1, 99)).toBe(true)
  })
})
