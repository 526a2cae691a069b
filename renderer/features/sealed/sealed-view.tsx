import { useTranslation } from 'react-i18next'
import type { VaultState } from '#protocol/keys.ts'
import type { OpeningRow } from '#protocol/sealed.ts'
import { useList } from '../../app/collection.ts'
import { useDesktop, usePermitted } from '../../app/streams.ts'
import { dateTime } from '../../format/instant.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'
import { Failed, Loading, NotPermitted, Offline } from '../../ui/states/states.tsx'
import { ClassPanel } from './class-panel.tsx'
import { HandOvers } from './hand-overs.tsx'
import { useCoverage } from './use-coverage.ts'

/** 封印: who can open what is sealed, and who has. */
export const SealedView = ({ vault }: { readonly vault: VaultState }) => {
  const { t } = useTranslation('sealed')
  const may = usePermitted('sealed.read')
  const signedIn = useDesktop((state) => state?.session !== null)
  const since = useDesktop((state) => state?.link.since ?? 0)
  const live = useDesktop((state) => state?.link.state === 'live')
  const { coverage, failure, refetch } = useCoverage()
  if (signedIn && !may) return <NotPermitted />
  if (coverage === null) {
    if (failure !== null) return <Failed failure={failure} onRetry={refetch} />
    return live ? <Loading rows={6} /> : <Offline since={since} />
  }
  return (
    <>
      <p className="text-muted">{t('about')}</p>
      {vault.state !== 'unlocked' && <p className="text-warning">{t('vaultLocked')}</p>}
      {coverage.map((it) => (
        <ClassPanel key={it.class} coverage={it} vault={vault} />
      ))}
      <Openings />
      <HandOvers vault={vault} />
    </>
  )
}

const Openings = () => {
  const { t } = useTranslation('sealed')
  const list = useList<OpeningRow>('sealed.openings', { sort: 'at', limit: 100 })
  const columns: readonly Column<OpeningRow>[] = [
    { id: 'at', title: t('openedAt'), cell: (row) => <span className="figure">{dateTime(row.at)}</span> },
    { id: 'operator', title: t('openedBy'), cell: (row) => <span className="font-mono">{row.operator}</span> },
    { id: 'subject', title: t('subject'), cell: (row) => <span className="font-mono">{row.subject}</span> },
    { id: 'reason', title: t('reason'), cell: (row) => row.reason },
  ]
  return (
    <Panel title={t('openings')} padded={false}>
      <ListBody list={list} empty={t('noOpenings')}>
        {(rows) => <DataTable label={t('openings')} columns={columns} rows={rows} rowKey={(row) => row.id} />}
      </ListBody>
    </Panel>
  )
}
