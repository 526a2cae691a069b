import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeCase } from '#protocol/payments-commands.ts'
import type { CaseRow } from '#protocol/payments-records.ts'
import { usePermitted, useReadsOnly } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { dateTime } from '../../format/instant.ts'
import { useActorName } from '../../i18n/names.ts'
import { Button } from '../../ui/button.tsx'
import { Explained } from '../../ui/explained.tsx'
import { NoteDialog } from '../../ui/note-dialog.tsx'
import { Status } from '../../ui/status.tsx'
import { type CaseStep, caseSteps, caseTones, settledItself } from './cases.ts'

/** What 要対応 and 日次締め both show of a case. */

const mostNote = 500

export const CaseState = ({ row }: { readonly row: CaseRow }) => {
  const { t } = useTranslation('payments')
  const actor = useActorName()
  const own = row.owner !== null && !settledItself(row)
  return (
    <span className="flex flex-wrap items-center gap-x-4">
      <Status tone={caseTones[row.state]}>{t(settledItself(row) ? 'case.settled' : `case.state.${row.state}`)}</Status>
      {own && <span className="text-muted">{t('case.owner', { name: actor(row.owner ?? '') })}</span>}
    </span>
  )
}

export const CaseHistory = ({ row }: { readonly row: CaseRow }) => {
  const { t } = useTranslation('payments')
  const actor = useActorName()
  return (
    <ol aria-label={t('case.history')} className="flex flex-col">
      {row.history.map((entry, nth) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows at its end
        <li key={nth} className="flex gap-3">
          <span className="figure w-40 shrink-0 whitespace-nowrap text-faint">{dateTime(entry.at)}</span>
          <span className="selectable min-w-0 break-words">
            {t(`case.did.${entry.did}`)}　{actor(entry.by)}
            {entry.note !== '' && <span className="block text-muted">{entry.note}</span>}
          </span>
        </li>
      ))}
    </ol>
  )
}

interface CaseActsProps {
  readonly row: CaseRow
  /** What tells this one's buttons from those of other rows to a screen reader; null: its heading does. */
  readonly about: string | null
}

/** What can be done with it now. */
export const CaseActs = ({ row, about }: CaseActsProps) => {
  const { t } = useTranslation('payments')
  const [asked, ask] = useState<CaseStep | null>(null)
  const permitted = usePermitted('payments.cases')
  if (useReadsOnly()) return null
  const change = (did: CaseStep, note: string): void => {
    ask(null)
    void submit(changeCase.name, { key: row.key, did, note: note.trim() })
  }
  return (
    <div className="flex flex-wrap gap-2">
      {caseSteps[row.state].map((did) => (
        <Explained key={did} reason={permitted ? null : t('notPermitted')}>
          <Button
            small
            aria-disabled={!permitted}
            {...(about !== null && { 'aria-label': t('case.doOf', { about, what: t(`case.do.${did}`) }) })}
            onClick={() => permitted && (did === 'took' ? change(did, '') : ask(did))}
          >
            {t(`case.do.${did}`)}
          </Button>
        </Explained>
      ))}
      {asked !== null && (
        <NoteDialog
          title={t(`case.do.${asked}`)}
          description={t(`case.kind.${row.kind}`)}
          action={t(`case.do.${asked}`)}
          most={mostNote}
          needed={asked === 'noted'}
          onCancel={() => ask(null)}
          onDone={(note) => change(asked, note)}
        />
      )}
    </div>
  )
}
