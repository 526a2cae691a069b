import { useRef, useState } from 'react'
import type { EventRow } from '#protocol/events.ts'
import type { EventsView } from './use-events.ts'

export interface Selection {
  readonly keys: ReadonlySet<string>
  readonly rows: readonly EventRow[]
  readonly toggle: (row: EventRow, range: boolean) => void
  readonly clear: () => void
}

/** Open events chosen for one action; with Shift everything between the last choice and this one. */
export const useSelection = (view: EventsView): Selection => {
  const [chosen, setChosen] = useState<ReadonlyMap<string, EventRow>>(new Map())
  const anchor = useRef<string>(null)
  const toggle = (row: EventRow, range: boolean): void => {
    if (row.state !== 'open') return
    const from = range && anchor.current !== null ? view.rows.indexOf(anchor.current) : -1
    const to = view.rows.indexOf(row.key)
    anchor.current = row.key
    setChosen((now) => {
      const next = new Map(now)
      if (from < 0) {
        if (!next.delete(row.key)) next.set(row.key, row)
        return next
      }
      for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) {
        const between = view.rows.at(index)
        if (between?.state === 'open') next.set(between.key, between)
      }
      return next
    })
  }
  return { keys: new Set(chosen.keys()), rows: [...chosen.values()], toggle, clear: () => setChosen(new Map()) }
}
