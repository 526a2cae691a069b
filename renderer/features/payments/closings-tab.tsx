import { RotateCw } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ProviderName, providers } from '#protocol/payments.ts'
import { type ClosingRow, closeDay, closings } from '#protocol/payments-closings.ts'
import { dayText } from '#protocol/payments-day.ts'
import { useNow } from '../../app/clock.ts'
import { useGrowingList } from '../../app/collection.ts'
import { usePermitted, useReadsOnly } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { weekday } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { useLocale } from '../../i18n/i18n.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { lastDayOver, slashedDay } from './business-days.ts'
import { ClosingDetail } from './closing-detail.tsx'
import { useMoney, useProviderLabel, useRecordText } from './words.ts'

const tones: Readonly<Record<ClosingRow['state'], Tone>> = {
  open: 'off',
  asked: 'busy',
  waiting: 'off',
  failed: 'bad',
  matched: 'ok',
  differs: 'warning',
}
const differences = ({ counts }: ClosingRow): number =>
  counts.late + counts.differs + counts.missingHere + counts.missingThere

/** `2026/11/21（土）` */
const useDay = () => {
  const locale = useLocale()
  return (day: number): string => {
    const name = weekday(locale, Date.parse(`${dayText(day)}T12:00:00+09:00`))
    return locale === 'ja' ? `${slashedDay(day)}（${name}）` : `${slashedDay(day)} ${name}`
  }
}

const useRun = () => {
  const { t } = useTranslation('closings')
  const provider = useProviderLabel()
  return (of: ProviderName, day: string) =>
    submit(closeDay.name, { provider: of, day }, t('run.done', { provider: provider(of), day: slashedDay(day) }))
}

/** Why a day can't be closed now; null: it can. */
const useWhyNot = () => {
  const { t } = useTranslation('closings')
  const permitted = usePermitted('payments.cases')
  const now = useNow()
  return (day: string): string | null => {
    if (!permitted) return t('run.notPermitted')
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return t('run.noDay')
    return day > lastDayOver(now) ? t('run.notOver') : null
  }
}

