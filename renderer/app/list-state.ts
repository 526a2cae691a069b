/** How a list stands: what `ui/states` shows in its place. */
export type ListState = 'loading' | 'denied' | 'failed' | 'offline' | 'partial' | 'ready'

interface ListFacts {
  readonly kept: 'empty' | 'loading' | 'ready' | 'denied' | undefined
  readonly linked: boolean
  readonly fetched: boolean
  readonly failed: boolean
  readonly rows: number
}

/** Pure. An empty list says that there is nothing only where everything was read. */
export const listState = ({ kept, linked, fetched, failed, rows }: ListFacts): ListState => {
  if (kept === 'denied') return 'denied'
  if (failed) return 'failed'
  if (!fetched) return 'loading'
  if (kept === 'ready') return 'ready'
  if (rows > 0) return kept === 'loading' ? 'partial' : 'ready'
  return linked || kept === 'loading' ? 'loading' : 'offline'
}
