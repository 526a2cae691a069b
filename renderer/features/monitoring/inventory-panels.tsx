import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { Inventory } from '#protocol/telemetry.ts'
import { shortly } from '../../format/instant.ts'
import { bytes, bytesPerSecond, integer, joined, milliseconds, percent } from '../../format/number.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty, Unavailable } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'

type Of<Key extends keyof Inventory> = Inventory[Key] extends readonly (infer Row)[]
  ? Row
  : Inventory[Key] extends { readonly rows: readonly (infer Row)[] }
    ? Row
    : never
type Words = TFunction<'monitoring'>

interface SectionProps<Row> {
  readonly title: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly rowKey: (row: Row) => string
  readonly empty: string
  readonly note?: string | undefined
}

const Section = <Row,>({ title, rows, columns, rowKey, empty, note }: SectionProps<Row>) => (
  <Panel title={title} note={note} padded={false}>
    {rows.length === 0 ? (
      <Empty title={empty} />
    ) : (
      <DataTable label={title} columns={columns} rows={rows} rowKey={rowKey} />
    )}
  </Panel>
)

const fullness = (value: number): 'ok' | 'warning' | 'bad' => (value >= 95 ? 'bad' : value >= 85 ? 'warning' : 'ok')

const diskColumns = (t: Words): readonly Column<Of<'disks'>>[] => [
  { id: 'mount', title: t('disks.mount'), cell: (row) => <span className="font-mono">{row.mount}</span> },
  { id: 'type', title: t('disks.type'), cell: (row) => <span className="text-muted">{row.type}</span> },
  {
    id: 'meter',
    title: t('disks.usage'),
    className: 'w-1/3',
    cell: (row) => {
      const used = row.size === 0 ? 0 : (row.used / row.size) * 100
      return <Meter label={t('disks.usageOf', { mount: row.mount })} value={used} tone={fullness(used)} />
    },
  },
  {
    id: 'percent',
    title: <span className="sr-only">{t('disks.percent')}</span>,
    right: true,
    cell: (row) => joined(percent(row.size === 0 ? 0 : (row.used / row.size) * 100)),
  },
  {
    id: 'size',
    title: t('disks.size'),
    right: true,
    cell: (row) => `${joined(bytes(row.used))} / ${joined(bytes(row.size))}`,
  },
]

const networkColumns = (t: Words): readonly Column<Of<'networks'>>[] => [
  { id: 'name', title: t('networks.name'), cell: (row) => <span className="font-mono">{row.name}</span> },
  {
    id: 'state',
    title: t('modules.state'),
    cell: (row) => <Status tone={row.up ? 'ok' : 'off'}>{t(row.up ? 'networks.up' : 'networks.down')}</Status>,
  },
  {
    id: 'address',
    title: t('networks.address'),
    cell: (row) => <span className="selectable font-mono text-muted">{row.address}</span>,
  },
  { id: 'received', title: t('line.received'), right: true, cell: (row) => joined(bytesPerSecond(row.received)) },
  { id: 'sent', title: t('line.sent'), right: true, cell: (row) => joined(bytesPerSecond(row.sent)) },
]

const processColumns = (t: Words): readonly Column<Inventory['processes']['rows'][number]>[] => [
  {
    id: 'name',
    title: t('processes.name'),
    cell: (row) => (
      <span className="block max-w-[18vw] truncate" title={row.name}>
        {row.name}
      </span>
    ),
  },
  { id: 'pid', title: 'PID', right: true, cell: (row) => <span className="text-muted">{row.pid}</span> },
  { id: 'cpu', title: 'CPU', right: true, cell: (row) => joined(percent(row.cpu)) },
  { id: 'memory', title: t('tile.memory.name'), right: true, cell: (row) => joined(bytes(row.memory)) },
]

const containerColumns = (t: Words): readonly Column<Inventory['containers']['rows'][number]>[] => [
  { id: 'name', title: t('containers.name'), cell: (row) => row.name },
  {
    id: 'image',
    title: t('containers.image'),
    cell: (row) => <span className="font-mono text-muted">{row.image}</span>,
  },
  {
    id: 'state',
    title: t('modules.state'),
    cell: (row) => <Status tone={row.state === 'running' ? 'ok' : 'off'}>{row.state}</Status>,
  },
]

