import { useQuery } from '@tanstack/react-query'
import { Check, Link2, ListFilter, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventRow } from '#protocol/events.ts'
import { notices } from '#protocol/notices.ts'
import { useWatched } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { usePermitted, useReadsOnly } from '../../app/streams.ts'
import { showToast } from '../../app/toasts.ts'
import { dateTime } from '../../format/instant.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { useActorName, useModuleName } from '../../i18n/names.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Explained } from '../../ui/explained.tsx'
import { SeverityMark } from '../../ui/severity.tsx'
import { Empty, Failed, Loading } from '../../ui/states/states.tsx'
import { eventText } from './event-text.ts'

interface DetailsProps {
  readonly eventKey: string
  readonly acknowledging: boolean
  readonly onClose: () => void
  readonly onAcknowledge: (row: EventRow) => void
  readonly onCorrelation: (correlation: string) => void
}

const Fact = ({
  name,
  children,
  mono = false,
}: {
  readonly name: string
  readonly children: ReactNode
  readonly mono?: boolean
}) => (
  <div className="grid grid-cols-[110px_minmax(0,1fr)] gap-3 py-1.5">
    <dt className="text-faint">{name}</dt>
    <dd className={`selectable break-words ${mono ? 'font-mono' : ''}`}>{children}</dd>
  </div>
)

/** Parameters stand in the sentence already; by themselves only where this build has no sentence for the code. */
const Facts = ({ row }: { readonly row: EventRow }) => {
  const { t } = useTranslation('events')
  const { t: common } = useTranslation()
  const moduleName = useModuleName()
  const actorName = useActorName()
  return (
    <dl className="divide-y divide-line">
      <Fact name={t('column.time')}>
        <span className="figure">{dateTime(row.at)}</span>
      </Fact>
      <Fact name={t('column.category')}>{common(`category.${row.category}`)}</Fact>
      <Fact name={t('column.module')}>{moduleName(row.module)}</Fact>
      <Fact name={t('column.actor')}>{actorName(row.actor)}</Fact>
      {row.detail !== '' && <Fact name={t('details.detail')}>{row.detail}</Fact>}
      <Fact name={t('column.state')}>{t(`state.${row.state}`)}</Fact>
      {row.acknowledgedAt !== null && (
        <Fact name={t('details.acknowledgedBy')}>
          {row.acknowledgedBy} <span className="figure text-muted">{dateTime(row.acknowledgedAt)}</span>
        </Fact>
      )}
      {row.note !== '' && <Fact name={common('note')}>{row.note}</Fact>}
      <Fact name={t('details.code')} mono>
        {row.code}
      </Fact>
      {!Object.hasOwn(notices, row.code) &&
        Object.entries(row.params).map(([name, value]) => (
          <Fact key={name} name={name} mono>
            {String(value)}
          </Fact>
        ))}
      <Fact name={t('details.key')} mono>
        {row.key}
      </Fact>
      <Fact name={t('details.correlation')} mono>
        {row.correlation}
      </Fact>
    </dl>
  )
}

const copyLink = async (key: string, done: string): Promise<void> => {
  await desktop.app.copyLink({ page: 'events', key })
  showToast({ tone: 'ok', title: done })
}

const Actions = ({ row, ...props }: DetailsProps & { readonly row: EventRow }) => {
  const { t } = useTranslation('events')
  const permitted = usePermitted('events.acknowledge')
  const readsOnly = useReadsOnly()
  return (
    <div className="flex flex-wrap gap-2 py-3">
      {row.state === 'open' && !readsOnly && (
        <Explained reason={permitted ? null : t('notPermitted')}>
          <Button
            look="primary"
            icon={<Check size={16} aria-hidden="true" />}
            aria-disabled={!permitted}
            disabled={props.acknowledging}
            onClick={() => permitted && props.onAcknowledge(row)}
          >
            {t('acknowledge.action')}
          </Button>
        </Explained>
      )}
      <Button icon={<ListFilter size={16} aria-hidden="true" />} onClick={() => props.onCorrelation(row.correlation)}>
        {t('details.onlyCorrelated')}
      </Button>
      <Button
        icon={<Link2 size={16} aria-hidden="true" />}
        onClick={() => void copyLink(row.key, t('details.linkCopied'))}
      >
        {t('details.copyLink')}
      </Button>
    </div>
  )
}

/** Everything about one event, read by its key, so that a link finds it wherever the list stands. */
export const DetailsPane = (props: DetailsProps) => {
  const { t } = useTranslation('events')
  const { t: common } = useTranslation()
  const locale = useLocale()
  useWatched('events', 'row')
  const found = useQuery({
    queryKey: ['events', 'row', props.eventKey],
    queryFn: () => desktop.rows.get({ collection: 'events', key: props.eventKey }),
  })
  const row = found.data as unknown as EventRow | null | undefined
  return (
    <aside
      aria-label={t('details.title')}
      className="flex h-full w-94 shrink-0 flex-col border-line border-l bg-surface"
    >
      <header className="flex h-11 items-center gap-2 border-line border-b px-4">
        <h2 className="flex-1 font-bold">{t('details.title')}</h2>
        <IconButton label={common('action.close')} onClick={props.onClose}>
          <X size={18} aria-hidden="true" />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">
        {found.isPending && <Loading rows={6} />}
        {found.isError && <Failed failure={failureIn(found.error)} onRetry={() => void found.refetch()} />}
        {row === null && <Empty title={t('details.gone')}>{t('details.goneHint')}</Empty>}
        {row && (
          <>
            <SeverityMark severity={row.severity} />
            <p className="selectable mt-1 font-bold text-[16px]">{eventText(locale, row)}</p>
            <Actions {...props} row={row} />
            <Facts row={row} />
          </>
        )}
      </div>
    </aside>
  )
}
