import { useQuery, useQueryClient } from '@tanstack/react-query'
import { FileKey, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TrustedKey } from '#protocol/bundle.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty, Failed, Loading } from '../../ui/states/states.tsx'

const queryKey = ['review', 'trusted']

/** 信頼する鍵: what every verdict on this machine rests on. */
export const TrustedKeysTab = () => {
  const { t } = useTranslation('review')
  const client = useQueryClient()
  const found = useQuery({ queryKey, queryFn: () => desktop.review.trusted({}) })
  const [going, setGoing] = useState<TrustedKey | null>(null)
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey })
  const fromFile = async (): Promise<void> => {
    await act(
      () => desktop.review.trustFile({}),
      ({ added }) => t('trust.added', { count: added }),
    )
    await refresh()
  }
  return (
    <>
      <EnterKey onDone={() => void refresh()} />
      <Panel
        title={t('trust.title')}
        padded={false}
        actions={
          <Button small icon={<FileKey size={14} aria-hidden="true" />} onClick={() => void fromFile()}>
            {t('trust.file')}
          </Button>
        }
      >
        {found.isPending && <Loading rows={3} />}
        {found.isError && <Failed failure={failureIn(found.error)} />}
        {found.data?.length === 0 && <Empty title={t('trust.none')}>{t('trust.noneHint')}</Empty>}
        {found.data !== undefined && found.data.length > 0 && (
          <DataTable
            label={t('trust.title')}
            rowKey={({ kind, key }) => `${kind} ${key}`}
            rows={found.data}
            columns={[
              { id: 'kind', title: t('column.kind'), cell: ({ kind }) => t(`key.${kind}`) },
              { id: 'label', title: t('trust.label'), cell: ({ label }) => label },
              {
                id: 'key',
                title: t('column.key'),
                cell: ({ key }) => <span className="selectable break-all font-mono">{key}</span>,
              },
              { id: 'at', title: t('trust.at'), cell: ({ at }) => <span className="figure">{dateTime(at)}</span> },
              {
                id: 'remove',
                title: <span className="sr-only">{t('trust.remove')}</span>,
                cell: (key) => (
                  <Button
                    small
                    icon={<Trash2 size={14} aria-hidden="true" />}
                    aria-label={t('trust.removeOne', { key: key.label || key.key })}
                    onClick={() => setGoing(key)}
                  >
                    {t('trust.remove')}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Panel>
      {going !== null && (
        <RemoveDialog
          trusted={going}
          onClose={() => setGoing(null)}
          onDone={() => {
            setGoing(null)
            void refresh()
          }}
        />
      )}
    </>
  )
}

const EnterKey = ({ onDone }: { readonly onDone: () => void }) => {
  const { t } = useTranslation('review')
  const [key, setKey] = useState('')
  const [label, setLabel] = useState('')
  const add = async (): Promise<void> => {
    const done = await act(
      () => desktop.review.trust({ key, label }),
      () => t('trust.added', { count: 1 }),
    )
    if (done === null) return
    setKey('')
    setLabel('')
    onDone()
  }
  return (
    <Panel title={t('trust.enter')}>
      <p className="text-muted">{t('trust.hint')}</p>
      <form
        className="mt-3 flex flex-wrap items-start gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (key.trim() !== '') void add()
        }}
      >
        <div className="min-w-96 flex-1">
          <Field label={t('trust.key')} hint={t('trust.keyHint')}>
            {(ids) => (
              <TextInput
                {...ids}
                className="w-full font-mono"
                maxLength={700}
                value={key}
                onChange={({ target }) => setKey(target.value)}
              />
            )}
          </Field>
        </div>
        <Field label={t('trust.label')} hint={t('trust.labelHint')}>
          {(ids) => (
            <TextInput
              {...ids}
              className="w-64"
              maxLength={200}
              value={label}
              onChange={({ target }) => setLabel(target.value)}
            />
          )}
        </Field>
        <Button
          type="submit"
          look="primary"
          className="mt-6"
          disabled={key.trim() === ''}
          icon={<Plus size={16} aria-hidden="true" />}
        >
          {t('trust.add')}
        </Button>
      </form>
    </Panel>
  )
}

interface RemoveProps {
  readonly trusted: TrustedKey
  readonly onClose: () => void
  readonly onDone: () => void
}

const RemoveDialog = ({ trusted: { kind, key, label }, onClose, onDone }: RemoveProps) => {
  const { t } = useTranslation('review')
  const { t: common } = useTranslation()
  const remove = async (): Promise<void> => {
    const done = await act(
      () => desktop.review.distrust({ kind, key }),
      () => t('trust.removed'),
    )
    if (done !== null) onDone()
  }
  return (
    <Dialog
      open
      title={t('trust.removeTitle')}
      description={t('trust.removeEffects')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="danger" onClick={() => void remove()}>
            {t('trust.remove')}
          </Button>
        </>
      }
    >
      <p>
        {t(`key.${kind}`)} {label}
      </p>
      <p className="selectable break-all font-mono">{key}</p>
    </Dialog>
  )
}
