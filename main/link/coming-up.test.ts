import { afterEach, expect, test, vi } from 'vitest'
import { comingUp } from './coming-up.ts'
import type { Desk, DeskState } from './desk.ts'

type LinkState = DeskState['link']['state']

const deskIn = (begin: LinkState) => {
  let state = begin
  const listeners = new Set<(state: DeskState) => void>()
  const desk: Pick<Desk, 'state' | 'onState'> = {
    state: () => ({ link: { state } }) as DeskState,
    onState: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const becomes = (next: LinkState): void => {
    state = next
    for (const listener of listeners) listener(desk.state())
  }
  return { desk, becomes, listeners }
}

afterEach(() => void vi.useRealTimers())

test('what is up or down is not waited for', async () => {
  for (const state of ['live', 'idle', 'waiting', 'stopped'] as const) {
    const { desk, listeners } = deskIn(state)
    await comingUp(desk)
    expect(listeners.size).toBe(0)
  }
})

test('what comes up is waited for, until it is there or failed', async () => {
  for (const last of ['live', 'waiting'] as const) {
    const { desk, becomes, listeners } = deskIn('connecting')
    const there = vi.fn()
    const waiting = comingUp(desk).then(there)
    becomes('signing-in')
    await Promise.resolve()
    expect(there).not.toHaveBeenCalled()
    becomes(last)
    await waiting
    expect(listeners.size).toBe(0)
  }
})

test('nobody waits longer than ten seconds', async () => {
  vi.useFakeTimers()
  const { desk, listeners } = deskIn('connecting')
  const waiting = comingUp(desk)
  await vi.advanceTimersByTimeAsync(10_000)
  await waiting
  expect(listeners.size).toBe(0)
})
