import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '#protocol/catalogue.ts'
import { type DescriptionWord, descriptionWords } from '#protocol/description.ts'
import { errorCodes } from '#protocol/errors.ts'
import { moduleNames, noticeCodes, notices } from '#protocol/notices.ts'
import { en } from './en/index.ts'
import { ja } from './ja/index.ts'

type Texts = { readonly [key: string]: string | Texts }

const flat = (texts: Texts, path = ''): readonly (readonly [string, string])[] =>
  Object.entries(texts).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`
    return typeof value === 'string' ? [[at, value] as const] : flat(value, at)
  })
const keysOf = (texts: Texts): readonly string[] =>
  flat(texts)
    .map(([key]) => key)
    .toSorted()
const placeholders = (text: string): readonly string[] => (text.match(/\{\{\w+\}\}/g) ?? []).toSorted()

const japanese = flat(ja)
const english = new Map(flat(en))

describe('languages', () => {
  it('hold the same keys', () => {
    expect(keysOf(en)).toEqual(keysOf(ja))
  })

  it('never leave a text empty', () => {
    for (const [key, text] of [...japanese, ...english]) expect(text.trim(), key).not.toBe('')
  })

  it('use no parameter that the other does not know', () => {
    for (const [key, text] of japanese) expect(placeholders(english.get(key) ?? ''), key).toEqual(placeholders(text))
  })
})

describe('catalogues', () => {
  it('have what happened and what to do for every error code, and no more', () => {
    const expected = errorCodes.flatMap((code) => [`${code}.what`, `${code}.todo`]).toSorted()
    expect(keysOf(ja.errors)).toEqual(expected)
    expect(keysOf(en.errors)).toEqual(expected)
  })

  it('name every command that an operator can send', () => {
    const known = commands.map(({ name }) => name)
    for (const name of keysOf(ja.commands)) expect(known).toContain(name)
  })

  it('name what services and the log itself do, which a review shows too', () => {
    const named = keysOf(ja.commands)
    for (const { name } of commands) if (!name.startsWith('payments.')) expect(named).toContain(name)
  })

  it('call a command what the vault calls it', () => {
    for (const { name, describe: describes } of commands) {
      if (describes === undefined) continue
      const word = name as DescriptionWord
      expect(japanese.find(([key]) => key === `commands.${name}`)?.[1], name).toBe(descriptionWords.ja[word])
      expect(english.get(`commands.${name}`), name).toBe(descriptionWords.en[word])
    }
  })

  it('have both texts of every notice, with the same parameters', () => {
    for (const code of noticeCodes) expect(placeholders(notices[code].en), code).toEqual(placeholders(notices[code].ja))
  })
})

const sources = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [path] : []
  })

describe('source', () => {
  it('writes no Japanese outside the catalogues', () => {
    const mayHold = /format\/|event-text\.ts$/
    const root = join(import.meta.dirname, '..')
    for (const path of sources(root)) {
      if (mayHold.test(path)) continue
      const code = readFileSync(path, 'utf8')
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/^\s*\/\/.*$/gm, '')
      expect(code.match(/[\u3041-\u30ff\u4e00-\u9fff]/g) ?? [], path).toEqual([])
    }
  })
})

describe('wording', () => {
  it('uses no half-width katakana and no full-width letters or digits', () => {
    for (const [key, text] of japanese)
      expect(text, key).not.toMatch(/[\uff61-\uff9f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/)
  })

  it('puts no space between Japanese and Latin letters or digits', () => {
    const spaced = /[\u3041-\u30ff\u4e00-\u9fff] [A-Za-z0-9]|[A-Za-z0-9] [\u3041-\u30ff\u4e00-\u9fff]/
    for (const [key, text] of japanese) expect(text, key).not.toMatch(spaced)
  })

  it('writes full-width brackets, colons and question marks, and 〜 for ranges', () => {
    for (const [key, text] of japanese) {
      expect(text, key).not.toMatch(/[\u3041-\u30ff\u4e00-\u9fff][(:?!]|[)][\u3041-\u30ff\u4e00-\u9fff]/)
      expect(text, key).not.toMatch(/\d-\d/)
    }
  })

  it('keeps to the glossary', () => {
    const wrong = [
      /しきい値/,
      /ミュート/,
      /サイレンス/,
      /ユーザ(?!ー)/,
      /サーバ(?!ー)/,
      /フィンガープリント/,
      /確認済(?!み)/,
    ]
    for (const [key, text] of japanese) for (const word of wrong) expect(text, key).not.toMatch(word)
  })

  it('names modules as the notices do', () => {
    expect(ja.common.module).toMatchObject(moduleNames.ja)
    expect(en.common.module).toMatchObject(moduleNames.en)
  })

  it('asks in polite full sentences and ends them with 。', () => {
    for (const [key, text] of japanese.filter(([name]) => name.startsWith('errors.') && name.endsWith('.todo'))) {
      expect(text, key).toMatch(/。$/)
    }
  })
})
