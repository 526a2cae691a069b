import { FileKey2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { KeyFileState } from '#protocol/review.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { latest, useLive } from '../../app/live.ts'
import { integer } from '../../format/number.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Status } from '../../ui/status.tsx'
import { grouped } from '../keys/key-text.ts'
import { showEntry } from './use-review.ts'

const keyFileState = latest<KeyFileState>(() => desktop.review.watchKeys({}))
export const useKeyFile = (): KeyFileState['open'] => useLive(keyFileState)?.open ?? null

export const OpenKeyFile = ({ small = false }: { readonly small?: boolean }) => {
  const { t } = useTranslation('review')
  return (
    <Button
      small={small}
      icon={<FileKey2 size={small ? 14 : 16} aria-hidden="true" />}
      onClick={() => void act(() => desktop.review.openKeys({}))}
    >
      {t('keyFile.open')}
    </Button>
  )
}

/** 鍵ファイル: which keys this review can open sealed parameters with, and what of the file could be checked. */
export const KeyFilePanel = () => {
  const { t } = useTranslation('review')
  const { t: sealed } = useTranslation('sealed')
  const file = useKeyFile()
  if (file === null)
    return (
      <Panel title={t('keyFile.title')} actions={<OpenKeyFile small />}>
        <p className="text-muted">{t('keyFile.hint')}</p>
      </Panel>
    )
  const { head, counts, record } = file
  return (
    <Panel
      title={t('keyFile.title')}
      actions={
        <>
          <OpenKeyFile small />
          <Button small onClick={() => void act(() => desktop.review.closeKeys({}))}>
            {t('keyFile.close')}
          </Button>
        </>
      }
    >
      <p className="selectable font-mono text-muted">{file.file}</p>
      <ul className="my-2 flex flex-col gap-1">
        <li>
          <Status tone={file.signature === 'valid' ? 'ok' : 'warning'}>
            {t(`keyFile.signature.${file.signature}`, { custodian: head.custodian })}
          </Status>
        </li>
        <li className="flex flex-wrap items-center gap-2">
          <Status tone={record === null ? 'warning' : record.standing === 'verified' ? 'ok' : 'warning'}>
            {record === null
              ? t('keyFile.recordOutside')
              : t('keyFile.record', { text: integer(record.index), standing: t(`standing.${record.standing}`) })}
          </Status>
          {record !== null && (
            <Button small look="quiet" onClick={() => showEntry(record.index)}>
              {t('entry.number', { text: integer(record.index) })}
            </Button>
          )}
        </li>
      </ul>
      <p>
        {t('keyFile.range', {
          class: sealed(`class.${head.class}`),
          from: integer(head.from),
          last: integer(head.to - 1),
        })}
      </p>
      <p className="text-muted">
        {sealed('counts', { subjects: counts.subjects, keys: counts.keys })}
        {counts.erased + counts.lacking > 0 &&
          `　${sealed('handOvers.without', { erased: counts.erased, lacking: counts.lacking })}`}
      </p>
      <p className="selectable mt-1 font-mono break-words text-faint">{grouped(head.receiver)}</p>
    </Panel>
  )
}
