import { Fragment, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ProviderName, providers } from '#protocol/payments.ts'
import { type MessageRow, type MessageState, messageStates } from '#protocol/payments-inbox.ts'
import { dateTime } from '../../../format/instant.ts'
import { bytes, joined } from '../../../format/number.ts'
import { Button } from '../../../ui/button.tsx'
import { DataTable } from '../../../ui/data-table.tsx'
import { Select } from '../../../ui/field.tsx'
import { Empty, Failed, Loading, Unavailable } from '../../../ui/states/states.tsx'
import { Status, type Tone } from '../../../ui/status.tsx'
import { useProviderLabel } from '../words.ts'
import { MessageDialog } from './message-dialog.tsx'
import { useMessages } from './use-messages.ts'

export const messageTones: Readonly<Record<MessageState, Tone>> = {
  received: 'busy',
  processed: 'ok',
  refused: 'bad',
  nothing: 'off',
}

/** 受信箱: what came from providers, the newest first, forged and broken ones included. */
export const InboxTab = () => {
  const { t } = useTranslation('paymentsInbox')
  const label = useProviderLabel()
  const [provider, setProvider] = useState<ProviderName | null>(null)
  const [state, setState] = useState<MessageState | null>(null)
  const [shown, setShown] = useState<MessageRow | null>(null)
  const messages = useMessages({ provider, state, payment: null })
  const current =
    shown && (messages.rows.find((row) => row.provider === shown.provider && row.id === shown.id) ?? shown)
  return (
    <div className="flex flex-col gap-3 py-3">
      <p className="text-muted">{t('about')}</p>
      <div className="flex flex-wrap gap-3">
        <label htmlFor="inbox-provider" className="flex items-center gap-2">
          {t('provider')}
          <Select
            id="inbox-provider"
            className="w-44"
            value={provider ?? ''}
            onChange={(event) => setProvider(providers.find((one) => one === event.target.value) ?? null)}
          >
            <option value="">{t('all')}</option>
            {providers.map((one) => (
              <option key={one} value={one}>
                {label(one)}
              </option>
            ))}
          </Select>
        </label>
        <label htmlFor="inbox-state" className="flex items-center gap-2">
          {t('stateLabel')}
          <Select
            id="inbox-state"
            className="w-40"
            value={state ?? ''}
            onChange={(event) => setState(messageStates.find((one) => one === event.target.value) ?? null)}
          >
            <option value="">{t('all')}</option>
            {messageStates.map((one) => (
              <option key={one} value={one}>
                {t(`state.${one}`)}
              </option>
            ))}
          </Select>
        </label>
      </div>
      <MessageList messages={messages} onShow={setShown} />
      {current && <MessageDialog row={current} onClose={() => setShown(null)} onReplayed={messages.refetch} />}
    </div>
  )
}

interface MessageListProps {
  readonly messages: ReturnType<typeof useMessages>
  readonly onShow: (row: MessageRow) => void
}
const MessageList = ({ messages, onShow }: MessageListProps) => {
  const { t } = useTranslation('paymentsInbox')
  const label = useProviderLabel()
  if (messages.state === 'offline') return <Unavailable title={t('offline')}>{t('offlineHint')}</Unavailable>
  if (messages.state === 'loading') return <Loading rows={5} />
  if (messages.failure !== null) return <Failed failure={messages.failure} onRetry={messages.refetch} />
  if (messages.rows.length === 0) return <Empty title={t('empty')}>{t('emptyHint')}</Empty>
  return (
    <>
      <DataTable
        label={t('table')}
        rows={messages.rows}
        rowKey={(row) => `${row.provider} ${row.id}`}
        columns={[
          { id: 'at', title: t('column.at'), cell: (row) => dateTime(row.receivedAt), className: 'figure' },
          {
            id: 'state',
            title: t('column.state'),
            cell: (row) => <Status tone={messageTones[row.state]}>{t(`state.${row.state}`)}</Status>,
          },
          { id: 'provider', title: t('column.provider'), cell: (row) => label(row.provider) },
          { id: 'via', title: t('column.via'), cell: (row) => t(`via.${row.via}`) },
          {
            id: 'kind',
            title: t('column.kind'),
            cell: (row) => (row.kind === '' ? t('noKind') : <Kind kind={row.kind} />),
          },
          { id: 'why', title: t('column.why'), cell: (row) => <Why row={row} /> },
          { id: 'bytes', title: t('column.bytes'), cell: (row) => joined(bytes(row.bytes)), right: true },
          {
            id: 'act',
            title: <span className="sr-only">{t('column.act')}</span>,
            cell: (row) => (
              <Button small aria-label={t('showOf', { at: dateTime(row.receivedAt) })} onClick={() => onShow(row)}>
                {t('show')}
              </Button>
            ),
          },
        ]}
      />
      {messages.more && (
        <div className="flex justify-center">
          <Button onClick={messages.loadMore}>{t('more')}</Button>
        </div>
      )}
    </>
  )
}

/** `PAYMENT.CAPTURE.COMPLETED`, broken at its points where it has to be. */
const Kind = ({ kind }: { readonly kind: string }) => (
  <span className="wrap-anywhere">
    {kind.split(/(?<=[._])/).map((part, nth) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text stay where they are
      <Fragment key={nth}>
        {nth > 0 && <wbr />}
        {part}
      </Fragment>
    ))}
  </span>
)

/** The step that ended it, in words. */
const Why = ({ row }: { readonly row: MessageRow }) => {
  const { t } = useTranslation('paymentsInbox')
  if (row.ended === null) return row.payment === null ? '' : <span className="figure">{row.payment.slice(-12)}</span>
  return t(row.state === 'refused' ? 'failedAt' : 'endedAt', { step: t(`step.${row.ended}`) })
}
