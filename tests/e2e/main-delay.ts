import type { ElectronApplication } from '@playwright/test'

/** How long main's event loop was kept from its next turn, in milliseconds. */
export interface Delay {
  readonly p99: number
  readonly max: number
  /** The longest stretch that main itself was at work; what is above it in `max`, the machine gave to others. */
  readonly own: number
}

const everyMs = 5

export const watchMain = (app: ElectronApplication): Promise<void> =>
  app.evaluate((_, every) => {
    const delays: number[] = []
    let own = 0
    let [at, busy] = [performance.now(), process.threadCpuUsage()]
    const timer = setInterval(() => {
      const [now, used] = [performance.now(), process.threadCpuUsage(busy)]
      delays.push(Math.max(0, now - at - every))
      own = Math.max(own, (used.user + used.system) / 1000)
      at = now
      busy = process.threadCpuUsage()
    }, every)
    const delayOfMain = (): Delay => {
      clearInterval(timer)
      const sorted = delays.toSorted((a, b) => a - b)
      return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, max: sorted.at(-1) ?? 0, own }
    }
    Object.assign(globalThis, { delayOfMain })
  }, everyMs)

/** Since {@link watchMain}. */
export const delayOfMain = (app: ElectronApplication): Promise<Delay> =>
  app.evaluate(() => (globalThis as unknown as { readonly delayOfMain: () => Delay }).delayOfMain())
