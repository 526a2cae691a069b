import { ArrowDownUp, Download } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { documentKinds, type InvoiceRow, invoices } from '#protocol/payments-invoices.ts'
import { documentCurrency } from '#protocol/payments-tax.ts'
import { runExport } from '../../../app/exports.ts'
import { replacePlace, useLocation } from '../../../app/navigation.ts'
import { useDesktopState, usePermitted } from '../../../app/streams.ts'
import { cappedCount, integer } from '../../../format/number.ts'
import { useLocale } from '../../../i18n/i18n.ts'
import { type RowKind, type RowsView, useRows } from '../../../lists/use-rows.ts'
import { Button } from '../../../ui/button.tsx'
import { Explained } from '../../../ui/explained.tsx'
import { Checkbox, Field, TextInput } from '../../../ui/field.tsx'
import { MultiSelect } from '../../../ui/multi-select.tsx'
import { SearchInput } from '../../../ui/search-input.tsx'
import { Empty, Failed, Loading, Offline } from '../../../ui/states/states.tsx'
import { AmountInput } from '../amount-input.tsx'
import { DocumentDialog } from './document-dialog.tsx'
import {
  type InvoiceFilter,
  invoiceQuery,
  isNarrowedTo,
  noInvoiceFilter,
  parseInvoiceFilter,
  printInvoiceFilter,
} from './filter.ts'
import { InvoiceTable } from './invoice-table.tsx'
import { IssuerPanel } from './issuer-panel.tsx'

const kind: RowKind<InvoiceRow> = {
  keyOf: (row) => row.key,
  // What was issued never changes; only whether a newer version stands for it.
  same: (one, other) => one.replacedBy === other.replacedBy,
  leaves: true,
}

/** What stands in the table's place, if anything does. */
const Instead = ({ view, narrowed }: { readonly view: RowsView<InvoiceRow>; readonly narrowed: boolean }) => {
  const { t } = useTranslation('invoices')
  const state = useDesktopState()
  const kept = state?.replica.collections[invoices.name]?.state
  if (view.failure) return <Failed failure={view.failure} onRetry={view.retry} />
  if (!view.rows.ready) return <Loading rows={8} />
  if (kept === 'ready') {
    const what = narrowed ? 'narrowed' : 'title'
    return <Empty title={t(`none.${what}`)}>{t(narrowed ? 'none.narrowedHint' : 'none.hint')}</Empty>
  }
  const away = state?.link.state === 'waiting' || state?.link.state === 'stopped' || state?.link.state === 'idle'
  return away ? <Offline since={state.link.since} /> : <Loading rows={8} />
}

interface FilterProps {
  readonly filter: InvoiceFilter
  readonly onChange: (filter: InvoiceFilter) => void
}

/** Days, amounts and counterparty, each alone or all together, as 電子帳簿保存法 asks. */
const Search = ({ filter, onChange }: FilterProps) => {
  const { t } = useTranslation('invoices')
  // Amounts keep what is typed in fields of their own, which a clearing has to empty.
  const [cleared, setCleared] = useState(0)
  const dayField = (name: 'from' | 'to') => (
    <Field label={t(`filter.${name}`)}>
      {(ids) => (
        <TextInput
          {...ids}
          type="date"
          className="w-38"
          value={filter[name]}
          onChange={(event) => onChange({ ...filter, [name]: event.target.value })}
        />
      )}
    </Field>
  )
  return (
    <div className="flex flex-wrap items-end gap-x-3 gap-y-1">
      {dayField('from')}
      {dayField('to')}
      {(['least', 'most'] as const).map((name) => (
        <AmountInput
          key={`${name}-${cleared}`}
          label={t(`filter.${name}`)}
          currency={documentCurrency}
          minor={filter[name]}
          onMinor={(minor) => onChange({ ...filter, [name]: minor })}
        />
      ))}
      <div className="flex min-w-72 flex-1 items-center gap-2 pb-1">
        <SearchInput label={t('filter.text')} value={filter.text} onSearch={(text) => onChange({ ...filter, text })} />
        <MultiSelect
          label={t('filter.kind')}
          options={documentKinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
          chosen={filter.kinds}
          onChange={(kinds) => onChange({ ...filter, kinds })}
        />
        {isNarrowedTo(filter) && (
          <Button
            look="quiet"
            onClick={() => {
              setCleared(cleared + 1)
              onChange({ ...noInvoiceFilter, oldestFirst: filter.oldestFirst, replaced: filter.replaced })
            }}
          >
            {t('filter.clear')}
          </Button>
        )}
      </div>
    </div>
  )
}

/** 請求書・領収書: who issues, and every document, found by day, amount and counterparty. */
export const InvoicesTab = () => {
  const { t } = useTranslation('invoices')
  const locale = useLocale()
  const { search } = useLocation()
  const filter = useMemo(() => parseInvoiceFilter(search), [search])
  const query = useMemo(() => invoiceQuery(filter), [filter])
  const [atTop, setAtTop] = useState(true)
  const [pointerInside, setPointerInside] = useState(false)
  const [active, setActive] = useState<string | null>(null)
  const [shown, setShown] = useState<string | null>(null)
  const mayExport = usePermitted('payments.export')
  const view = useRows(query, { paused: false, oldestFirst: filter.oldestFirst, atTop, pointerInside }, kind)
  const change = (next: InvoiceFilter): void => {
    const printed = printInvoiceFilter(next)
    replacePlace({ page: 'payments', key: null, search: printed === '' ? 'tab=invoices' : `tab=invoices&${printed}` })
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-2">
      <IssuerPanel />
      <Search filter={filter} onChange={change} />
      <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
        <span className="figure min-w-16 text-muted" role="status" aria-label={t('total')}>
          {view.count === null ? '' : cappedCount(locale, view.count)}
        </span>
        {view.fresh.count > 0 && (
          <Button small look="primary" onClick={view.apply}>
            +{integer(view.fresh.count)}
          </Button>
        )}
        <span className="text-faint">{t('filter.hint')}</span>
        <div className="ml-auto flex items-center gap-2">
          <Checkbox
            checked={filter.replaced}
            onChange={({ target }) => change({ ...filter, replaced: target.checked })}
          >
            {t('filter.replaced')}
          </Checkbox>
          <Button
            small
            icon={<ArrowDownUp size={14} aria-hidden="true" />}
            onClick={() => change({ ...filter, oldestFirst: !filter.oldestFirst })}
          >
            {t(filter.oldestFirst ? 'order.oldest' : 'order.newest')}
          </Button>
          <Explained reason={mayExport ? null : t('export.notPermitted')}>
            <Button
              small
              icon={<Download size={14} aria-hidden="true" />}
              aria-disabled={!mayExport}
              onClick={() => mayExport && void runExport('csv', { filter: query, descending: !filter.oldestFirst })}
            >
              {t('export.csv')}
            </Button>
          </Explained>
        </div>
      </div>
      <div className="min-h-0 flex-1">
        {view.rows.length === 0 ? (
          <Instead view={view} narrowed={isNarrowedTo(filter)} />
        ) : (
          <InvoiceTable
            view={view}
            active={active}
            onActive={setActive}
            onOpen={(key) => {
              setActive(key)
              setShown(key)
            }}
            onTop={setAtTop}
            onPointer={setPointerInside}
          />
        )}
      </div>
      {shown !== null && <DocumentDialog key={shown} document={shown} onClose={() => setShown(null)} />}
    </div>
  )
}
