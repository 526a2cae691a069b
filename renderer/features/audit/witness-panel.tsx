import { RefreshCw } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Cosigned, LogState } from '#protocol/audit.ts'
import type { DesktopState } from '#protocol/desktop.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { usePermitted } from '../../app/streams.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'

interface Props {
  readonly link: DesktopState['link']
  readonly log: LogState
}
type Witness = Cosigned['witnesses'][number]

/** Who else signed that they saw the published head of the log. */
export const WitnessPanel = ({ link, log }: Props) => {
  const { t } = useTranslation('audit')
  const may = usePermitted('log.read')
  const live = link.state === 'live'
  const size = log.seen?.size ?? null
  const [heads, setHeads] = useState<readonly Cosigned[] | null>(null)
  const [busy, setBusy] = useState(false)
  const [trusted, setTrusted] = useState<ReadonlySet<string>>(new Set())
  const read = async (): Promise<void> => {
    const found = await desktop.audit.witnesses({}).catch(() => null)
    if (found !== null) setHeads(found)
    const keys = await desktop.review.trusted({}).catch(() => [])
    setTrusted(new Set(keys.map(({ key }) => key)))
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new size is what there is to read anew for
  useEffect(() => {
    if (live && may) void read()
  }, [live, may, size])
  const check = async (): Promise<void> => {
    setBusy(true)
    await act(
      () => desktop.audit.checkNow({}),
      () => t('witnesses.checked'),
    )
    if (may) await read()
    setBusy(false)
  }
  const newest = heads?.find(({ witnesses }) => witnesses.length > 0) ?? null
  const columns: readonly Column<Witness>[] = [
    {
      id: 'operator',
      title: t('witnesses.operator'),
      cell: (row) => <span className="font-mono">{row.operator}</span>,
    },
    {
      id: 'key',
      title: t('witnesses.key'),
      cell: (row) => (
        <span className="selectable font-mono break-all">
          {row.key}
          {row.key === log.witness && <span className="ml-2 font-bold font-sans">{t('witnesses.own')}</span>}
        </span>
      ),
    },
    {
      id: 'standing',
      title: t('witnesses.standing'),
      cell: (row) =>
        row.key === log.witness ? (
          <span className="text-muted">{t('witnesses.ownKey')}</span>
        ) : trusted.has(row.key) ? (
          <Status tone="ok">{t('witnesses.trusted')}</Status>
        ) : (
          <Status tone="warning">{t('witnesses.unconfirmed')}</Status>
        ),
    },
    {
      id: 'at',
      title: t('witnesses.at'),
      right: true,
      cell: (row) => <span className="figure">{dateTime(row.at)}</span>,
    },
  ]
  return (
    <Panel
      title={t('witnesses.title')}
      padded={false}
      actions={
        <Button
          small
          disabled={!live || busy}
          icon={<RefreshCw size={14} aria-hidden="true" />}
          onClick={() => void check()}
        >
          {t('witnesses.check')}
        </Button>
      }
    >
      {newest === null ? (
        <Empty title={t('witnesses.none')}>{t('witnesses.noneHint')}</Empty>
      ) : (
        <>
          <p className="px-4 pb-2">
            <Status tone="ok">
              {t('witnesses.newest', { size: newest.size, count: newest.witnesses.length, at: dateTime(newest.at) })}
            </Status>
          </p>
          <DataTable label={t('witnesses.title')} columns={columns} rows={newest.witnesses} rowKey={(row) => row.key} />
        </>
      )}
      <p className="px-4 py-3 text-muted">{t('witnesses.hint')}</p>
    </Panel>
  )
}
