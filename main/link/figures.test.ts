import { expect, test } from 'vitest'
import { fakeInventory } from '#tests/fakes/desktop-telemetry.ts'
import { createFigures } from './figures.ts'

const began = 1_800_000_000_000
const told = (instance: string, at: number): string =>
  JSON.stringify({ t: 'inventory', inventory: { ...fakeInventory(began + at), instance } })

test('keep the newest inventory of each instance, and forget one that has told nothing for a minute', () => {
  const figures = createFigures({ sample: null, inventory: null })
  const heard: string[] = []
  figures.onInventory(({ instance, at }) => heard.push(`${instance} ${at - began}`))
  for (const [instance, at] of [
    ['east', 1_000],
    ['west', 1_000],
    ['east', 6_000],
  ] as const)
    expect(figures.receive(told(instance, at))).toBe(true)
  expect(figures.inventories().map(({ instance, at }) => `${instance} ${at - began}`)).toEqual([
    'west 1000',
    'east 6000',
  ])
  expect(figures.newest().inventory?.instance).toBe('east')
  figures.receive(told('east', 61_001))
  expect(figures.inventories().map(({ instance }) => instance)).toEqual(['east'])
  expect(heard).toHaveLength(4)
  expect(figures.receive('{"t":"inventory"}')).toBe(false)
})
