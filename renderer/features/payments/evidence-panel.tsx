import { Eye } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { type PaymentEvidenceRow, paymentEvidence } from '#protocol/payments-evidence.ts'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { act } from '../../app/act.ts'
import { useList } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { Explained } from '../../ui/explained.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { useWhyNotOpen } from '../sealed/why-not-open.ts'
import { useMessageKind } from './words.ts'

const newestFirst = (rows: readonly PaymentEvidenceRow[]) => rows.toSorted((one, other) => other.entry - one.entry)

/** Signatures of PayPal that were kept, to be verified again; other providers sign nothing that could be. */
export const EvidencePanel = ({ row }: { readonly row: PaymentRow }) => {
  const { t } = useTranslation('payments')
  const reason = useWhyNotOpen()
  const kindWords = useMessageKind()
  const list = useList<PaymentEvidenceRow>(paymentEvidence.name, { where: { payment: [row.payment] } })
  return (
    <Panel title={t('evidence.title')} padded={false}>
      <ListBody list={list} empty={t('evidence.none')} emptyHint={t('evidence.noneHint')}>
        {(rows) => (
          <ul className="flex flex-col gap-2 px-4 pb-3">
            {/* Their keys are digests, in no order of anybody's. */}
            {newestFirst(rows).map(({ message, entry, at, kind }) => (
              <li key={message} className="flex flex-wrap items-center gap-x-3 gap-y-1">
                {kind !== undefined && (
                  <span className="flex w-full flex-wrap gap-x-3">
                    <span className="font-bold">{kindWords(kind)}</span>
                    <span className="break-all text-muted">{kind}</span>
                  </span>
                )}
                <span className="figure">{dateTime(at)}</span>
                <span className="figure text-muted">{t('evidence.entry', { entry })}</span>
                <span className="ml-auto">
                  <Explained reason={reason}>
                    <Button
                      small
                      icon={<Eye size={14} aria-hidden="true" />}
                      aria-disabled={reason !== null}
                      onClick={() =>
                        reason === null &&
                        void act(() => desktop.sealed.open({ collection: 'payments.evidence', row: message }))
                      }
                    >
                      {t('evidence.open')}
                    </Button>
                  </Explained>
                </span>
              </li>
            ))}
          </ul>
        )}
      </ListBody>
    </Panel>
  )
}
