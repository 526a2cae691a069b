import { useTranslation } from 'react-i18next'
import type { InvoiceRow } from '#protocol/payments-invoices.ts'
import { isReduced } from '#protocol/payments-tax.ts'
import { integer } from '../../../format/number.ts'
import '../../../ui/fonts.css'
import { slashedDay } from '../business-days.ts'
import './document.css'
import { useDocumentWords, useYen } from './words.ts'

const amountLabels = {
  invoice: 'paper.amountInvoice',
  receipt: 'paper.amountReceipt',
  credit: 'paper.amountCredit',
} as const
const saids = { invoice: 'paper.ask', receipt: 'paper.received', credit: 'paper.gaveBack' } as const

/** The paper of one document: drawn in a hidden window and printed by main. */
export const DocumentPage = ({ row }: { readonly row: InvoiceRow }) => {
  const { t } = useTranslation('invoices')
  const yen = useYen()
  const words = useDocumentWords()
  const [first, ...more] = row.lines
  const what = first === undefined ? '' : more.length === 0 ? first.text : t('paper.and', { text: first.text })
  const reduced = row.lines.some(({ rate }) => isReduced(rate))
  const facts: readonly (readonly [string, string])[] = [
    [t('paper.number'), row.number],
    [t('paper.issued'), slashedDay(row.issuedDay)],
    ...(row.reissuedDay === null ? [] : [[t('paper.reissued'), slashedDay(row.reissuedDay)] as const]),
    ...(row.of === null ? [] : [[t(row.kind === 'credit' ? 'paper.of' : 'paper.forInvoice'), row.of] as const]),
    ...(row.soldDay === null ? [] : [[t('paper.soldDay'), slashedDay(row.soldDay)] as const]),
    ...(row.dueDay === null ? [] : [[t('paper.due'), slashedDay(row.dueDay)] as const]),
  ]
  return (
    <article className="document-paper">
      {row.revision > 0 && <p className="again">{t('paper.again')}</p>}
      <h1>{t(`paper.${row.kind}`)}</h1>
      {row.qualified && <p className="law">{t(row.kind === 'credit' ? 'paper.qualifiedCredit' : 'paper.qualified')}</p>}
      <div className="top">
        <p className="whom">
          {row.counterparty}
          <span>{t(`honorific.${row.honorific}`)}</span>
        </p>
        <table className="facts">
          <tbody>
            {facts.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="amount">
        <span className="label">{t(amountLabels[row.kind])}</span>
        <span className="sum">{yen(row.amount)}</span>
        <span>{t('paper.included')}</span>
      </p>
      {row.kind === 'receipt' && <p>{t('paper.proviso', { text: what })}</p>}
      <p>{t(saids[row.kind])}</p>
      <table className="lines">
        <thead>
          <tr>
            <th scope="col">{t(row.kind === 'credit' ? 'paper.gaveBackDay' : 'paper.day')}</th>
            <th scope="col">{t('lines.text')}</th>
            <th scope="col">{t('lines.rate')}</th>
            <th scope="col" className="right">
              {t('lines.amount')}
            </th>
          </tr>
        </thead>
        <tbody>
          {row.lines.map(({ payment, day, text, rate, minor }) => (
            <tr key={payment}>
              <td className="day">{slashedDay(day)}</td>
              <td>
                {text}
                {isReduced(rate) && ` ${t('paper.reducedMark')}`}
              </td>
              <td className="rate">{words.rate(rate)}</td>
              <td className="right">{yen(minor)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {reduced && <p className="small">{t('paper.reducedNote')}</p>}
      <table className="rates">
        <thead>
          <tr>
            <th scope="col">{t('rates.rate')}</th>
            <th scope="col" className="right">
              {t('rates.gross')}
            </th>
            <th scope="col" className="right">
              {t('rates.net')}
            </th>
            <th scope="col" className="right">
              {t('rates.tax')}
            </th>
          </tr>
        </thead>
        <tbody>
          {row.rates.map(({ rate, gross, net, tax }) => (
            <tr key={rate}>
              <td>{words.rate(rate)}</td>
              <td className="right">{yen(gross)}</td>
              <td className="right">{yen(net)}</td>
              <td className="right">{yen(tax)}</td>
            </tr>
          ))}
          <tr className="total">
            <th scope="row">{t('rates.total')}</th>
            <td className="right">{yen(row.amount)}</td>
            <td className="right">{yen(BigInt(row.amount) - BigInt(row.tax))}</td>
            <td className="right">{yen(row.tax)}</td>
          </tr>
        </tbody>
      </table>
      {row.note !== '' && (
        <p className="note">
          {t('paper.note')}：{row.note}
        </p>
      )}
      {row.kind === 'credit' && row.revision === 0 && (
        <p className="note">
          {t('paper.reason')}：{row.reason}
        </p>
      )}
      <div className="issuer">
        <p className="name">{row.issuer.name}</p>
        <p>{row.issuer.address}</p>
        {row.issuer.phone !== '' && <p>{t('paper.phone', { text: row.issuer.phone })}</p>}
        {row.issuer.registration !== null && <p>{t('paper.registration', { text: row.issuer.registration })}</p>}
      </div>
      <p className="proof">{t('paper.proof', { text: integer(row.entry) })}</p>
    </article>
  )
}
