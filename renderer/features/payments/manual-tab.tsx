import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type PaymentCurrency, paymentCurrencies, providers } from '#protocol/payments.ts'
import { type Account, accountSchema, byHand, manualTransfers } from '#protocol/payments-ledger.ts'
import { type AccountRow, accounts } from '#protocol/payments-records.ts'
import { backendNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { submit } from '../../app/submit.ts'
import { minorOf } from '../../format/money.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Field, Select, TextArea, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { dayNumber, jstDay } from './business-days.ts'
import { EntriesTable, useAccountLabel } from './entries-table.tsx'
import { useMoney } from './words.ts'

/** Accounts that a person books on: those of every provider and the deployment's, and what was booked before. */
const offered = (booked: readonly Account[]): readonly Account[] => {
  const usual = [
    'bank',
    'adjustments',
    'merchant:main',
    ...providers.map((provider) => `clearing:${provider}`),
    ...providers.map((provider) => `fees:${provider}`),
    ...providers.map((provider) => `disputes:${provider}`),
    ...['taxes', 'refunds', 'losses'],
  ].map((account) => accountSchema.parse(account))
  return [...new Set([...usual, ...booked.filter(byHand)])]
}

/** A payment's id as it is copied from its page. */
const idForm = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const Balances = () => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const account = useAccountLabel()
  const list = useList<AccountRow>(accounts.name, { descending: false })
  return (
    <Panel title={t('manual.balances')} padded={false}>
      <ListBody list={list} empty={t('manual.noBalances')}>
        {(rows) => (
          <DataTable
            label={t('manual.balances')}
            rows={rows}
            rowKey={({ key }) => key}
            columns={[
              { id: 'account', title: t('manual.account'), cell: (row) => account(row.account) },
              {
                id: 'debits',
                title: t('entries.debit'),
                cell: (row) => amount(row.currency, row.debits),
                right: true,
              },
              {
                id: 'credits',
                title: t('entries.credit'),
                cell: (row) => amount(row.currency, row.credits),
                right: true,
              },
              {
                id: 'balance',
                title: t('manual.balance'),
                cell: (row) => {
                  const balance = BigInt(row.debits) - BigInt(row.credits)
                  const side = balance < 0n ? t('entries.credit') : t('entries.debit')
                  const size = balance < 0n ? -balance : balance
                  return size === 0n ? amount(row.currency, 0n) : `${side} ${amount(row.currency, size)}`
                },
                right: true,
              },
            ]}
          />
        )}
      </ListBody>
    </Panel>
  )
}

const mostNote = 500

/** 手動仕訳: a transfer that a person answers for, and what the accounts hold. */
export const ManualTab = () => {
  const { t } = useTranslation('payments')
  const account = useAccountLabel()
  const amount = useMoney()
  const booked = useList<AccountRow>(accounts.name, { descending: false }).rows.map((row) => row.account)
  const all = offered(booked)
  const today = jstDay(backendNow())
  const [debit, setDebit] = useState<Account>('bank' as Account)
  const [credit, setCredit] = useState<Account>('clearing:paypay' as Account)
  const [currency, setCurrency] = useState<PaymentCurrency>('JPY')
  const [text, setText] = useState('')
  const [day, setDay] = useState(today)
  const [payment, setPayment] = useState('')
  const [note, setNote] = useState('')
  const [tried, setTried] = useState(false)
  const minor = minorOf(currency, text)
  const wrongs = {
    credit: debit === credit ? t('manual.same') : null,
    amount: minor === null || minor < 1n ? t(`amountWrong.${currency}`) : null,
    day: dayNumber(day) === null ? t('manual.dayMissing') : day > today ? t('manual.dayAhead') : null,
    payment: payment === '' || idForm.test(payment) ? null : t('manual.paymentWrong'),
    note: note.trim() === '' ? t('act.reasonMissing') : null,
  }
  const fine = Object.values(wrongs).every((wrong) => wrong === null)
  const say = (wrong: string | null): string | null => (tried ? wrong : null)
  const post = async (): Promise<void> => {
    setTried(true)
    if (!fine || minor === null) return
    const sent = await submit(
      'payments.postManualEntry',
      {
        debit,
        credit,
        amount: { currency, minor: minor.toString() },
        day,
        payment: payment === '' ? null : payment,
        note: note.trim(),
      },
      t('manual.posted', { amount: amount(currency, minor) }),
    )
    if (sent?.state !== 'accepted') return
    setText('')
    setNote('')
    setPayment('')
    setTried(false)
  }
  const accountField = (label: string, value: Account, choose: (next: Account) => void, error: string | null) => (
    <Field label={label} error={error}>
      {(ids) => (
        <Select {...ids} value={value} onChange={(event) => choose(event.target.value as Account)}>
          {all.map((one) => (
            <option key={one} value={one}>
              {account(one)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
  return (
    <>
      <Panel title={t('manual.title')}>
        <p className="mb-3 text-muted">{t('manual.text')}</p>
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            void post()
          }}
        >
          <div className="grid grid-cols-2 gap-3">
            {accountField(t('entries.debit'), debit, setDebit, null)}
            {accountField(t('entries.credit'), credit, setCredit, say(wrongs.credit))}
          </div>
          <div className="grid grid-cols-3 gap-3">
            <Field label={t('column.amount')} error={say(wrongs.amount)}>
              {(ids) => (
                <TextInput
                  {...ids}
                  inputMode="decimal"
                  className="w-full text-right"
                  value={text}
                  maxLength={24}
                  onChange={(event) => setText(event.target.value)}
                />
              )}
            </Field>
            <Field label={t('filter.currency')}>
              {(ids) => (
                <Select
                  {...ids}
                  value={currency}
                  onChange={(event) => setCurrency(event.target.value as PaymentCurrency)}
                >
                  {paymentCurrencies.map((one) => (
                    <option key={one} value={one}>
                      {t(`currency.${one}`)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label={t('manual.day')} error={say(wrongs.day)}>
              {(ids) => (
                <TextInput
                  {...ids}
                  type="date"
                  value={day}
                  max={today}
                  onChange={(event) => setDay(event.target.value)}
                />
              )}
            </Field>
          </div>
          <Field label={t('manual.payment')} hint={t('manual.paymentHint')} error={say(wrongs.payment)}>
            {(ids) => (
              <TextInput
                {...ids}
                className="w-full font-mono"
                value={payment}
                maxLength={36}
                onChange={(event) => setPayment(event.target.value.trim())}
              />
            )}
          </Field>
          <Field label={t('act.reason')} hint={t('act.reasonHint')} error={say(wrongs.note)}>
            {(ids) => (
              <TextArea
                {...ids}
                rows={2}
                value={note}
                maxLength={mostNote}
                onChange={(event) => setNote(event.target.value)}
              />
            )}
          </Field>
          {minor !== null && minor > 0n && debit !== credit && (
            <EntriesTable
              label={t('act.effect')}
              entries={manualTransfers(debit, credit, minor).map((one) => ({ ...one, key: 'new', currency, at: null }))}
            />
          )}
          <div>
            <Button type="submit" look="danger">
              {t('manual.action')}
            </Button>
          </div>
        </form>
      </Panel>
      <Balances />
    </>
  )
}
