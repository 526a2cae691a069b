import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type CaseRow, cases } from '#protocol/payments-records.ts'
import { useList } from '../../app/collection.ts'
import { goTo } from '../../app/navigation.ts'
import { usePermitted, useReadsOnly } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { dateTime } from '../../format/instant.ts'
import { useActorName } from '../../i18n/names.ts'
import { Button } from '../../ui/button.tsx'
import { Explained } from '../../ui/explained.tsx'
import { NoteDialog } from '../../ui/note-dialog.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { useProviderLabel } from './words.ts'

const kinds = ['waiting', 'closed'] as const
const wheres = { waiting: { state: ['open', 'taken'] }, closed: { state: ['closed'] } } as const
const tones: Readonly<Record<CaseRow['state'], Tone>> = { open: 'warning', taken: 'busy', closed: 'ok' }
type Did = 'took' | 'noted' | 'closed' | 'reopened'
/** What can be done with a case as it stands, in the order of its buttons. */
const steps: Readonly<Record<CaseRow['state'], readonly Did[]>> = {
  open: ['took', 'noted', 'closed'],
  taken: ['took', 'noted', 'closed'],
  closed: ['reopened', 'noted'],
}
const mostNote = 500
/** What a case is about where it is the payment as a whole: no id to show. */
const wholeOrder = 'order'
const shownAtFirst = 50

const Said = ({ row }: { readonly row: CaseRow }) => {
  const { t } = useTranslation('payments')
  if (row.theirs === '' && row.ours === '') return null
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-0.5">
      <dt className="text-faint">{t('case.theirs')}</dt>
      <dd className="selectable break-words">{row.theirs === '' ? t('case.nothing') : row.theirs}</dd>
      <dt className="text-faint">{t('case.ours')}</dt>
      <dd className="selectable break-words">{row.ours === '' ? t('case.nothing') : row.ours}</dd>
    </dl>
  )
}

const Steps = ({ row }: { readonly row: CaseRow }) => {
  const { t } = useTranslation('payments')
  const [asked, ask] = useState<Did | null>(null)
  const permitted = usePermitted('payments.cases')
  if (useReadsOnly()) return null
  const change = (did: Did, note: string): void => {
    ask(null)
    void submit('payments.changeCase', { key: row.key, did, note: note.trim().slice(0, mostNote) })
  }
  return (
    <div className="flex flex-wrap gap-2">
      {steps[row.state].map((did) => (
        <Explained key={did} reason={permitted ? null : t('notPermitted')}>
          <Button
            small
            aria-disabled={!permitted}
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
          onCancel={() => ask(null)}
          onDone={(note) => change(asked, note)}
        />
      )}
    </div>
  )
}

const Card = ({ row }: { readonly row: CaseRow }) => {
  const { t } = useTranslation('payments')
  const actor = useActorName()
  const provider = useProviderLabel()
  return (
    <article
      aria-label={t(`case.kind.${row.kind}`)}
      className="flex flex-col gap-2 rounded-lg border border-line bg-surface px-4 py-3"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="font-bold">{t(`case.kind.${row.kind}`)}</h2>
        <Status tone={tones[row.state]}>{t(`case.state.${row.state}`)}</Status>
        <span className="text-muted">{provider(row.provider)}</span>
        {row.owner !== null && <span className="text-muted">{t('case.owner', { name: actor(row.owner) })}</span>}
        {row.payment !== '' && (
          <Button small look="quiet" className="ml-auto" onClick={() => goTo({ page: 'payments', key: row.payment })}>
            {t('case.payment')}
          </Button>
        )}
      </div>
      <p className="text-muted">{t(`case.todo.${row.kind}`)}</p>
      {row.about !== '' && row.about !== wholeOrder && (
        <p className="selectable break-all font-mono text-muted">{row.about}</p>
      )}
      <Said row={row} />
      <ol aria-label={t('case.history')} className="flex flex-col border-line border-t pt-1">
        {row.history.map((entry, nth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows at its end
          <li key={nth} className="flex gap-3">
            <span className="figure w-40 shrink-0 whitespace-nowrap text-faint">{dateTime(entry.at)}</span>
            <span className="min-w-0 break-words">
              {t(`case.did.${entry.did}`)}　{actor(entry.by)}
              {entry.note !== '' && <span className="block text-muted">{entry.note}</span>}
            </span>
          </li>
        ))}
      </ol>
      <Steps row={row} />
    </article>
  )
}

/** 要対応: what a person has to look at, who does, and what they found. */
export const CasesTab = () => {
  const { t } = useTranslation('payments')
  const [which, setWhich] = useState<(typeof kinds)[number]>('waiting')
  const [limit, setLimit] = useState(shownAtFirst)
  const where = { state: [...wheres[which].state] }
  const list = useList<CaseRow>(cases.name, { where, sort: 'openedAt', limit })
  return (
    <>
      <Segmented
        label={t('case.which')}
        value={which}
        options={kinds.map((value) => ({ value, label: t(`case.${value}`) }))}
        onChange={setWhich}
      />
      <ListBody
        list={list}
        empty={t(which === 'waiting' ? 'case.none' : 'case.noneClosed')}
        {...(which === 'waiting' && { emptyHint: t('case.noneHint') })}
      >
        {(rows) => (
          <div className="flex flex-col gap-3">
            {rows.map((row) => (
              <Card key={row.key} row={row} />
            ))}
            {rows.length === limit && (
              <Button className="self-center" onClick={() => setLimit(limit + shownAtFirst)}>
                {t('more')}
              </Button>
            )}
          </div>
        )}
      </ListBody>
    </>
  )
}
