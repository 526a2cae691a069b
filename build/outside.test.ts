import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withChunks } from './outside.ts'

test('what a bundle loads comes with it, however it says so, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outside-'))
  mkdirSync(join(folder, 'chunks'))
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text)
  write('a.js', 'import{x as y}from"./chunks/b.js";import"node:fs";const z=()=>import(`./chunks/c.js`)')
  write('chunks/b.js', 'export{d}from"./d.js"')
  write('chunks/c.js', 'import "../a.js"')
  write('chunks/d.js', '')
  write('chunks/unused.js', '')
  const found = [...withChunks(folder, ['a.js', 'missing.js'])].sort()
  rmSync(folder, { recursive: true })
  expect(found).toEqual(['a.js', 'chunks/b.js', 'chunks/c.js', 'chunks/d.js'])
})
