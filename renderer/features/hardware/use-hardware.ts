import { useEffect, useState } from 'react'
import type { Hardware, hardwareWaits } from '#protocol/hardware.ts'
import { desktop } from '../../app/desktop.ts'

/** Follows a stream of the open vault for as long as a component is shown; null before its first item. */
function useStream<Item>(open: (signal: AbortSignal) => Promise<AsyncIterable<Item>>, wanted: boolean): Item | null {
  const [item, setItem] = useState<Item | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `open` names the stream and never changes
  useEffect(() => {
    if (!wanted) return
    const ending = new AbortController()
    const follow = async (): Promise<void> => {
      try {
        for await (const next of await open(ending.signal)) setItem(next)
      } catch {
        // Locked: the page shows that instead.
      }
      setItem(null)
    }
    void follow()
    return () => ending.abort()
  }, [wanted])
  return item
}

/** Card and tokens. The vault looks for them while this is shown. */
export const useHardware = (): Hardware | null => useStream((signal) => desktop.hardware.watch({}, { signal }), true)

/** What the hardware is waited for, on any page. */
export const useWaits = (unlocked: boolean): (typeof hardwareWaits)[number] | null =>
  useStream((signal) => desktop.hardware.waits({}, { signal }), unlocked)?.waits ?? null
