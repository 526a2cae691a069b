import { FileText } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type InvoiceRow, invoices } from '#protocol/payments-invoices.ts'
import { useList, useRow } from '../../../app/collection.ts'
import { desktop } from '../../../app/desktop.ts'
import { followExport } from '../../../app/exports.ts'
import { goTo } from '../../../app/navigation.ts'
import { usePermitted, useReadsOnly } from '../../../app/streams.ts'
import { dateTime } from '../../../format/instant.ts'
import { integer } from '../../../format/number.ts'
import { useActorName } from '../../../i18n/names.ts'
import { Button } from '../../../ui/button.tsx'
import { DataTable } from '../../../ui/data-table.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Explained } from '../../../ui/explained.tsx'
import { ListBody } from '../../../ui/states/list-body.tsx'
import { slashedDay } from '../business-days.ts'
import { DocumentState } from './document-state.tsx'
import { RatesTable } from './rates-table.tsx'
import { ReissueDialog } from './reissue-dialog.tsx'
import { useDocumentWords, useYen } from './words.ts'

interface DocumentDialogProps {
  /** Of a row of `payments.invoices`. */
  readonly document: string
  readonly onClose: () => void
}

/** One document with all that stands on it, its versions, and what can be done with it. */
export const DocumentDialog = ({ document, onClose }: DocumentDialogProps) => {
  const { t } = useTranslation('invoices')
  const words = useDocumentWords()
  const [key, setKey] = useState(document)
  const { row, ...found } = useRow<InvoiceRow>(invoices.name, key)
  return (
    <Dialog
      open
      wide
      title={row ? t('document.title', { name: words.name(row), number: row.number }) : t('title')}
      onClose={onClose}
      footer={row && <Actions row={row} onClose={onClose} />}
    >
      <ListBody list={{ ...found, rows: row === null ? [] : [row] }} empty={t('document.gone')}>
        {([one]) => one && <Shown row={one} onVersion={setKey} />}
      </ListBody>
    </Dialog>
  )
}

const Actions = ({ row, onClose }: { readonly row: InvoiceRow; readonly onClose: () => void }) => {
  const { t } = useTranslation('invoices')
  const permitted = usePermitted('payments.issue')
  const readsOnly = useReadsOnly()
  const [reissuing, setReissuing] = useState(false)
  const payment = row.lines[0]?.payment
  const reason = !permitted ? t('payment.notPermitted') : row.state === 'replaced' ? t('document.replaced') : null
  return (
    <>
      {payment !== undefined && (
        <Button
          look="quiet"
          onClick={() => {
            onClose()
            goTo({ page: 'payments', key: payment })
          }}
        >
          {t('document.payment')}
        </Button>
      )}
      {!readsOnly && (
        <Explained reason={reason}>
          <Button aria-disabled={reason !== null} onClick={() => reason === null && setReissuing(true)}>
            {t('reissue.button')}
          </Button>
        </Explained>
      )}
      <Button
        look="primary"
        icon={<FileText size={16} aria-hidden="true" />}
        onClick={() =>
          void followExport(t('document.pdfName'), (signal) => desktop.exports.document({ key: row.key }, { signal }))
        }
      >
        {t('document.pdf')}
      </Button>
      {reissuing && <ReissueDialog row={row} onClose={() => setReissuing(false)} />}
    </>
  )
}

const Shown = ({ row, onVersion }: { readonly row: InvoiceRow; readonly onVersion: (key: string) => void }) => {
  const { t } = useTranslation('invoices')
  const yen = useYen()
  const words = useDocumentWords()
  const actor = useActorName()
  const versions = useList<InvoiceRow>(invoices.name, { where: { number: [row.number] }, limit: 100 }).rows
  const facts: readonly (readonly [string, string])[] = [
    [t('document.counterparty'), `${row.counterparty} ${t(`honorific.${row.honorific}`)}`],
    [t('document.issued'), slashedDay(row.issuedDay)],
    ...(row.reissuedDay === null ? [] : [[t('document.reissued'), slashedDay(row.reissuedDay)] as const]),
    ...(row.of === null ? [] : [[t(row.kind === 'credit' ? 'document.of' : 'document.forInvoice'), row.of] as const]),
    ...(row.dueDay === null ? [] : [[t('document.due'), slashedDay(row.dueDay)] as const]),
    [t('document.issuer'), row.issuer.name],
    [t('document.registration'), row.issuer.registration ?? t('issuer.unregistered')],
    ...(row.note === '' ? [] : [[t('document.note'), row.note] as const]),
    ...(row.reason === '' ? [] : [[t('document.reason'), row.reason] as const]),
    [t('document.by'), `${actor(row.by)}　${dateTime(row.at)}`],
    [t('document.entry'), t('document.entryValue', { text: integer(row.entry) })],
  ]
  return (
    <div className="flex flex-col gap-3">
      <p className="flex flex-wrap items-baseline gap-x-4">
        <span className="figure font-bold text-[24px]">{yen(row.amount)}</span>
        <DocumentState row={row} />
      </p>
      {row.state === 'replaced' && <p className="text-warning">{t('document.replaced')}</p>}
      <dl aria-label={t('document.facts')} className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="break-words select-text">{value}</dd>
          </div>
        ))}
      </dl>
      <DataTable
        label={t('lines.table')}
        rows={row.lines}
        rowKey={({ payment }) => payment}
        columns={[
          {
            id: 'day',
            title: t('lines.day'),
            cell: ({ day }) => slashedDay(day),
            className: 'figure whitespace-nowrap',
          },
          { id: 'text', title: t('lines.text'), cell: ({ text }) => text },
          { id: 'rate', title: t('lines.rate'), cell: ({ rate }) => words.rate(rate) },
          { id: 'amount', title: t('lines.amount'), right: true, cell: ({ minor }) => yen(minor) },
        ]}
      />
      <RatesTable rates={row.rates} />
      {versions.length > 1 && (
        <section aria-label={t('document.versions')}>
          <h3 className="mb-1 font-bold">{t('document.versions')}</h3>
          <ul className="flex flex-col gap-1">
            {versions.map((one) => (
              <li key={one.key} className="flex flex-wrap items-center gap-3">
                <button
                  type="button"
                  className="text-accent underline disabled:text-muted disabled:no-underline"
                  disabled={one.key === row.key}
                  onClick={() => onVersion(one.key)}
                >
                  {t('document.version', { text: one.revision + 1 })}
                </button>
                <span className="figure text-muted">{dateTime(one.at)}</span>
                <DocumentState row={one} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}
