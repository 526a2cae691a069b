import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { BalanceCheck } from '#protocol/payments-balance.ts'
import { act } from '../../../app/act.ts'
import { desktop } from '../../../app/desktop.ts'
import { integer } from '../../../format/number.ts'
import { Button } from '../../../ui/button.tsx'
import { DataTable } from '../../../ui/data-table.tsx'
import { Panel } from '../../../ui/panel.tsx'
import { Status } from '../../../ui/status.tsx'
import { useAccountLabel } from '../entries-table.tsx'
import { useMoney } from '../words.ts'

/** 残高の検算: asked for, so that who looks knows of when it is. */
export const BalancePanel = () => {
  const { t } = useTranslation('paymentsBooks')
  const [check, setCheck] = useState<BalanceCheck | null>(null)
  const [busy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    setBusy(true)
    setCheck(await act(() => desktop.payments.checkBalances({})))
    setBusy(false)
  }
  return (
    <Panel
      title={t('balance.title')}
      note={t('balance.note')}
      padded={false}
      actions={
        <Button small disabled={busy} onClick={() => void run()}>
          {t('balance.action')}
        </Button>
      }
    >
      {check !== null && <Found check={check} />}
    </Panel>
  )
}

const Found = ({ check }: { readonly check: BalanceCheck }) => {
  const { t } = useTranslation('paymentsBooks')
  const { t: payments } = useTranslation('payments')
  const money = useMoney()
  const account = useAccountLabel()
  const even = check.currencies.every(({ debits, credits }) => debits === credits)
  const right = even && check.differing === 0
  const counts = { transfers: integer(check.transfers), accounts: integer(check.accounts) }
  return (
    <>
      <p role="status" className="px-4 pb-2">
        {check.whole ? (
          <Status tone={right ? 'ok' : 'bad'}>{t(right ? 'balance.right' : 'balance.wrong', counts)}</Status>
        ) : (
          <Status tone="warning">{t('balance.partial', counts)}</Status>
        )}
      </p>
      {check.currencies.length > 0 && (
        <DataTable
          label={t('balance.title')}
          rows={check.currencies}
          rowKey={({ currency }) => currency}
          columns={[
            { id: 'currency', title: t('rates.currency'), cell: ({ currency }) => payments(`currency.${currency}`) },
            {
              id: 'debits',
              title: t('totals.debits'),
              right: true,
              cell: ({ currency, debits }) => money(currency, debits),
            },
            {
              id: 'credits',
              title: t('totals.credits'),
              right: true,
              cell: ({ currency, credits }) => money(currency, credits),
            },
          ]}
        />
      )}
      {check.whole && check.differences.length > 0 && (
        <DataTable
          label={t('balance.differences')}
          rows={check.differences}
          rowKey={(one) => `${one.account}/${one.currency}`}
          columns={[
            { id: 'account', title: t('balance.account'), cell: (one) => account(one.account) },
            {
              id: 'kept',
              title: t('balance.kept'),
              right: true,
              cell: ({ currency, kept }) => `${money(currency, kept.debits)}／${money(currency, kept.credits)}`,
            },
            {
              id: 'found',
              title: t('balance.found'),
              right: true,
              cell: ({ currency, found }) => `${money(currency, found.debits)}／${money(currency, found.credits)}`,
            },
          ]}
        />
      )}
    </>
  )
}
