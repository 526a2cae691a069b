import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noFigures, readFigures, writeFigures } from './kept-figures.ts'

const key = new Uint8Array(32).fill(7)
const figures = {
  deployment: { id: 'core-1', name: '本社' },
  sample: { at: 1_790_000_000_000, instance: 'alpha', values: { 'machine.cpu': 0.25 } },
  inventory: null,
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kf-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const file = () => join(folder, 'figures.kept')

test('what was kept comes back, and says nothing to one without the key', async () => {
  await writeFigures(folder, key, figures)
  expect(readFigures(folder, key)).toEqual(figures)
  expect(readFileSync(file()).includes('alpha')).toBe(false)
  expect(readFigures(folder, new Uint8Array(32))).toEqual(noFigures)
})

test('a file that is absent, cut or changed in any byte is no figures', async () => {
  expect(readFigures(folder, key)).toEqual(noFigures)
  await writeFigures(folder, key, figures)
  const whole = readFileSync(file())
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    writeFileSync(file(), changed)
    expect(readFigures(folder, key)).toEqual(noFigures)
    writeFileSync(file(), whole.subarray(0, at))
    expect(readFigures(folder, key)).toEqual(noFigures)
  }
})

test('figures that another version wrote are no figures', async () => {
  await writeFigures(folder, key, { ...figures, sample: { at: 'yesterday' } } as never)
  expect(readFigures(folder, key)).toEqual(noFigures)
})

test('where nothing can be written, the app goes on', async () => {
  await expect(writeFigures(join(file(), 'not-a-folder'), key, figures)).resolves.toBeUndefined()
})
