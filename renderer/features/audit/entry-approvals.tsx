import { useTranslation } from 'react-i18next'
import type { ApprovalComparison, EntryView } from '#protocol/review.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { useActorName } from '../../i18n/names.ts'
import { Button } from '../../ui/button.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { Part, Wrong } from './entry-parts.tsx'
import { showEntry } from './use-review.ts'

/** 承認の経緯: who asked, who answered, and whether the policy of that time asked for just that. */
export const Approvals = ({ approvals }: { readonly approvals: NonNullable<EntryView['approvals']> }) => {
  const { t } = useTranslation('review')
  const actorName = useActorName()
  return (
    <Part title={t('entry.approvals')}>
      <ol className="flex flex-col gap-1.5 empty:hidden">
        {approvals.steps.map((approval) => (
          <li
            key={`${approval.index} ${approval.purpose} ${approval.operator}`}
            className="flex flex-wrap items-center gap-x-2"
          >
            <Status
              tone={approval.key === null ? 'off' : !approval.valid ? 'bad' : approval.trusted ? 'ok' : 'warning'}
            >
              {t(`approval.${approval.purpose}`)}
            </Status>
            <span>{actorName(approval.operator)}</span>
            {approval.key !== null && !approval.trusted && (
              <span className="text-muted">{t(approval.valid ? 'signature.unconfirmed' : 'signature.invalid')}</span>
            )}
            <span className="figure text-muted">{dateTime(approval.at)}</span>
            <Button small look="quiet" onClick={() => showEntry(approval.index)}>
              {t('entry.number', { text: integer(approval.index) })}
            </Button>
            {approval.key !== null && <span className="selectable break-all font-mono text-faint">{approval.key}</span>}
            {approval.reason !== null && <span className="w-full text-muted">{approval.reason}</span>}
          </li>
        ))}
      </ol>
      {approvals.faults.length > 0 && (
        <ul className="mt-1 flex flex-col gap-1">
          {approvals.faults.map((fault) => (
            <Wrong key={fault}>{t(`approvalFault.${fault}`)}</Wrong>
          ))}
        </ul>
      )}
      <Comparisons comparisons={approvals.comparisons} />
    </Part>
  )
}

const comparedTones: Readonly<Record<ApprovalComparison['result'], Tone>> = {
  agrees: 'ok',
  differs: 'bad',
  'out-of-range': 'warning',
  'not-evaluated': 'warning',
}

const Comparisons = ({ comparisons }: { readonly comparisons: readonly ApprovalComparison[] }) => {
  const { t } = useTranslation('review')
  const actorName = useActorName()
  if (comparisons.length === 0) return null
  return (
    <div className="mt-2 border-line border-t pt-2">
      <h4 className="text-muted">{t('approvalCompared.title')}</h4>
      <ul className="mt-1 flex flex-col gap-1">
        {comparisons.map(({ what, index, operator, result, rules }) => (
          <li key={`${what} ${index} ${operator ?? ''}`} className="flex flex-wrap items-center gap-x-2">
            <Status tone={comparedTones[result]}>{t(`approvalCompared.result.${result}`)}</Status>
            <span>
              {t(`approvalCompared.what.${what}`, {
                index: integer(index),
                operator: operator === null ? '' : actorName(operator),
              })}
            </span>
            {rules.length > 0 && (
              <span className="text-faint">{t('approvalCompared.rules', { rules: rules.join(', ') })}</span>
            )}
          </li>
        ))}
      </ul>
      <p className="mt-1 text-faint">{t('approvalCompared.hint')}</p>
    </div>
  )
}
