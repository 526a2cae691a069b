import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Segmented } from '../../ui/segmented.tsx'
import { Loading } from '../../ui/states/states.tsx'
import { useKeyring } from '../keys/use-keys.ts'
import { EncryptPane } from './encrypt-pane.tsx'
import { JobList } from './job-list.tsx'
import { ReadPane } from './read-pane.tsx'
import { SignPane } from './sign-pane.tsx'

const modes = ['encrypt', 'sign', 'read'] as const
const things = ['text', 'files'] as const

/** メッセージ: text and files, sealed, signed and opened. Texts live in the parts below and go with them. */
export const MessagesTab = () => {
  const { t } = useTranslation('messages')
  const keyring = useKeyring()
  const [mode, setMode] = useState<(typeof modes)[number]>('encrypt')
  const [thing, setThing] = useState<(typeof things)[number]>('text')
  if (keyring === null) return <Loading rows={6} />
  return (
    <>
      <div className="flex flex-wrap gap-3">
        <Segmented
          label={t('modes')}
          value={mode}
          options={modes.map((value) => ({ value, label: t(`mode.${value}`) }))}
          onChange={setMode}
        />
        <Segmented
          label={t('things')}
          value={thing}
          options={things.map((value) => ({ value, label: t(`thing.${value}`) }))}
          onChange={setThing}
        />
      </div>
      {mode === 'encrypt' && <EncryptPane keyring={keyring} thing={thing} />}
      {mode === 'sign' && <SignPane key={thing} keyring={keyring} thing={thing} />}
      {mode === 'read' && <ReadPane thing={thing} />}
      <JobList />
    </>
  )
}
