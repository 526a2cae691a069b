import { FileDown, Pencil } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type BookFileRow,
  type BookNamesRow,
  bookFiles,
  bookNames,
  type Program,
  programNames,
  programs,
  type RateRow,
  rates,
} from '#protocol/payments-books.ts'
import { backendNow, useNow } from '../../../app/clock.ts'
import { useList } from '../../../app/collection.ts'
import { desktop } from '../../../app/desktop.ts'
import { followExport } from '../../../app/exports.ts'
import { useDesktop, usePermitted } from '../../../app/streams.ts'
import { shortly } from '../../../format/instant.ts'
import { integer } from '../../../format/number.ts'
import { Button } from '../../../ui/button.tsx'
import { DataTable } from '../../../ui/data-table.tsx'
import { Explained } from '../../../ui/explained.tsx'
import { Field, Select, TextInput } from '../../../ui/field.tsx'
import { Panel } from '../../../ui/panel.tsx'
import { ListBody } from '../../../ui/states/list-body.tsx'
import { Status } from '../../../ui/status.tsx'
import { dayNumber, dayPlus, jstDay, slashedDay } from '../business-days.ts'
import { useMoney } from '../words.ts'
import { BalancePanel } from './balance-panel.tsx'
import { NamesDialog } from './names-dialog.tsx'
import { Preview } from './preview.tsx'
import { RateDialog } from './rate-dialog.tsx'
import { usePreview } from './use-preview.ts'

/** The month before this one, in Japan: what is most often handed to an accounting program. */
const lastMonth = (now: number): { readonly from: string; readonly to: string } => {
  const to = dayPlus(`${jstDay(now).slice(0, 7)}-01`, -1)
  return { from: `${to.slice(0, 7)}-01`, to }
}