const procedureColumns = (t: Words): readonly Column<Of<'procedures'>>[] => [
  { id: 'name', title: t('procedures.name'), cell: (row) => <span className="font-mono">{row.name}</span> },
  { id: 'requests', title: t('line.requests'), right: true, cell: (row) => integer(row.requests) },
  {
    id: 'errors',
    title: t('line.errors'),
    right: true,
    cell: (row) => (
      <span className={row.errors > 0 ? 'font-bold text-major' : 'text-muted'}>{integer(row.errors)}</span>
    ),
  },
  { id: 'p50', title: 'p50', right: true, cell: (row) => joined(milliseconds(row.p50)) },
  { id: 'p95', title: 'p95', right: true, cell: (row) => joined(milliseconds(row.p95)) },
  { id: 'p99', title: 'p99', right: true, cell: (row) => joined(milliseconds(row.p99)) },
]

type Client = Inventory['clients']['rows'][number] & { readonly instance: string }

const clientColumns = (t: Words, several: boolean): readonly Column<Client>[] => [
  { id: 'operator', title: t('clients.operator'), cell: (row) => <span className="font-bold">{row.operator}</span> },
  {
    id: 'client',
    title: t('clients.client'),
    cell: (row) => (
      <span className="block max-w-[16vw] truncate" title={row.client}>
        {row.client}
      </span>
    ),
  },
  {
    id: 'address',
    title: t('networks.address'),
    cell: (row) => <span className="font-mono text-muted">{row.address}</span>,
  },
  ...(several
    ? [
        {
          id: 'instance',
          title: t('instance.label'),
          cell: (row: Client) => <span className="font-mono">{row.instance}</span>,
        },
      ]
    : []),
  { id: 'since', title: t('clients.since'), right: true, cell: (row) => shortly(row.since, Date.now()) },
]

const shownProcesses = 10

interface ColumnProps {
  readonly inventory: Inventory
}

const more = (t: Words, count: number): string | undefined => (count > 0 ? t('more', { count }) : undefined)

/** Whoever is connected, whichever instance that is. */
const Clients = ({ all }: { readonly all: readonly Inventory[] }) => {
  const { t } = useTranslation('monitoring')
  const rows = all.flatMap(({ instance, clients }) => clients.rows.map((row) => ({ ...row, instance })))
  return (
    <Section
      title={t('clients.title')}
      rows={rows.toSorted((one, other) => other.since - one.since)}
      columns={clientColumns(t, all.length > 1)}
      rowKey={(row) => `${row.instance} ${row.operator} ${row.address} ${row.since}`}
      empty={t('clients.none')}
      note={more(
        t,
        all.reduce((sum, { clients }) => sum + clients.more, 0),
      )}
    />
  )
}

const Services = ({ inventory, all }: ColumnProps & { readonly all: readonly Inventory[] }) => {
  const { t } = useTranslation('monitoring')
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <Section
        title={t('procedures.title')}
        rows={inventory.procedures}
        columns={procedureColumns(t)}
        rowKey={({ name }) => name}
        empty={t('procedures.none')}
      />
      <Clients all={all} />
      <Containers inventory={inventory} />
    </div>
  )
}

const Containers = ({ inventory: { containers } }: ColumnProps) => {
  const { t } = useTranslation('monitoring')
  if (containers.available) {
    return (
      <Section
        title={t('containers.title')}
        rows={containers.rows}
        columns={containerColumns(t)}
        rowKey={({ id }) => id}
        empty={t('containers.none')}
      />
    )
  }
  return (
    <Panel title={t('containers.title')} padded={false}>
      <Unavailable title={t('containers.unavailable')}>{t('containers.unavailableHint')}</Unavailable>
    </Panel>
  )
}

const Machine = ({ inventory }: ColumnProps) => {
  const { t } = useTranslation('monitoring')
  const { processes } = inventory
  const hidden = Math.max(0, processes.rows.length - shownProcesses)
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <Section
        title={t('disks.title')}
        rows={inventory.disks}
        columns={diskColumns(t)}
        rowKey={({ mount }) => mount}
        empty={t('disks.none')}
      />
      <Section
        title={t('networks.title')}
        rows={inventory.networks}
        columns={networkColumns(t)}
        rowKey={({ name }) => name}
        empty={t('networks.none')}
      />
      <Section
        title={t('processes.title')}
        rows={processes.rows.slice(0, shownProcesses)}
        columns={processColumns(t)}
        rowKey={({ pid }) => String(pid)}
        empty={t('processes.none')}
        note={more(t, processes.more + hidden)}
      />
    </div>
  )
}

/** What is no number, as one instance told it last (`all`: as each did): services on the left, the machine on the right. */
export const InventoryPanels = ({ inventory, all }: ColumnProps & { readonly all: readonly Inventory[] }) => (
  <>
    <Services inventory={inventory} all={all} />
    <Machine inventory={inventory} />
  </>
)