const Runner = () => {
  const { t } = useTranslation('closings')
  const label = useProviderLabel()
  const now = useNow()
  const run = useRun()
  const whyNot = useWhyNot()
  const [provider, setProvider] = useState<ProviderName>('paypay')
  const [day, setDay] = useState(() => lastDayOver(now))
  const reason = whyNot(day)
  return (
    <div className="flex flex-wrap items-end gap-3">
      <Field label={t('run.provider')}>
        {(ids) => (
          <Select
            {...ids}
            className="w-44"
            value={provider}
            onChange={(event) => setProvider(providers.find((one) => one === event.target.value) ?? provider)}
          >
            {providers.map((one) => (
              <option key={one} value={one}>
                {label(one)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('run.day')}>
        {(ids) => (
          <TextInput
            {...ids}
            type="date"
            className="w-40"
            value={day}
            max={lastDayOver(now)}
            onChange={(event) => setDay(event.target.value)}
          />
        )}
      </Field>
      <div className="pb-1">
        <Explained reason={reason}>
          <Button aria-disabled={reason !== null} onClick={() => reason === null && void run(provider, day)}>
            {t('run.action')}
          </Button>
        </Explained>
      </div>
    </div>
  )
}

const State = ({ row }: { readonly row: ClosingRow }) => {
  const { t } = useTranslation('closings')
  const words = useRecordText()
  return (
    <span className="flex flex-col items-start gap-0.5">
      <Status tone={tones[row.state]}>{t(`state.${row.state}`)}</Status>
      {row.code !== '' && <span className="text-muted">{words(row.code)}</span>}
    </span>
  )
}

const Sums = ({ row, side }: { readonly row: ClosingRow; readonly side: 'theirs' | 'ours' }) => {
  const { t } = useTranslation('closings')
  const money = useMoney()
  if (row.closedAt === null || row.sums.length === 0) return '–'
  return row.sums.map((sum) => (
    <span key={sum.currency} className="block">
      {money(sum.currency, sum[`${side}In`])}
      {BigInt(sum[`${side}Out`]) !== 0n && (
        <span className="block text-muted">{t('column.back', { amount: money(sum.currency, sum[`${side}Out`]) })}</span>
      )}
    </span>
  ))
}

const useColumns = (onOpen: (row: ClosingRow) => void): readonly Column<ClosingRow>[] => {
  const { t } = useTranslation('closings')
  const day = useDay()
  const label = useProviderLabel()
  const run = useRun()
  const whyNot = useWhyNot()
  const readsOnly = useReadsOnly()
  const compared = (row: ClosingRow, count: number) => (row.closedAt === null ? '–' : integer(count))
  return [
    {
      id: 'day',
      title: t('column.day'),
      cell: (row) => <span className="figure whitespace-nowrap">{day(row.day)}</span>,
    },
    {
      id: 'provider',
      title: t('column.provider'),
      cell: (row) => <span className="whitespace-nowrap">{label(row.provider)}</span>,
    },
    { id: 'state', title: t('column.state'), cell: (row) => <State row={row} /> },
    { id: 'matched', title: t('column.matched'), right: true, cell: (row) => compared(row, row.counts.matched) },
    {
      id: 'different',
      title: t('column.different'),
      right: true,
      cell: (row) => (
        <span className={differences(row) > 0 ? 'font-bold text-warning' : ''}>{compared(row, differences(row))}</span>
      ),
    },
    { id: 'theirs', title: t('column.theirs'), right: true, cell: (row) => <Sums row={row} side="theirs" /> },
    { id: 'ours', title: t('column.ours'), right: true, cell: (row) => <Sums row={row} side="ours" /> },
    {
      id: 'actions',
      title: <span className="sr-only">{t('column.actions')}</span>,
      cell: (row) => {
        const names = { provider: label(row.provider), day: day(row.day) }
        const reason = whyNot(dayText(row.day))
        return (
          <span className="flex justify-end gap-1.5">
            {row.closedAt !== null && (
              <Button small aria-label={t('openOf', names)} onClick={() => onOpen(row)}>
                {t('open')}
              </Button>
            )}
            {!readsOnly && (
              <Explained reason={reason}>
                <Button
                  small
                  look="quiet"
                  icon={row.closedAt !== null && <RotateCw size={14} aria-hidden="true" />}
                  aria-disabled={reason !== null}
                  aria-label={t('run.againOf', names)}
                  onClick={() => reason === null && void run(row.provider, dayText(row.day))}
                >
                  {row.closedAt === null ? (
                    t('run.action')
                  ) : (
                    <span className="hidden @5xl:inline">{t('run.again')}</span>
                  )}
                </Button>
              </Explained>
            )}
          </span>
        )
      },
    },
  ]
}

/** 日次締め: each provider's day against the books, newest first. */
export const ClosingsTab = () => {
  const { t } = useTranslation('closings')
  const day = useDay()
  const label = useProviderLabel()
  const list = useGrowingList<ClosingRow>(closings.name, { sort: 'day', limit: 90 })
  const [opened, setOpened] = useState<string | null>(null)
  const columns = useColumns((row) => setOpened(row.key))
  const row = list.rows.find(({ key }) => key === opened)
  return (
    <div className="flex flex-col gap-4">
      {row && (
        <ClosingDetail
          key={row.key}
          row={row}
          title={t('detail.title', { day: day(row.day), provider: label(row.provider) })}
          onClose={() => setOpened(null)}
        />
      )}
      <Panel title={t('title')} padded={false}>
        <p className="px-4 pb-2 text-faint">{t('intro')}</p>
        {!useReadsOnly() && (
          <div className="px-4 pb-2">
            <Runner />
          </div>
        )}
        <ListBody list={list} empty={t('none.title')} emptyHint={t('none.hint')}>
          {(rows) => (
            <>
              <DataTable label={t('table')} rows={rows} rowKey={(one) => one.key} columns={columns} />
              {list.more && (
                <div className="flex justify-center p-2">
                  <Button onClick={list.loadMore}>{t('more')}</Button>
                </div>
              )}
            </>
          )}
        </ListBody>
      </Panel>
    </div>
  )
}
