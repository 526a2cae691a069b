import { readRecord } from '#main/settings/appearance.ts'
import { writeWhole } from '#main/settings/json-file.ts'

export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface WindowState {
  readonly bounds: Bounds
  readonly maximised: boolean
  readonly fullScreen: boolean
}

export const smallest = { width: 720, height: 480 } as const
export const usual = { width: 1280, height: 820 } as const

/** How much of a window must lie on some screen for its title bar to be reachable. */
const reachable = { width: 120, height: 48 } as const

/** What a role's last window looked like; null when the file has no such window or holds nonsense. */
export function readWindowState(file: string, role: string): WindowState | null {
  const saved = readRecord(file)[role]
  if (typeof saved !== 'object' || saved === null) return null
  const { bounds, maximised, fullScreen } = saved as Readonly<Record<string, unknown>>
  if (!isBounds(bounds)) return null
  return { bounds, maximised: maximised === true, fullScreen: fullScreen === true }
}

function isBounds(value: unknown): value is Bounds {
  if (typeof value !== 'object' || value === null) return false
  const { x, y, width, height } = value as Readonly<Record<string, unknown>>
  const fits = (it: unknown): boolean => Number.isInteger(it) && Math.abs(it as number) <= 100_000
  return [x, y, width, height].every(fits) && (width as number) > 0 && (height as number) > 0
}

/**
 * Where a window shall stand: as saved when enough of its top can be seen on some screen, else centred on the first.
 * @param screens work areas, the primary one first
 */
export function visibleBounds(saved: Bounds | null, screens: readonly Bounds[]): Bounds {
  const home = screens[0] ?? { x: 0, y: 0, ...usual }
  const size = {
    width: Math.min(Math.max(saved?.width ?? usual.width, smallest.width), Math.max(home.width, smallest.width)),
    height: Math.min(Math.max(saved?.height ?? usual.height, smallest.height), Math.max(home.height, smallest.height)),
  }
  if (saved !== null && screens.some((screen) => isReachable(saved, screen)))
    return {
      x: saved.x,
      y: saved.y,
      width: Math.max(saved.width, smallest.width),
      height: Math.max(saved.height, smallest.height),
    }
  return {
    x: home.x + Math.max(0, Math.round((home.width - size.width) / 2)),
    y: home.y + Math.max(0, Math.round((home.height - size.height) / 2)),
    ...size,
  }
}

function isReachable(window: Bounds, screen: Bounds): boolean {
  const across = Math.min(window.x + window.width, screen.x + screen.width) - Math.max(window.x, screen.x)
  const top = window.y >= screen.y && window.y + reachable.height <= screen.y + screen.height
  return top && across >= reachable.width
}

/** Keeps the newest state of each role; writes when nothing changed for a while, and at the end. */
export function createWindowStateWriter(file: string, quietMs = 500) {
  let states = readRecord(file)
  let timer: NodeJS.Timeout | null = null
  let written: Promise<void> = Promise.resolve()
  const write = (): void => {
    timer = null
    written = writeWhole(file, JSON.stringify(states)).catch(() => {})
  }
  return {
    put(role: string, state: WindowState): void {
      states = { ...states, [role]: state }
      if (timer !== null) clearTimeout(timer)
      timer = setTimeout(write, quietMs)
    },
    async flush(): Promise<void> {
      if (timer !== null) {
        clearTimeout(timer)
        write()
      }
      await written
    },
  }
}
export type WindowStateWriter = ReturnType<typeof createWindowStateWriter>
