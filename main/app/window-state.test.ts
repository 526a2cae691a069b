import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWindowStateWriter, readWindowState, visibleBounds } from './window-state.ts'

const screen = { x: 0, y: 0, width: 1440, height: 900 }
const left = { x: -1920, y: 0, width: 1920, height: 1080 }
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ws-'))
  file = join(folder, 'windows.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a window that can be reached stays where it was', () => {
  const saved = { x: -1800, y: 40, width: 1000, height: 700 }
  expect(visibleBounds(saved, [screen, left])).toEqual(saved)
})

test('one on a screen that is gone comes to the middle of the first', () => {
  const saved = { x: -1800, y: 40, width: 1000, height: 700 }
  expect(visibleBounds(saved, [screen])).toEqual({ x: 220, y: 100, width: 1000, height: 700 })
})

test('whatever was saved, the title bar can be reached', () => {
  const number = fc.integer({ min: -10_000, max: 10_000 })
  const size = fc.integer({ min: 1, max: 10_000 })
  fc.assert(
    fc.property(number, number, size, size, (x, y, width, height) => {
      const at = visibleBounds({ x, y, width, height }, [screen, left])
      const on = [screen, left].some(
        (it) => at.y >= it.y && at.y + 48 <= it.y + it.height && at.x + at.width > it.x && at.x < it.x + it.width,
      )
      return on && at.width >= 720 && at.height >= 480
    }),
  )
})

test.each([
  '',
  '[]',
  '{"main":{}}',
  '{"main":{"bounds":{"x":"1","y":0,"width":1,"height":1}}}',
  '{"main":{"bounds":{"x":1e9,"y":0,"width":1,"height":1}}}',
  '{"main":{"bounds":{"x":0,"y":0,"width":-5,"height":1}}}',
])('nonsense in the file is nothing: %s', (content) => {
  writeFileSync(file, content)
  expect(readWindowState(file, 'main')).toBeNull()
})

test('keeps the newest state of each role', async () => {
  const writer = createWindowStateWriter(file, 5)
  const state = { bounds: { x: 1, y: 2, width: 800, height: 600 }, maximised: false, fullScreen: false }
  writer.put('main', state)
  writer.put('main', { ...state, maximised: true })
  writer.put('wall', state)
  await writer.flush()
  expect(readWindowState(file, 'main')).toEqual({ ...state, maximised: true })
  expect(readWindowState(file, 'wall')).toEqual(state)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('wall')
})
