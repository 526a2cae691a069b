import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { List } from '../../app/collection.ts'
import { useDesktopState } from '../../app/streams.ts'
import { Partial } from './note-line.tsx'
import { Empty, Failed, Loading, NotPermitted, Offline } from './states.tsx'

interface ListBodyProps<Row> {
  readonly list: Pick<List<Row>, 'rows' | 'state' | 'failure' | 'refetch'>
  /** What an empty list says. */
  readonly empty: string
  readonly emptyHint?: string
  readonly children: (rows: readonly Row[]) => ReactNode
}

/** A list, or the designed state that stands in its place. */
export const ListBody = <Row,>({ list, empty, emptyHint, children }: ListBodyProps<Row>) => {
  const { t } = useTranslation()
  const desk = useDesktopState()
  switch (list.state) {
    case 'loading':
      return <Loading />
    case 'denied':
      return <NotPermitted />
    case 'offline':
      return <Offline since={desk?.link.since ?? Date.now()} />
    case 'failed':
      return <Failed failure={list.failure ?? { code: 'internal.unexpected', params: {} }} onRetry={list.refetch} />
    case 'partial':
    case 'ready':
      return (
        <>
          {list.state === 'partial' && (
            <div className="px-4 py-2">
              <Partial text={t('state.syncing')} />
            </div>
          )}
          {list.rows.length === 0 ? <Empty title={empty}>{emptyHint}</Empty> : children(list.rows)}
        </>
      )
  }
}
