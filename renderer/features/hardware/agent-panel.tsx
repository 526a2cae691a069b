import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AgentIdentity } from '#protocol/hardware.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Checkbox } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'

/** Keys of the user's GnuPG that stay where they are. */
export const AgentPanel = () => {
  const { t } = useTranslation('hardware')
  const [identities, setIdentities] = useState<readonly AgentIdentity[] | null>(null)
  const [modern, setModern] = useState(true)
  const list = async (): Promise<void> => {
    const found = await act(() => desktop.hardware.agentIdentities({}))
    if (found !== null) setIdentities(found.identities)
  }
  const take = async (fingerprint: string): Promise<void> => {
    const taken = await act(
      () => desktop.hardware.takeAgent({ fingerprint, modern }),
      () => t('done.taken'),
    )
    if (taken !== null) await list()
  }
  const columns: readonly Column<AgentIdentity>[] = [
    { id: 'userId', title: t('agent.column.userId'), cell: ({ userId }) => userId },
    {
      id: 'place',
      title: t('agent.column.place'),
      cell: ({ card }) => t(card ? 'agent.onCard' : 'agent.onDisk'),
    },
    {
      id: 'act',
      title: <span className="sr-only">{t('agent.column.act')}</span>,
      right: true,
      cell: ({ fingerprint, userId, taken }) =>
        taken ? (
          <Status tone="ok">{t('agent.taken')}</Status>
        ) : (
          <Button small aria-label={t('agent.takeOf', { name: userId })} onClick={() => void take(fingerprint)}>
            {t('agent.take')}
          </Button>
        ),
    },
  ]
  return (
    <Panel
      title={t('agent.title')}
      padded={false}
      actions={<Button onClick={() => void list()}>{t(identities === null ? 'agent.list' : 'refresh')}</Button>}
    >
      <p className="px-4 pb-2 text-muted">{t('agent.hint')}</p>
      {identities !== null && identities.length === 0 && <Empty title={t('agent.none')} />}
      {identities !== null && identities.length > 0 && (
        <>
          <Checkbox className="px-4 pb-2" checked={modern} onChange={(it) => setModern(it.target.checked)}>
            {t('agent.modern')}
          </Checkbox>
          <DataTable
            label={t('agent.title')}
            columns={columns}
            rows={identities}
            rowKey={({ fingerprint }) => fingerprint}
          />
        </>
      )}
    </Panel>
  )
}
