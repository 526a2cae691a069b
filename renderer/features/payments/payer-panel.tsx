import { Eye } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { type PayerRow, type PaymentRow, payerFields, payers, payments } from '#protocol/payments-records.ts'
import { act } from '../../app/act.ts'
import { useList, useRow } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { goTo } from '../../app/navigation.ts'
import { date } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useWhyNotOpen } from '../sealed/why-not-open.ts'
import { StateMark } from './state-mark.tsx'
import { useMoney } from './words.ts'

/** How much of a buyer is kept: sealed, erased, or nothing. */
const keptOf = (row: PayerRow | null): 'none' | 'sealed' | 'erased' => {
  if (row === null) return 'none'
  return payerFields.some((field) => row[field] !== null && 'box' in (row[field] ?? {})) ? 'sealed' : 'erased'
}

const shownPayments = 20

interface KnownPayerProps {
  readonly payer: string
  /** The payment that is shown already. */
  readonly besides: string
  readonly onOpen: (payment: string) => void
}

const KnownPayer = ({ payer, besides, onOpen }: KnownPayerProps) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const reason = useWhyNotOpen()
  const sealed = useRow<PayerRow>(payers.name, payer)
  const list = useList<PaymentRow>(payments.name, { where: { payer: [payer] }, limit: shownPayments + 1 })
  // Of what was not read whole nothing is said.
  const kept = sealed.row === null && sealed.state !== 'ready' ? null : keptOf(sealed.row)
  const others = list.rows.filter(({ payment }) => payment !== besides)
  return (
    <Panel
      title={t('payer.title')}
      padded={false}
      actions={
        kept === 'sealed' && (
          <Explained reason={reason}>
            <Button
              small
              icon={<Eye size={14} aria-hidden="true" />}
              aria-disabled={reason !== null}
              onClick={() =>
                reason === null && void act(() => desktop.sealed.open({ collection: 'payments.payers', row: payer }))
              }
            >
              {t('payer.open')}
            </Button>
          </Explained>
        )
      }
    >
      {kept !== null && <p className="px-4 pb-2 text-muted">{t(`payer.kept.${kept}`)}</p>}
      {others.length === 0 ? (
        <p className="px-4 pb-3 text-faint">{t('payer.noOthers')}</p>
      ) : (
        <DataTable
          label={t('payer.others')}
          rows={others.slice(0, shownPayments)}
          rowKey={({ payment }) => payment}
          columns={[
            { id: 'at', title: t('column.at'), cell: ({ at }) => date(at), className: 'figure whitespace-nowrap' },
            { id: 'state', title: t('column.state'), cell: ({ state }) => <StateMark state={state} /> },
            {
              id: 'amount',
              title: t('column.amount'),
              cell: (one) => amount(one.currency, one.amount),
              right: true,
            },
            {
              id: 'title',
              title: t('column.title'),
              cell: (one) => (
                <button type="button" className="text-left text-accent underline" onClick={() => onOpen(one.payment)}>
                  {one.title}
                </button>
              ),
            },
          ]}
        />
      )}
      {others.length > 0 && (
        <Button
          small
          look="quiet"
          className="m-2"
          onClick={() => goTo({ page: 'payments', key: null, search: `tab=list&payer=${payer}` })}
        >
          {t('payer.all')}
        </Button>
      )}
    </Panel>
  )
}

interface PayerPanelProps {
  readonly row: PaymentRow
  readonly onOpen: (payment: string) => void
}

/** Who paid, as far as anybody may see: what is sealed of them, and what else they paid. */
export const PayerPanel = ({ row, onOpen }: PayerPanelProps) => {
  const { t } = useTranslation('payments')
  // PayPay tells of nobody, also of those who paid.
  const paid = row.captures.length > 0 || row.authorisation !== null
  if (row.payer !== null) return <KnownPayer payer={row.payer} besides={row.payment} onOpen={onOpen} />
  return (
    <Panel title={t('payer.title')}>
      <p className="text-muted">{t(paid ? 'payer.notTold' : 'payer.nobody')}</p>
    </Panel>
  )
}
