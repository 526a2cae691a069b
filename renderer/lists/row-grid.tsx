// A virtual list cannot be a <table>: its rows are placed one by one. Focus stays on the grid, whose
// aria-activedescendant names the row, and the grid handles every key.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: see above
// biome-ignore-all lint/a11y/useKeyWithClickEvents: see above
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { movedTo } from './grid-keys.ts'
import type { PagedRows } from './paged-rows.ts'

/** Pixels, as the virtual list places them: a step of the type scale would leave a strip between two rows. */
const rowHeight = 32

/**
 * Rows are placed from a line that moves down as others enter above them, so that those which only move are neither laid
 * out nor painted anew. After so many it begins again, long before the largest place that a browser knows.
 */
const lineRows = 32_768

interface RowGridProps<Row> {
  readonly label: string
  readonly rows: PagedRows<Row>
  readonly keyOf: (row: Row) => string
  /** Letters before a row's key that make its id in the page. */
  readonly prefix: string
  readonly active: string | null
  /** Where rows can be chosen: those that are. */
  readonly selected?: ReadonlySet<string>
  readonly header: ReactNode
  /** The cells of a row, 32 pixels high. */
  readonly cells: (row: Row, active: boolean) => ReactNode
  readonly onActive: (key: string) => void
  readonly onOpen: (key: string) => void
  readonly onSelect?: (row: Row, range: boolean) => void
  /** Keys that are not the grid's own. */
  readonly onKey?: (key: string) => void
  readonly onShown: (first: number, last: number) => void
  readonly onTop?: (atTop: boolean) => void
  readonly onPointer?: (inside: boolean) => void
}

/** Any number of rows in a grid for mouse and keyboard; only those around the view are held. */
export const RowGrid = <Row,>(props: RowGridProps<Row>) => {
  const { label, rows, keyOf, prefix, active, selected, header, cells, onActive, onOpen, onTop, onPointer } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length + (rows.more && rows.ready ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const show = useRef(props.onShown)
  show.current = props.onShown
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list is told what is shown of it
  useEffect(() => show.current(first, last), [rows, first, last])
  const head = rows.headKey
  const atTop = useRef(true)
  // Told by the last scroll event: asking the element for it would lay out the whole page at every new row.
  const scrolled = useRef(0)
  useEffect(() => {
    if (head !== null && atTop.current && scrolled.current > 0) scroller.current?.scrollTo({ top: 0 })
  }, [head])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = active === null ? -1 : rows.indexOf(active)
    const to = movedTo(event.key, at, rows.length, Math.max(1, last - first - 24))
    const row = rows.at(to ?? at)
    if (to !== null) {
      virtual.scrollToIndex(to)
      if (row !== undefined) onActive(keyOf(row))
    } else if (event.key === 'Enter' && row !== undefined) onOpen(keyOf(row))
    else if (event.key === ' ' && row !== undefined && props.onSelect) props.onSelect(row, event.shiftKey)
    else {
      props.onKey?.(event.key)
      return
    }
    event.preventDefault()
  }
  const onScroll = (top: number): void => {
    scrolled.current = top
    const now = top < rowHeight / 2
    if (now !== atTop.current) onTop?.(now)
    atTop.current = now
  }
  const line = (rows.entered % lineRows) * rowHeight

  return (
    <div className="@container flex h-full min-h-0 flex-col">
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={rows.more ? -1 : rows.length + 1}
        aria-multiselectable={selected && true}
        aria-activedescendant={active === null || rows.indexOf(active) < 0 ? undefined : `${prefix}${active}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerEnter={() => onPointer?.(true)}
        onPointerLeave={() => onPointer?.(false)}
        onScroll={(event) => onScroll(event.currentTarget.scrollTop)}
        className="min-h-0 flex-1 overflow-y-auto bg-surface -outline-offset-2"
      >
        <div className="sticky top-0 z-10">{header}</div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          <div
            role="presentation"
            className="absolute inset-x-0 top-0 will-change-transform"
            style={{ transform: `translateY(${line}px)` }}
          >
            {items.map((item) => {
              const row = rows.at(item.index)
              const key = row === undefined ? undefined : keyOf(row)
              return (
                <div
                  key={key ?? `at-${item.index}`}
                  role="row"
                  id={key && `${prefix}${key}`}
                  aria-rowindex={item.index + 2}
                  aria-selected={key !== undefined && (selected ? selected.has(key) : key === active)}
                  data-key={key}
                  onClick={() => key !== undefined && onOpen(key)}
                  className="absolute inset-x-0"
                  style={{ top: item.start - line }}
                >
                  {row === undefined ? (
                    <div role="gridcell" className="flex h-[32px] items-center px-4">
                      <div className="skeleton h-4 w-full" />
                    </div>
                  ) : (
                    cells(row, key === active)
                  )}
                </div>
              )
            })}
          </div>
        </div>
      </div>
    </div>
  )
}