/** 仕訳・書き出し: the journal for accounting programs, looked at before it is written. */
export const BooksTab = () => {
  const { t } = useTranslation('paymentsBooks')
  const [range, setRange] = useState(() => lastMonth(backendNow()))
  const [program, setProgram] = useState<Program>('freee')
  const permitted = usePermitted('payments.books')
  const linked = useDesktop((state) => state?.link.state === 'live')
  const files = useList<BookFileRow>(bookFiles.name, { descending: true })
  const from = dayNumber(range.from)
  const to = dayNumber(range.to)
  const wrong = from === null || to === null ? t('range.missing') : from > to ? t('range.order') : null
  const order = wrong === null && from !== null && to !== null ? { program, from, to } : null
  const { preview, retry } = usePreview(order)
  const before =
    order === null
      ? undefined
      : files.rows.find((one) => one.program === program && one.from <= order.to && one.to >= order.from)
  const reason = !permitted
    ? t('write.notPermitted')
    : !linked
      ? t('write.offline')
      : wrong !== null
        ? wrong
        : preview.state !== 'done'
          ? t(preview.state === 'failed' ? 'write.failed' : 'write.notYet')
          : preview.totals.vouchers === 0
            ? t('write.nothing')
            : null
  const write = (): void => {
    if (order === null || reason !== null) return
    const name = t('write.name', { program: programNames[program] })
    void followExport(name, (signal) => desktop.exports.books(order, { signal }))
  }
  const dayField = (end: 'from' | 'to') => (
    <Field label={t(`range.${end}`)}>
      {(ids) => (
        <TextInput
          {...ids}
          type="date"
          className="w-40"
          value={range[end]}
          onChange={(event) => setRange({ ...range, [end]: event.target.value })}
        />
      )}
    </Field>
  )
  return (
    <>
      <Panel title={t('title')}>
        <p className="mb-3 text-muted">{t('intro')}</p>
        <div className="flex flex-wrap items-end gap-3">
          <Field label={t('program')}>
            {(ids) => (
              <Select
                {...ids}
                className="w-40"
                value={program}
                onChange={(event) => setProgram(programs.find((one) => one === event.target.value) ?? program)}
              >
                {programs.map((one) => (
                  <option key={one} value={one}>
                    {programNames[one]}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          {dayField('from')}
          {dayField('to')}
          <div className="pb-1">
            <Explained reason={reason}>
              <Button
                look="primary"
                icon={<FileDown size={16} aria-hidden="true" />}
                aria-disabled={reason !== null}
                onClick={write}
              >
                {t('write.action')}
              </Button>
            </Explained>
          </div>
        </div>
        {wrong !== null && <p className="mt-2 text-major">{wrong}</p>}
        {before !== undefined && (
          <p className="mt-2">
            <Status tone="warning">
              {t('range.again', { from: slashedDay(before.from), to: slashedDay(before.to), by: before.by })}
            </Status>
          </p>
        )}
        <p className="mt-2 text-faint">{t(`form.${program}`)}</p>
      </Panel>
      {order !== null && <Preview preview={preview} onRetry={retry} />}
      <Names permitted={permitted} />
      <Rates permitted={permitted} />
      <Files rows={files} />
      <BalancePanel />
    </>
  )
}

const Names = ({ permitted }: { readonly permitted: boolean }) => {
  const { t } = useTranslation('paymentsBooks')
  const now = useNow()
  const list = useList<BookNamesRow>(bookNames.name, { descending: false })
  const [open, setOpen] = useState<Program | null>(null)
  const rowOf = (program: Program): BookNamesRow | null => list.rows.find((one) => one.program === program) ?? null
  return (
    <Panel title={t('names.title')} note={t('names.note')} padded={false}>
      <ListBody list={{ ...list, rows: programs }} empty="">
        {(rows) => (
          <DataTable
            label={t('names.title')}
            rows={rows}
            rowKey={(program) => program}
            columns={[
              { id: 'program', title: t('program'), cell: (program) => programNames[program] },
              {
                id: 'state',
                title: t('names.state'),
                cell: (program) => {
                  const row = rowOf(program)
                  return row === null
                    ? t('names.usual')
                    : t('names.set', { by: row.changedBy, at: shortly(row.changedAt, now) })
                },
              },
              {
                id: 'action',
                title: <span className="sr-only">{t('names.edit')}</span>,
                right: true,
                cell: (program) => (
                  <Button
                    small
                    icon={<Pencil size={14} aria-hidden="true" />}
                    aria-label={t(permitted ? 'names.editOf' : 'names.showOf', { program: programNames[program] })}
                    onClick={() => setOpen(program)}
                  >
                    {t(permitted ? 'names.edit' : 'names.show')}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </ListBody>
      {open !== null && (
        <NamesDialog program={open} now={rowOf(open)} permitted={permitted} onClose={() => setOpen(null)} />
      )}
    </Panel>
  )
}

const Rates = ({ permitted }: { readonly permitted: boolean }) => {
  const { t } = useTranslation('paymentsBooks')
  const list = useList<RateRow>(rates.name, { descending: true })
  const [open, setOpen] = useState(false)
  return (
    <Panel
      title={t('rates.title')}
      note={t('rates.note')}
      padded={false}
      actions={
        <Explained reason={permitted ? null : t('write.notPermitted')}>
          <Button small aria-disabled={!permitted} onClick={() => permitted && setOpen(true)}>
            {t('rates.add')}
          </Button>
        </Explained>
      }
    >
      <ListBody list={list} empty={t('rates.none')} emptyHint={t('rates.noneHint')}>
        {(rows) => (
          <DataTable
            label={t('rates.title')}
            rows={rows}
            rowKey={({ key }) => key}
            columns={[
              {
                id: 'day',
                title: t('rates.day'),
                cell: ({ day }) => <span className="figure">{slashedDay(day)}</span>,
              },
              {
                id: 'rate',
                title: t('rates.rate'),
                cell: ({ currency, yen }) => t('rates.is', { one: t(`rates.one.${currency}`), yen }),
              },
              { id: 'note', title: t('rates.source'), cell: ({ note }) => note },
              { id: 'by', title: t('rates.by'), cell: ({ by }) => by },
            ]}
          />
        )}
      </ListBody>
      {open && <RateDialog onClose={() => setOpen(false)} />}
    </Panel>
  )
}

const Files = ({ rows: list }: { readonly rows: ReturnType<typeof useList<BookFileRow>> }) => {
  const { t } = useTranslation('paymentsBooks')
  const money = useMoney()
  const now = useNow()
  return (
    <Panel title={t('files.title')} note={t('files.note')} padded={false}>
      <ListBody list={list} empty={t('files.none')}>
        {(rows) => (
          <DataTable
            label={t('files.title')}
            rows={rows}
            rowKey={({ key }) => key}
            columns={[
              { id: 'at', title: t('files.at'), cell: ({ at }) => <span className="figure">{shortly(at, now)}</span> },
              { id: 'by', title: t('rates.by'), cell: ({ by }) => by },
              { id: 'program', title: t('program'), cell: ({ program }) => programNames[program] },
              {
                id: 'range',
                title: t('files.range'),
                cell: (row) => <span className="figure">{`${slashedDay(row.from)}〜${slashedDay(row.to)}`}</span>,
              },
              { id: 'vouchers', title: t('totals.vouchers'), right: true, cell: (row) => integer(row.vouchers) },
              { id: 'yen', title: t('totals.yen'), right: true, cell: ({ yen }) => money('JPY', yen) },
              { id: 'leftOut', title: t('totals.leftOut'), right: true, cell: (row) => integer(row.leftOut) },
              {
                id: 'sha256',
                title: 'SHA-256',
                cell: ({ sha256 }) => (
                  <span className="font-mono" title={sha256}>
                    {sha256.slice(0, 16)}…
                  </span>
                ),
              },
            ]}
          />
        )}
      </ListBody>
    </Panel>
  )
}
