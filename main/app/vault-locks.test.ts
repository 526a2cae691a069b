import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type VaultState, vaultStates } from '#protocol/keys.ts'
import { leftAlone, lockWhenAway, onceLocked } from './vault-locks.ts'

const minute = 60_000

class Machine extends EventEmitter {
  idleSeconds = 0
  getSystemIdleTime = (): number => this.idleSeconds
}

const world = () => {
  const listeners = new Set<(state: VaultState) => void>()
  const vault = {
    current: { revision: 0, state: 'absent', since: 0, failure: null, setAside: null } as VaultState,
    locks: 0,
    state: () => vault.current,
    lock: async () => {
      vault.locks += 1
      if (vault.current.state === 'unlocked') enter('locked')
    },
    onState: (listener: (state: VaultState) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const enter = (state: VaultState['state']): void => {
    vault.current = { ...vault.current, state, since: Date.now() }
    for (const listener of listeners) listener(vault.current)
  }
  const settings = {
    vaultIdleMinutes: 15 as number | null,
    vaultLockOnSuspend: true,
    vaultLockOnScreen: true,
    paymentFilters: [],
    paymentNotifications: true,
  }
  return { vault, enter, settings, machine: new Machine(), listeners }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the vault locks itself', () => {
  it('at suspend and when the screen is locked, where the settings say so', () => {
    const { vault, settings, machine } = world()
    const stop = lockWhenAway(vault, () => settings, machine)
    machine.emit('suspend')
    machine.emit('lock-screen')
    expect(vault.locks).toBe(2)
    Object.assign(settings, { vaultLockOnSuspend: false, vaultLockOnScreen: false })
    machine.emit('suspend')
    machine.emit('lock-screen')
    expect(vault.locks).toBe(2)
    stop()
    expect(machine.eventNames()).toEqual([])
  })

  it('once nobody has touched key or mouse for the minutes set', async () => {
    const { vault, enter, settings, machine } = world()
    const stop = lockWhenAway(vault, () => settings, machine)
    enter('unlocked')
    machine.idleSeconds = 14 * 60
    await vi.advanceTimersByTimeAsync(14 * minute)
    expect(vault.locks).toBe(0)
    machine.idleSeconds = 15 * 60
    await vi.advanceTimersByTimeAsync(minute)
    expect(vault.locks).toBe(1)
    await vi.advanceTimersByTimeAsync(minute)
    expect(vault.locks).toBe(1)
    stop()
    enter('unlocked')
    await vi.advanceTimersByTimeAsync(60 * minute)
    expect(vault.locks).toBe(1)
  })

  it('not because the machine was idle before it was unlocked', async () => {
    const { vault, enter, settings, machine } = world()
    const stop = lockWhenAway(vault, () => settings, machine)
    machine.idleSeconds = 3_600
    enter('unlocked')
    await vi.advanceTimersByTimeAsync(14 * minute)
    expect(vault.locks).toBe(0)
    await vi.advanceTimersByTimeAsync(2 * minute)
    expect(vault.locks).toBe(1)
    stop()
  })

  it('only while it is open, and never where no minutes are set', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...vaultStates),
        fc.option(fc.integer({ min: 1, max: 1440 })),
        fc.nat(200_000),
        fc.nat(200_000_000),
        (state, vaultIdleMinutes, idleSeconds, open) => {
          const alone = leftAlone({ state, since: 1_000 }, { vaultIdleMinutes }, idleSeconds, 1_000 + open)
          const reached =
            vaultIdleMinutes !== null && idleSeconds >= vaultIdleMinutes * 60 && open >= vaultIdleMinutes * minute
          expect(alone).toBe(state === 'unlocked' && reached)
        },
      ),
    )
  })
})

describe('what depends on an open vault', () => {
  it('is told once for each time that it closes, however it does', () => {
    const { vault, enter, listeners } = world()
    let told = 0
    const stop = onceLocked(vault, () => told++)
    for (const state of ['opening', 'locked', 'absent', 'opening', 'locked'] as const) enter(state)
    expect(told).toBe(0)
    for (const state of ['opening', 'unlocked', 'locking', 'locked'] as const) enter(state)
    expect(told).toBe(1)
    // Its process died.
    enter('unlocked')
    enter('locked')
    expect(told).toBe(2)
    // A restore into the open vault that was declined left it open.
    for (const state of ['unlocked', 'opening', 'unlocked', 'locking', 'locked'] as const) enter(state)
    expect(told).toBe(3)
    stop()
    expect(listeners.size).toBe(0)
  })
})
