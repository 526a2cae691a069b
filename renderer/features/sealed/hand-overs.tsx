import { FileKey2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { VaultState } from '#protocol/keys.ts'
import type { HandOverRow } from '#protocol/sealed-hand-over.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { useLive } from '../../app/live.ts'
import { useDesktop, usePermitted } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { showToast } from '../../app/toasts.ts'
import { dateTime } from '../../format/instant.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Progress } from '../../ui/progress.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Status } from '../../ui/status.tsx'
import { grouped } from '../keys/key-text.ts'
import { HandOverForm } from './hand-over-form.tsx'
import { keyFileWriting, writeKeyFile } from './key-file-writing.ts'

/** 鍵の引き渡し: who gave which keys to whom, and the file that a recorded one still waits for. */
export const HandOvers = ({ vault }: { readonly vault: VaultState }) => {
  const { t } = useTranslation('sealed')
  const [giving, setGiving] = useState(false)
  const may = usePermitted('sealed.handOver')
  const list = useList<HandOverRow>('sealed.hand-overs', { sort: 'at', limit: 100 })
  const columns: readonly Column<HandOverRow>[] = [
    { id: 'at', title: t('openedAt'), cell: (row) => <span className="figure">{dateTime(row.at)}</span> },
    { id: 'by', title: t('handOvers.by'), cell: (row) => <span className="font-mono">{row.by}</span> },
    {
      id: 'receiver',
      title: t('handOvers.receiver'),
      cell: ({ operator, fingerprint }) => (
        <span className="block">
          {operator === null ? t('handOvers.fromOutside') : <span className="font-mono">{operator}</span>}
          <span className="block font-mono text-muted" title={grouped(fingerprint)}>
            …{grouped(fingerprint.slice(-16))}
          </span>
        </span>
      ),
    },
    {
      id: 'range',
      title: t('handOvers.range'),
      cell: ({ class: sealClass, from, to }) => (
        <span className="block">
          {t(`class.${sealClass}`)}
          <span className="figure block text-muted">
            {integer(from)}–{integer(to - 1)}
          </span>
        </span>
      ),
    },
    { id: 'reason', title: t('reason'), cell: (row) => row.reason },
    { id: 'state', title: t('state'), cell: (row) => <Outcome row={row} vault={vault} /> },
  ]
  return (
    <Panel
      title={t('handOvers.title')}
      padded={false}
      actions={
        may && (
          <Button small icon={<FileKey2 size={14} aria-hidden="true" />} onClick={() => setGiving(true)}>
            {t('handOvers.give')}
          </Button>
        )
      }
    >
      <ListBody list={list} empty={t('handOvers.none')}>
        {(rows) => <DataTable label={t('handOvers.title')} columns={columns} rows={rows} rowKey={(row) => row.id} />}
      </ListBody>
      {giving && <HandOverForm onClose={() => setGiving(false)} />}
    </Panel>
  )
}

/** What came of it; for who recorded it, the way to its file while it is open. */
const Outcome = ({ row, vault }: { readonly row: HandOverRow; readonly vault: VaultState }) => {
  const { t } = useTranslation('sealed')
  const { t: common } = useTranslation()
  const now = useNow()
  const me = useDesktop((state) => state?.session?.operator ?? null)
  const writing = useLive(keyFileWriting)
  if (row.outcome === 'cancelled') return <Status tone="off">{t('handOvers.cancelled')}</Status>
  if (row.outcome === 'done')
    return (
      <span className="block">
        <Status tone="ok">{t('handOvers.done')}</Status>
        <span className="block text-muted">{t('counts', { subjects: row.subjects, keys: row.keys })}</span>
        {row.erased + row.lacking > 0 && (
          <span className="block text-muted">
            {t('handOvers.without', { erased: row.erased, lacking: row.lacking })}
          </span>
        )}
      </span>
    )
  if (writing?.id === row.id) {
    const { news } = writing
    return (
      <span className="flex w-48 items-center gap-2">
        <span className="min-w-0 flex-1">
          <Progress
            label={t('handOvers.writing')}
            value={news === null || news.ofEntries === 0 ? null : news.entries / news.ofEntries}
          />
        </span>
        <Button small onClick={writing.cancel}>
          {common('action.cancel')}
        </Button>
      </span>
    )
  }
  if (row.until <= now) return <Status tone="off">{t('handOvers.expired')}</Status>
  if (row.by !== me) return <Status tone="warning">{t('handOvers.waiting')}</Status>
  const { id } = row
  const nothing = { keys: 0, subjects: 0, erased: 0, lacking: 0 }
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      <Button
        small
        look="primary"
        disabled={vault.state !== 'unlocked' || writing !== null}
        onClick={() =>
          void writeKeyFile(id, ({ file, counts }) =>
            showToast({ tone: 'ok', title: t('handOvers.written', { file, count: counts.keys }) }),
          )
        }
      >
        {t('handOvers.write')}
      </Button>
      <Button
        small
        disabled={writing !== null}
        onClick={() =>
          void submit('sealed.endHandOver', { id, outcome: 'cancelled', ...nothing }, t('handOvers.cancelled'))
        }
      >
        {t('handOvers.cancel')}
      </Button>
      <span className="w-full text-faint">{t('handOvers.until', { time: dateTime(row.until) })}</span>
    </span>
  )
}
