import { clsx } from 'clsx'
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'

export interface Column<Row> {
  readonly id: string
  readonly title: ReactNode
  readonly cell: (row: Row) => ReactNode
  /** Figures stand right. */
  readonly right?: boolean
  readonly className?: string
}

interface DataTableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  readonly muted?: (row: Row) => boolean
  /** Of many rows it shows a dozen and scrolls by itself, so that what stands below it is found. */
  readonly bounded?: boolean
}

/** Whether its content is larger than it; who uses the keyboard must then be able to scroll it. */
const useOverflow = () => {
  const ref = useRef<HTMLDivElement>(null)
  const [overflows, set] = useState(false)
  useLayoutEffect(() => {
    const element = ref.current
    const table = element?.firstElementChild
    if (!element || !table) return
    const resized = new ResizeObserver(() =>
      set(element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight),
    )
    resized.observe(element)
    resized.observe(table)
    return () => resized.disconnect()
  }, [])
  return { ref, overflows }
}

/** A plain table for lists that fit on a page; a million rows go to ../lists. */
export const DataTable = <Row,>({ label, columns, rows, rowKey, muted, bounded = false }: DataTableProps<Row>) => {
  const { ref, overflows } = useOverflow()
  return (
    <div
      ref={ref}
      className={clsx('overflow-x-auto', bounded && 'max-h-96 overflow-y-auto')}
      {...(overflows && { role: 'group', 'aria-label': label, tabIndex: 0 })}
    >
      <table className="w-full border-collapse" aria-label={label}>
        <thead className={clsx(bounded && 'sticky top-0')}>
          <tr className="border-line border-y bg-raised text-faint">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={clsx(
                  'px-3 py-1 font-normal whitespace-nowrap first:pl-4 last:pr-4',
                  column.right ? 'text-right' : 'text-left',
                  column.className,
                )}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              className={clsx('border-line border-b last:border-b-0 hover:bg-hover', muted?.(row) && 'text-faint')}
            >
              {columns.map((column) => (
                <td
                  key={column.id}
                  className={clsx(
                    'px-3 py-1.5 first:pl-4 last:pr-4',
                    column.right && 'figure text-right whitespace-nowrap',
                    column.className,
                  )}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
