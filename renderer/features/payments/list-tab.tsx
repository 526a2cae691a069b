import { useTranslation } from 'react-i18next'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { useList } from '../../app/collection.ts'
import { dateTime } from '../../format/instant.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { StateMark } from './state-mark.tsx'
import { useMoney, useProviderLabel } from './words.ts'

/** 一覧: payments, newest first. */
export const ListTab = () => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const provider = useProviderLabel()
  const list = useList<PaymentRow>(payments.name, { limit: 100 })
  return (
    <ListBody list={list} empty={t('none.title')} emptyHint={t('none.hint')}>
      {(rows) => (
        <DataTable
          label={t('table')}
          rows={rows}
          rowKey={(row) => row.payment}
          columns={[
            { id: 'at', title: t('column.at'), cell: (row) => dateTime(row.at), className: 'figure' },
            { id: 'state', title: t('column.state'), cell: (row) => <StateMark state={row.state} /> },
            { id: 'amount', title: t('column.amount'), cell: (row) => amount(row.currency, row.amount), right: true },
            { id: 'provider', title: t('column.provider'), cell: (row) => provider(row.provider) },
            { id: 'title', title: t('column.title'), cell: (row) => row.title },
          ]}
        />
      )}
    </ListBody>
  )
}
