import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { clsx } from 'clsx'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { providerTraits } from '#protocol/payments.ts'
import { type DayRow, days, type PaymentRow, payments } from '#protocol/payments-records.ts'
import { useNow } from '../../app/clock.ts'
import { useList, useWatched } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { hashOf } from '../../app/navigation.ts'
import { useDesktop } from '../../app/streams.ts'
import { duration } from '../../format/duration.ts'
import { integer, joined, percent } from '../../format/number.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Segmented } from '../../ui/segmented.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { dayNumber, jstDay, slashedDay } from './business-days.ts'
import { DayCharts } from './day-charts.tsx'
import {
  medianOf,
  noneOpen,
  type Open,
  openOf,
  openStates,
  type Pair,
  pairName,
  pairs,
  successOf,
  usedOf,
  waitingStates,
} from './overview.ts'
import { noFilter, type PaymentFilter, printFilter } from './payment-filter.ts'
import { StarsBalance } from './stars-balance.tsx'
import { useMoney, useProviderLabel } from './words.ts'

/** Counting reads many rows; a second is soon enough for totals. */
const countRestMs = 1_000
const mostRead = 500

const count = async (pair: Pair, state: readonly string[]): Promise<number> => {
  const where = { provider: [pair.provider], currency: [pair.currency], state: [...state] }
  return (await desktop.rows.count({ collection: payments.name, where, range: null, text: '' })).count
}

/** Open payments by provider and currency: from one page of rows, and counted one by one where they are more. */
const readOpen = async (): Promise<ReadonlyMap<string, Open>> => {
  const where = { state: [...openStates] }
  const page = await desktop.rows.query({
    filter: { collection: payments.name, where, range: null, text: '' },
    sort: { field: null, descending: true },
    after: null,
    limit: mostRead,
  })
  if (page.next === null) return openOf(page.rows as readonly unknown[] as readonly PaymentRow[])
  const counted = await Promise.all(
    pairs.map(async (pair) => {
      const [waiting, unknown, disputed] = await Promise.all([
        count(pair, waitingStates),
        count(pair, ['unknown']),
        count(pair, ['disputed']),
      ])
      return [pairName(pair), { waiting, unknown, disputed }] as const
    }),
  )
  return new Map(counted)
}

const useOpen = () => {
  useWatched(payments.name, 'count', countRestMs)
  return useQuery({
    queryKey: [payments.name, 'count', 'open'],
    queryFn: readOpen,
    placeholderData: keepPreviousData,
    refetchOnMount: 'always',
  })
}

interface TileProps {
  readonly name: string
  readonly value: ReactNode
  readonly detail?: string
  /** The list that it leads to. */
  readonly filter: Partial<PaymentFilter>
  readonly loud?: boolean
  readonly stale: boolean
}

/** A figure that leads to the payments behind it. */
const Tile = ({ name, value, detail = '', filter, loud = false, stale }: TileProps) => {
  const search = printFilter({ ...noFilter, ...filter })
  return (
    <a
      href={hashOf({ page: 'payments', key: null, search: `tab=list&${search}` })}
      className={clsx(
        'flex min-w-0 flex-col rounded-md border bg-raised px-3 py-2 hover:bg-hover',
        loud ? 'border-warning' : 'border-line',
      )}
    >
      <span className="truncate text-muted">{name}</span>
      <span className={clsx('figure truncate font-bold text-[20px]', stale && 'text-faint')}>{value}</span>
      <span className="min-h-5 truncate text-faint">{detail}</span>
    </a>
  )
}

interface CardProps {
  readonly pair: Pair
  readonly day: string
  readonly row: DayRow | undefined
  readonly open: Open
  readonly stale: boolean
}

