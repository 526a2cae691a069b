import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { currencies } from '#protocol/money.ts'
import { paymentCurrencies, providers } from '#protocol/payments.ts'
import { paymentStates } from '#protocol/payments-life.ts'
import { type AccountRow, accounts } from '#protocol/payments-records.ts'
import { backendNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Field, Select, TextInput } from '../../ui/field.tsx'
import { MultiSelect } from '../../ui/multi-select.tsx'
import { Popover } from '../../ui/popover.tsx'
import { SearchInput } from '../../ui/search-input.tsx'
import { AmountInput } from './amount-input.tsx'
import { jstDay } from './business-days.ts'
import { daysOf, isNarrowed, noFilter, type PaymentFilter, spanNames } from './payment-filter.ts'
import { StateMark } from './state-mark.tsx'
import { useMoney, useProviderLabel } from './words.ts'

interface FilterBarProps {
  readonly filter: PaymentFilter
  readonly onChange: (filter: PaymentFilter) => void
}

const Days = ({ filter, onChange }: FilterBarProps) => {
  const { t } = useTranslation('payments')
  const { t: common } = useTranslation()
  const [own, setOwn] = useState(false)
  const { span, from, to } = filter
  const custom = span === null && (own || from !== '' || to !== '')
  return (
    <>
      <Select
        aria-label={t('filter.days')}
        className="w-auto"
        value={custom ? 'custom' : (span ?? 'all')}
        onChange={({ target: { value } }) => {
          setOwn(value === 'custom')
          const next = spanNames.find((name) => name === value) ?? null
          // One's own days begin with those that are shown.
          const days = value === 'custom' ? daysOf(filter, jstDay(backendNow())) : { from: '', to: '' }
          onChange({ ...filter, span: next, ...days })
        }}
      >
        {(['all', ...spanNames, 'custom'] as const).map((name) => (
          <option key={name} value={name}>
            {t(`span.${name}`)}
          </option>
        ))}
      </Select>
      {custom && (
        <span className="flex items-center gap-1.5">
          <TextInput
            type="date"
            aria-label={common('from')}
            className="w-38"
            value={filter.from}
            max={filter.to || undefined}
            onChange={(event) => onChange({ ...filter, from: event.target.value })}
          />
          <span aria-hidden="true">〜</span>
          <TextInput
            type="date"
            aria-label={common('to')}
            className="w-38"
            value={filter.to}
            min={filter.from || undefined}
            onChange={(event) => onChange({ ...filter, to: event.target.value })}
          />
        </span>
      )}
    </>
  )
}

const Amount = ({ filter, onChange }: FilterBarProps) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const { currency, least, most } = filter
  const shown =
    currency === null
      ? null
      : least === null && most === null
        ? t(`currency.${currency}`)
        : [least, most].map((minor) => (minor === null ? '' : amount(currency, minor))).join('〜')
  return (
    <Popover
      label={t('column.amount')}
      className="w-64"
      trigger={
        <Button look={currency === null ? 'secondary' : 'primary'} className="font-normal">
          {t('column.amount')}
          {shown !== null && <span className="max-w-44 truncate font-bold">{shown}</span>}
        </Button>
      }
    >
      <div className="flex flex-col gap-2">
        <Field label={t('filter.currency')} hint={t('filter.currencyHint')}>
          {(ids) => (
            <Select
              {...ids}
              value={currency ?? ''}
              onChange={(event) => {
                const next = paymentCurrencies.find((it) => it === event.target.value) ?? null
                const same = next !== null && currency !== null && currencies[next] === currencies[currency]
                onChange({ ...filter, currency: next, least: same ? least : null, most: same ? most : null })
              }}
            >
              <option value="">{t('filter.anyCurrency')}</option>
              {paymentCurrencies.map((it) => (
                <option key={it} value={it}>
                  {t(`currency.${it}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {currency !== null && (
          <>
            <AmountInput
              key={`least-${currency}`}
              label={t('filter.least')}
              currency={currency}
              minor={least}
              onMinor={(minor) => onChange({ ...filter, least: minor })}
            />
            <AmountInput
              key={`most-${currency}`}
              label={t('filter.most')}
              currency={currency}
              minor={most}
              onMinor={(minor) => onChange({ ...filter, most: minor })}
            />
          </>
        )}
      </div>
    </Popover>
  )
}

/** The merchants that have been booked on, as the ledger's accounts name them. */
const useMerchants = (chosen: readonly string[]): readonly string[] => {
  const { rows } = useList<AccountRow>(accounts.name, { limit: 500 })
  const booked = rows.flatMap(({ account }) => (account.startsWith('merchant:') ? [account.slice(9)] : []))
  return [...new Set([...booked, ...chosen])].toSorted()
}

/** What narrows the list. It lives in the address, so a view can be kept and gone back to. */
export const FilterBar = ({ filter, onChange }: FilterBarProps) => {
  const { t } = useTranslation('payments')
  const { t: common } = useTranslation()
  const provider = useProviderLabel()
  const merchants = useMerchants(filter.merchants)
  const four = /^[0-9A-Za-z]{4}$/.test(filter.text.trim()) ? filter.text.trim() : null
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchInput label={t('filter.text')} value={filter.text} onSearch={(text) => onChange({ ...filter, text })} />
      {four !== null && (
        <Button onClick={() => onChange({ ...filter, text: '', last4: four })}>{t('filter.asLast4', { four })}</Button>
      )}
      {filter.last4 !== '' && (
        <Button look="primary" onClick={() => onChange({ ...filter, last4: '' })}>
          {t('filter.last4', { four: filter.last4 })}
        </Button>
      )}
      <Days filter={filter} onChange={onChange} />
      <MultiSelect
        label={t('column.state')}
        options={paymentStates.map((value) => ({
          value,
          label: t(`state.${value}`),
          mark: <StateMark state={value} />,
        }))}
        chosen={filter.states}
        onChange={(states) => onChange({ ...filter, states })}
      />
      <MultiSelect
        label={t('column.provider')}
        options={providers.map((value) => ({ value, label: provider(value) }))}
        chosen={filter.providers}
        onChange={(chosen) => onChange({ ...filter, providers: chosen })}
      />
      <Amount filter={filter} onChange={onChange} />
      {merchants.length > 1 && (
        <MultiSelect
          label={t('column.merchant')}
          options={merchants.map((value) => ({ value, label: value }))}
          chosen={filter.merchants}
          onChange={(chosen) => onChange({ ...filter, merchants: chosen })}
        />
      )}
      <Checkbox checked={filter.cases} onChange={(event) => onChange({ ...filter, cases: event.target.checked })}>
        {t('filter.cases')}
      </Checkbox>
      {filter.payer !== '' && (
        <Button look="primary" onClick={() => onChange({ ...filter, payer: '' })}>
          {t('filter.payer')}
        </Button>
      )}
      {isNarrowed(filter) && (
        <Button look="quiet" onClick={() => onChange({ ...noFilter, oldestFirst: filter.oldestFirst })}>
          {common('action.clear')}
        </Button>
      )}
    </div>
  )
}
