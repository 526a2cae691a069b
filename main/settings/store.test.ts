import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { glance } from './appearance.ts'
import { defaultSettings, openSettings } from './store.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'settings-'))
  file = join(folder, 'settings.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a change is on disk when it resolves, and found by the next run', async () => {
  const heard: number[] = []
  const store = openSettings(file)
  const dispose = store.onChange((now, before) => heard.push(before.zoom, now.zoom))
  await store.change({ zoom: 125 })
  dispose()
  await store.change({ theme: 'light' })
  expect(openSettings(file).current()).toEqual({ ...defaultSettings, zoom: 125, theme: 'light' })
  expect(heard).toEqual([100, 125])
  expect(glance(file)).toMatchObject({ zoom: 125, theme: 'light' })
})

test('what is not a setting is refused and changes nothing', async () => {
  const store = openSettings(file)
  await expect(store.change({ zoom: 1000 })).rejects.toMatchObject({
    code: 'settings.invalid',
    params: { field: 'zoom' },
  })
  await expect(store.change({ colour: 'red' })).rejects.toMatchObject({ code: 'settings.invalid' })
  expect(store.current()).toEqual(defaultSettings)
})

test('one broken value costs only itself', () => {
  writeFileSync(file, JSON.stringify({ zoom: 'big', theme: 'light', locale: 'fr', unknown: 1 }))
  expect(openSettings(file).current()).toEqual({ ...defaultSettings, theme: 'light' })
  expect(glance(file)).toEqual({ theme: 'light', zoom: 100, locale: 'ja', startHidden: false })
})

test.each(['', 'null', '[]', '{'])('a broken file reads as the defaults: %s', (content) => {
  writeFileSync(file, content)
  expect(openSettings(file).current()).toEqual(defaultSettings)
})

test('changes that overtake each other all arrive, in order', async () => {
  const store = openSettings(file)
  await Promise.all([50, 75, 100, 150].map((zoom) => store.change({ zoom })))
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ zoom: 150 })
})
