import { useTranslation } from 'react-i18next'
import type { DatabaseInventory, RedisInventory } from '#protocol/telemetry.ts'
import { duration } from '../../format/duration.ts'
import { bytes, integer, joined, milliseconds } from '../../format/number.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Unavailable } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'

type Fact = readonly [name: string, value: string]

const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 px-4 pb-3">
    {facts.map(([name, value]) => (
      <div key={name} className="contents">
        <dt className="text-muted">{name}</dt>
        <dd className="figure">{value}</dd>
      </div>
    ))}
  </dl>
)

const fullness = (value: number): 'ok' | 'warning' | 'bad' => (value >= 95 ? 'bad' : value >= 80 ? 'warning' : 'ok')

const Part = ({ title }: { readonly title: string }) => <h3 className="px-4 pt-3 pb-1 font-bold">{title}</h3>

const useStatementColumns = (): readonly Column<DatabaseInventory['statements']['rows'][number]>[] => {
  const { t } = useTranslation('monitoring')
  return [
    {
      id: 'text',
      title: t('database.statement'),
      className: 'max-w-0 w-full',
      cell: (row) => (
        <span className="selectable block truncate font-mono" title={row.text}>
          {row.text}
        </span>
      ),
    },
    { id: 'calls', title: t('database.calls'), right: true, cell: (row) => integer(row.calls) },
    { id: 'mean', title: t('database.mean'), right: true, cell: (row) => joined(milliseconds(row.meanMs)) },
    { id: 'max', title: t('database.max'), right: true, cell: (row) => joined(milliseconds(row.maxMs)) },
  ]
}

const useLockColumns = (): readonly Column<DatabaseInventory['locks'][number]>[] => {
  const { t } = useTranslation('monitoring')
  const locale = useLocale()
  return [
    { id: 'waiting', title: t('database.waitingPid'), cell: (row) => <span className="figure">{row.waiting}</span> },
    {
      id: 'by',
      title: t('database.blockedBy'),
      cell: (row) => <span className="figure">{row.blockedBy.join(', ')}</span>,
    },
    {
      id: 'seconds',
      title: t('database.waitedFor'),
      right: true,
      cell: (row) => duration(locale, row.seconds * 1_000),
    },
  ]
}

const useStandbyColumns = (): readonly Column<DatabaseInventory['replication'][number]>[] => {
  const { t } = useTranslation('monitoring')
  return [
    { id: 'name', title: t('database.standby'), cell: (row) => row.name },
    {
      id: 'state',
      title: t('modules.state'),
      cell: (row) => <Status tone={row.state === 'streaming' ? 'ok' : 'warning'}>{row.state}</Status>,
    },
    { id: 'lag', title: t('database.lag'), right: true, cell: (row) => joined(bytes(row.lagBytes)) },
  ]
}

/** PostgreSQL behind the instances: connections, locks, slow statements, size, replication. */
export const DatabasePanel = ({ database }: { readonly database: DatabaseInventory }) => {
  const { t } = useTranslation('monitoring')
  const [statements, locks, standbys] = [useStatementColumns(), useLockColumns(), useStandbyColumns()]
  const title = t('database.title')
  if (!database.available) {
    return (
      <Panel title={title} padded={false} className="col-span-full">
        <Unavailable title={t('database.unavailable')}>{t('database.unavailableHint')}</Unavailable>
      </Panel>
    )
  }
  const { active, idle, waiting, max } = database.connections
  const used = max === 0 ? 0 : ((active + idle + waiting) / max) * 100
  return (
    <Panel title={title} note={database.version} padded={false} className="col-span-full">
      <Facts
        facts={[
          [t('database.size'), joined(bytes(database.size))],
          [t('database.latency'), joined(milliseconds(database.latency))],
          [t('database.connections'), t('database.connectionsOf', { active, idle, waiting, max })],
        ]}
      />
      <div className="px-4 pb-3">
        <Meter label={t('database.connections')} value={used} tone={fullness(used)} />
      </div>
      {database.locks.length > 0 ? (
        <>
          <Part title={t('database.locks')} />
          <DataTable
            label={t('database.locks')}
            columns={locks}
            rows={database.locks}
            rowKey={(row) => String(row.waiting)}
          />
        </>
      ) : (
        <p className="px-4 pb-3 text-muted">{t('database.noLocks')}</p>
      )}
      {database.statements.rows.length > 0 && (
        <>
          <Part title={t(database.statements.source === 'running' ? 'database.running' : 'database.slow')} />
          <DataTable
            label={t('database.slow')}
            columns={statements}
            rows={database.statements.rows}
            rowKey={(row) => row.text}
          />
        </>
      )}
      {database.replication.length > 0 ? (
        <>
          <Part title={t('database.replication')} />
          <DataTable
            label={t('database.replication')}
            columns={standbys}
            rows={database.replication}
            rowKey={(row) => row.name}
          />
        </>
      ) : (
        <p className="px-4 pt-2 pb-3 text-muted">{t('database.noStandby')}</p>
      )}
    </Panel>
  )
}

/** Redis between the instances: memory, clients, streams, latency. */
export const RedisPanel = ({ redis }: { readonly redis: RedisInventory }) => {
  const { t } = useTranslation('monitoring')
  if (!redis.available) {
    return (
      <Panel title={t('redis.title')} padded={false} className="col-span-full">
        <Unavailable title={t('redis.unavailable')}>{t('redis.unavailableHint')}</Unavailable>
      </Panel>
    )
  }
  const { used, max } = redis.memory
  const memory = joined(bytes(used))
  const columns: readonly Column<RedisInventory['streams'][number]>[] = [
    { id: 'name', title: t('redis.stream'), cell: (row) => <span className="font-mono">{row.name}</span> },
    { id: 'length', title: t('redis.length'), right: true, cell: (row) => integer(row.length) },
  ]
  return (
    <Panel title={t('redis.title')} note={redis.version} padded={false} className="col-span-full">
      <Facts
        facts={[
          [t('redis.role'), redis.role],
          [t('redis.memory'), max > 0 ? `${memory} / ${joined(bytes(max))}` : memory],
          [t('redis.clients'), integer(redis.clients)],
          [t('redis.latency'), joined(milliseconds(redis.latency))],
        ]}
      />
      {redis.streams.length > 0 && (
        <>
          <Part title={t('redis.streams')} />
          <DataTable label={t('redis.streams')} columns={columns} rows={redis.streams} rowKey={(row) => row.name} />
        </>
      )}
    </Panel>
  )
}
