import type { ElectronApplication } from '@playwright/test'

/** How late main's event loop was, in milliseconds beyond the five that the measurement itself takes. */
export interface Delay {
  readonly p99: number
  readonly max: number
}

export const watchMain = (app: ElectronApplication): Promise<void> =>
  app.evaluate(() => {
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks')
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    Object.assign(globalThis, { delay })
  })

/** Since {@link watchMain}. */
export const delayOfMain = (app: ElectronApplication): Promise<Delay> =>
  app.evaluate(() => {
    const { delay } = globalThis as unknown as {
      readonly delay: { readonly max: number; percentile(of: number): number; disable(): void }
    }
    delay.disable()
    const beyond = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - 5)
    return { p99: beyond(delay.percentile(99)), max: beyond(delay.max) }
  })
