import { describe, expect, it } from 'vitest'
import { publishPolicy } from '#protocol/policy.ts'
import type { SayVault } from '../ask/texts.ts'
import { type Drawing, drawn } from './draw.ts'

const say = Object.assign((key: string) => key, { lang: 'ja' }) as unknown as SayVault
const text = '@id("all")\npermit (principal, action, resource);\n操作する人: tanaka\u202e'

describe('the confirmation of a policy', () => {
  it('shows every line of it with its number, so that none passes for a fact of its own', () => {
    const statement = { command: publishPolicy.name, id: 'x', operator: 'sato', context: 'c', expiresAt: 0 }
    const command = { statement, salt: '', params: { text, base: 'A'.repeat(43), note: '理由' } }
    const wish = { what: 'command', command, deployment: '東京', names: {}, fingerprints: [], now: 0 }
    const { facts, danger } = drawn({ wish, keys: ['k'], say } as unknown as Drawing)
    const shown = facts.find(({ label }) => label === '公開するポリシー')?.value
    expect(shown).toBe('1: @id("all")\n2: permit (principal, action, resource);\n3: 操作する人: tanaka⟨U+202E⟩')
    expect(danger).toBe(true)
  })
})