const Card = ({ pair, day, row, open, stale }: CardProps) => {
  const { t } = useTranslation('payments')
  const locale = useLocale()
  const amount = useMoney()
  const provider = useProviderLabel()
  const { currency } = pair
  // Who takes one currency alone is told by name.
  const told = providerTraits[pair.provider].currencies.length > 1 ? [t(`currency.${currency}`)] : []
  const rate = row === undefined ? null : successOf(row)
  const median = row === undefined ? null : medianOf(row.settled)
  const of: Partial<PaymentFilter> = { providers: [pair.provider], currency }
  const today = { ...of, from: day, to: day }
  return (
    <section
      aria-label={[provider(pair.provider), ...told].join(' ')}
      className="flex flex-col gap-2 rounded-lg border border-line bg-surface px-4 py-3"
    >
      <h3 className="font-bold">
        {provider(pair.provider)}
        {told.length > 0 && <span className="ml-2 font-normal text-muted">{told}</span>}
      </h3>
      <div className="grid grid-cols-3 gap-2">
        <Tile
          name={t('overview.volume')}
          value={amount(currency, row?.captured ?? 0)}
          detail={t('overview.paidOf', { paid: integer(row?.paid ?? 0), created: integer(row?.created ?? 0) })}
          filter={today}
          stale={stale}
        />
        <Tile
          name={t('overview.success')}
          value={rate === null ? '–' : joined(percent(rate))}
          detail={median === null ? '' : t('overview.median', { time: duration(locale, median) })}
          filter={{ ...today, states: ['failed', 'cancelled'] }}
          stale={stale}
        />
        <Tile
          name={t('overview.refunds')}
          value={amount(currency, row?.refunded ?? 0)}
          filter={{ ...of, states: ['partly-refunded', 'refunded'] }}
          stale={stale}
        />
        <Tile
          name={t('overview.waiting')}
          value={integer(open.waiting)}
          filter={{ ...of, states: [...waitingStates] }}
          stale={stale}
        />
        <Tile
          name={t('overview.unknown')}
          value={integer(open.unknown)}
          filter={{ ...of, states: ['unknown'] }}
          loud={open.unknown > 0}
          stale={stale}
        />
        <Tile
          name={t('overview.disputed')}
          value={integer(open.disputed)}
          filter={{ ...of, states: ['disputed'] }}
          loud={open.disputed > 0}
          stale={stale}
        />
      </div>
      {pair.provider === 'stars' && <StarsBalance today={dayNumber(day) ?? 0} />}
    </section>
  )
}

const spans = ['30', '90'] as const

/** 概要: today in Japan by provider and currency, and the days before it. */
export const OverviewTab = () => {
  const { t } = useTranslation('payments')
  const list = useList<DayRow>(days.name, { limit: 500 })
  const open = useOpen()
  if (open.isError) return <Failed failure={failureIn(open.error)} onRetry={() => void open.refetch()} />
  if (open.data === undefined) return <Loading rows={6} />
  const counted = open.data
  return (
    <ListBody list={list} empty={t('none.title')} emptyHint={t('none.hint')}>
      {(rows) => <Figures rows={rows} open={counted} />}
    </ListBody>
  )
}

interface FiguresProps {
  readonly rows: readonly DayRow[]
  readonly open: ReadonlyMap<string, Open>
}

const Figures = ({ rows, open }: FiguresProps) => {
  const { t } = useTranslation('payments')
  const provider = useProviderLabel()
  const day = jstDay(useNow())
  const stale = useDesktop((state) => state?.link.state !== 'live')
  const [chosen, choose] = useState<string | null>(null)
  const [span, setSpan] = useState<(typeof spans)[number]>('30')
  // A provider that nobody uses would be nothing but zeros.
  const used = usedOf(rows, open)
  const shown = used.find((pair) => pairName(pair) === chosen) ?? used[0]
  if (shown === undefined) return null
  const today = dayNumber(day)
  return (
    <>
      <h2 className="font-bold">
        {t('overview.today')}
        <span className="figure ml-3 font-normal text-muted">{t('overview.day', { day: slashedDay(day) })}</span>
      </h2>
      <div className="grid gap-3 xl:grid-cols-2">
        {used.map((pair) => (
          <Card
            key={pairName(pair)}
            pair={pair}
            day={day}
            row={rows.find((row) => row.day === today && pairName(row) === pairName(pair))}
            open={open.get(pairName(pair)) ?? noneOpen}
            stale={stale}
          />
        ))}
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-4">
        <h2 className="font-bold">{t('overview.days')}</h2>
        {used.length > 1 && (
          <Segmented
            label={t('overview.which')}
            value={pairName(shown)}
            options={used.map((pair) => ({
              value: pairName(pair),
              label: `${provider(pair.provider)} ${pair.currency}`,
            }))}
            onChange={choose}
          />
        )}
        <Segmented
          label={t('overview.span')}
          value={span}
          options={spans.map((value) => ({ value, label: t(`overview.last.${value}`) }))}
          onChange={setSpan}
        />
      </div>
      <DayCharts key={pairName(shown)} pair={shown} today={day} days={Number(span)} />
    </>
  )
}
