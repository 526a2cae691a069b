import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')
const houses = ['protocol', 'trust', 'backend', 'main', 'preload', 'renderer']

const report = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
})

/** Runs the very rules of the checkout over a folder that has the same houses. */
function cruise(cwd: string): z.infer<typeof report> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const config = join(root, '.dependency-cruiser.cjs')
  const args = [program, '--config', config, '--output-type', 'json', ...houses]
  return report.parse(JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 })))
}

// It reads every source file with a whole parser: seconds, and more of them on a busy machine.
describe('the import rules', () => {
  const seeded = mkdtempSync(join(tmpdir(), 'libral-imports-'))
  afterAll(() => rmSync(seeded, { recursive: true, force: true }))

  test('see every source file', () => {
    const files = globSync(`{${houses.join(',')}}/**/*.{ts,tsx}`, { cwd: root }).filter((it) => !it.endsWith('.d.ts'))
    const seen = new Set(cruise(root).modules.map((it) => it.source))
    expect(files.length).toBeGreaterThan(20)
    expect(files.filter((file) => !seen.has(file))).toEqual([])
  })

  const violations: ReadonlyArray<readonly [rule: string, file: string, line: string]> = [
    ['protocol-imports-down', 'protocol/a.ts', `import type { T } from '#trust/target.ts'`],
    ['protocol-stays-pure', 'protocol/b.ts', `import { readFileSync } from 'node:fs'`],
    ['trust-imports-down', 'trust/a.ts', `import { x } from '#backend/target.ts'`],
    ['backend-imports-down', 'backend/a.ts', `import { x } from '../main/target.ts'`],
    ['main-imports-down', 'main/a.ts', `import { x } from '#backend/target.ts'`],
    ['preload-imports-down', 'preload/a.ts', `import { x } from '#main/target.ts'`],
    ['renderer-imports-down', 'renderer/a.tsx', `import { x } from '#trust/target.ts'`],
    ['renderer-without-node', 'renderer/b.ts', `import { join } from 'node:path'`],
    ['electron-only-in-the-desktop', 'renderer/c.ts', `import { shell } from 'electron'`],
    ['vault-audit-cli-without-electron', 'main/cli/a.ts', `import { app } from 'electron'`],
    ['openpgp-behind-one-folder', 'backend/b.ts', `import * as openpgp from 'openpgp'`],
    ['source-never-imports-tests', 'main/b.ts', `import { x } from './target.test.ts'`],
  ]

  test('find a violation of each kind', () => {
    const put = (path: string, text: string) => {
      mkdirSync(dirname(join(seeded, path)), { recursive: true })
      writeFileSync(join(seeded, path), `${text}\n`)
    }
    put('package.json', readFileSync(join(root, 'package.json'), 'utf8'))
    for (const house of houses) put(`${house}/target.ts`, 'export const x = 1\nexport type T = number')
    put('main/target.test.ts', 'export const x = 1')
    for (const [, file, line] of violations) put(file, `${line}\nexport const used = 1`)
    const found = cruise(seeded).summary.violations.map((it) => `${it.rule.name} ${it.from}`)
    expect(found).toEqual(expect.arrayContaining(violations.map(([rule, file]) => `${rule} ${file}`)))
  })
})

describe('the two bridges', () => {
  const mention = (word: string) =>
    globSync('{main,preload,renderer}/**/*.{ts,tsx}', { cwd: root })
      .filter((file) => !/\.test\.tsx?$/.test(file))
      .filter((file) => new RegExp(`\\b${word}\\b`).test(readFileSync(join(root, file), 'utf8')))

  test('only main/ipc/port.ts touches ipcMain', () => {
    expect(mention('ipcMain').filter((file) => file !== 'main/ipc/port.ts')).toEqual([])
  })

  test('only preload/index.ts touches ipcRenderer', () => {
    expect(mention('ipcRenderer').filter((file) => file !== 'preload/index.ts')).toEqual([])
  })
})
