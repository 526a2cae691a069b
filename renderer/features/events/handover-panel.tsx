import { X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { HandoverRow } from '#protocol/events.ts'
import { backendNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { usePermitted } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { date, dateTime, hour } from '../../format/instant.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Field, TextArea, TextInput } from '../../ui/field.tsx'
import { ListBody } from '../../ui/states/list-body.tsx'

const dayShift = { from: 8, to: 20 } as const

const Form = () => {
  const { t } = useTranslation('events')
  const now = hour(backendNow())
  const kind = now >= dayShift.from && now < dayShift.to ? 'day' : 'night'
  const [shift, setShift] = useState(`${date(backendNow())} ${t(`handover.${kind}`)}`)
  const [text, setText] = useState('')
  const ready = shift.trim() !== '' && text.trim() !== ''
  const leave = async (): Promise<void> => {
    const sent = await submit('events.handOver', { shift: shift.trim(), text: text.trim() }, t('handover.done'))
    if (sent && sent.state !== 'refused') setText('')
  }
  return (
    <form
      className="flex flex-col gap-2 border-line border-b px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) void leave()
      }}
    >
      <Field label={t('handover.shift')}>
        {(ids) => (
          <TextInput {...ids} value={shift} maxLength={80} onChange={(event) => setShift(event.target.value)} />
        )}
      </Field>
      <Field label={t('handover.text')}>
        {(ids) => (
          <TextArea
            {...ids}
            rows={4}
            value={text}
            maxLength={4_000}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button look="primary" type="submit" disabled={!ready} className="self-end">
        {t('handover.leave')}
      </Button>
    </form>
  )
}

/** Notes from one shift to the next: read and leave. */
export const HandoverPanel = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation('events')
  const { t: common } = useTranslation()
  const permitted = usePermitted('events.handover')
  const list = useList<HandoverRow>('events.handovers', { limit: 100 })
  return (
    <aside
      aria-label={t('handover.title')}
      className="flex h-full w-94 shrink-0 flex-col border-line border-l bg-surface"
    >
      <header className="flex h-11 items-center gap-2 border-line border-b px-4">
        <h2 className="flex-1 font-bold">{t('handover.title')}</h2>
        <IconButton label={common('action.close')} onClick={onClose}>
          <X size={18} aria-hidden="true" />
        </IconButton>
      </header>
      {permitted && <Form />}
      <div className="min-h-0 flex-1 overflow-y-auto">
        <ListBody list={list} empty={t('handover.none')} emptyHint={t('handover.noneHint')}>
          {(rows) => (
            <ul className="divide-y divide-line">
              {rows.map((row) => (
                <li key={row.key} className="px-4 py-3">
                  <p className="font-bold">{row.shift}</p>
                  <p className="figure text-faint">
                    {row.by}　{dateTime(row.at)}
                  </p>
                  <p className="selectable mt-1 whitespace-pre-wrap break-words">{row.text}</p>
                </li>
              ))}
            </ul>
          )}
        </ListBody>
      </div>
    </aside>
  )
}
