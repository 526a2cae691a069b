import { useTranslation } from 'react-i18next'
import type { BookLine, LeftOut, Voucher } from '#protocol/payments-books.ts'
import { integer } from '../../../format/number.ts'
import { DataTable } from '../../../ui/data-table.tsx'
import { Panel } from '../../../ui/panel.tsx'
import { Empty, Failed, Loading } from '../../../ui/states/states.tsx'
import { Status } from '../../../ui/status.tsx'
import { slashedDay } from '../business-days.ts'
import { useMoney, useRecordText } from '../words.ts'
import type { PreviewState } from './use-preview.ts'

/** What would be written, before it is. */
export const Preview = ({ preview, onRetry }: { readonly preview: PreviewState; readonly onRetry: () => void }) => {
  const { t } = useTranslation('paymentsBooks')
  if (preview.state === 'failed') {
    return (
      <Panel title={t('preview.title')}>
        <Failed failure={preview.failure} onRetry={onRetry} />
      </Panel>
    )
  }
  if (preview.state === 'running') {
    return (
      <Panel title={t('preview.title')} note={t('preview.running', { rows: integer(preview.rows) })}>
        <Loading rows={4} />
      </Panel>
    )
  }
  const { vouchers, leftOut, totals, reservations } = preview
  return (
    <>
      <Panel title={t('preview.title')} padded={false}>
        <Totals totals={totals} reservations={reservations} />
        {vouchers.length === 0 ? <Empty title={t('preview.none')} /> : <Vouchers vouchers={vouchers} />}
        {totals.vouchers > vouchers.length && (
          <p className="px-4 py-2 text-faint">
            {t('preview.more', { shown: integer(vouchers.length), all: integer(totals.vouchers) })}
          </p>
        )}
      </Panel>
      {totals.leftOut > 0 && <Left rows={leftOut} all={totals.leftOut} />}
    </>
  )
}

type Done = Extract<PreviewState, { readonly state: 'done' }>
const Totals = ({ totals, reservations }: Pick<Done, 'totals' | 'reservations'>) => {
  const { t } = useTranslation('paymentsBooks')
  const money = useMoney()
  const notes = [
    totals.replaced > 0 ? t('preview.replaced', { count: totals.replaced }) : null,
    totals.shortened > 0 ? t('preview.shortened', { count: totals.shortened }) : null,
  ].filter((note) => note !== null)
  return (
    <div className="px-4 pb-2">
      <dl className="flex flex-wrap gap-x-8 gap-y-1">
        {(
          [
            ['vouchers', integer(totals.vouchers)],
            ['lines', integer(totals.lines)],
            ['debits', money('JPY', totals.yen)],
            ['credits', money('JPY', totals.yen)],
            ['leftOut', integer(totals.leftOut)],
            ['reservations', integer(reservations)],
          ] as const
        ).map(([name, value]) => (
          <div key={name} className="flex items-baseline gap-2">
            <dt className="text-muted">{t(`totals.${name}`)}</dt>
            <dd className="figure font-bold">{value}</dd>
          </div>
        ))}
      </dl>
      {notes.map((note) => (
        <p key={note} className="mt-1">
          <Status tone="warning">{note}</Status>
        </p>
      ))}
    </div>
  )
}

const Side = ({ side, tax }: { readonly side: BookLine['debit']; readonly tax: string }) => {
  const { t } = useTranslation('paymentsBooks')
  const money = useMoney()
  return (
    <>
      <span className="block">{side.sub === '' ? side.account : `${side.account}／${side.sub}`}</span>
      <span className="block text-faint">
        {tax === '' ? side.tax : t('preview.tax', { class: side.tax, tax: money('JPY', tax) })}
      </span>
    </>
  )
}

const Vouchers = ({ vouchers }: { readonly vouchers: readonly Voucher[] }) => {
  const { t } = useTranslation('paymentsBooks')
  const money = useMoney()
  const rows = vouchers.flatMap((voucher) => voucher.lines.map((line, nth) => ({ voucher, line, nth })))
  return (
    <DataTable
      bounded
      label={t('preview.title')}
      rows={rows}
      rowKey={({ voucher, nth }) => `${voucher.number}/${nth}`}
      columns={[
        {
          id: 'day',
          title: t('preview.day'),
          cell: ({ voucher, nth }) => (nth === 0 ? <span className="figure">{slashedDay(voucher.day)}</span> : ''),
        },
        {
          id: 'number',
          title: t('preview.number'),
          cell: ({ voucher, nth }) => (nth === 0 ? <span className="figure">{voucher.number}</span> : ''),
        },
        {
          id: 'debit',
          title: t('preview.debit'),
          cell: ({ line }) => <Side side={line.debit} tax={line.debitTax} />,
        },
        {
          id: 'credit',
          title: t('preview.credit'),
          cell: ({ line }) => <Side side={line.credit} tax={line.creditTax} />,
        },
        { id: 'yen', title: t('preview.yen'), right: true, cell: ({ line }) => money('JPY', line.yen) },
        { id: 'text', title: t('preview.text'), cell: ({ voucher, nth }) => (nth === 0 ? voucher.text : '') },
      ]}
    />
  )
}

const Left = ({ rows, all }: { readonly rows: readonly LeftOut[]; readonly all: number }) => {
  const { t } = useTranslation('paymentsBooks')
  const said = useRecordText()
  return (
    <Panel title={t('left.title', { count: all })} note={t('left.note')} padded={false}>
      <DataTable
        bounded
        label={t('left.title', { count: all })}
        rows={rows}
        rowKey={({ number }) => number}
        columns={[
          { id: 'day', title: t('preview.day'), cell: ({ day }) => <span className="figure">{slashedDay(day)}</span> },
          { id: 'number', title: t('preview.number'), cell: ({ number }) => <span className="figure">{number}</span> },
          { id: 'detail', title: t('left.detail'), cell: ({ detail }) => said(detail) },
          { id: 'reason', title: t('left.reason'), cell: ({ reason }) => t(`left.why.${reason}`) },
        ]}
      />
    </Panel>
  )
}
