import { FileDown, KeyRound } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CertificateRow } from '#protocol/certificates.ts'
import { operatorIdSchema } from '#protocol/ids.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { useList } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { useLive } from '../../app/live.ts'
import { useDesktop, usePermitted } from '../../app/streams.ts'
import { commandTitle, submit } from '../../app/submit.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { Status } from '../../ui/status.tsx'
import { useKeyring, useVault } from '../keys/use-keys.ts'
import { enrolsItself, keyGuide, usableOwn, type WaitingCommand } from './key-guide.ts'

/** From no key to a registered one in three steps, and on with what was begun. */
export const KeyGuide = () => {
  const waiting = useLive(keyGuide)
  return waiting === null ? null : <Guide waiting={waiting} />
}

const Guide = ({ waiting }: { readonly waiting: WaitingCommand }) => {
  const { t } = useTranslation('signing')
  const { t: common } = useTranslation()
  const vault = useVault()
  const operator = useDesktop((state) => state?.session?.operator)
  const registered = useList<CertificateRow>('session.certificates', { sort: 'registeredAt' }).rows
  const open = vault?.state === 'unlocked'
  const ready = registered.some((row) => row.operator === operator && row.state === 'valid')
  const onClose = (): void => waiting.settle('never')
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('guide.title')}
      description={t('guide.text', { command: commandTitle(waiting.command) })}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={!ready} onClick={() => waiting.settle('again')}>
            {t('guide.goOn', { command: commandTitle(waiting.command) })}
          </Button>
        </>
      }
    >
      <ol className="flex flex-col gap-3">
        <Step title={t('guide.vault')} done={open}>
          {vault?.state === 'absent' ? (
            <Button onClick={() => void act(() => desktop.keys.setUp({}))}>{t('guide.setUp')}</Button>
          ) : (
            <Button onClick={() => void act(() => desktop.keys.unlock({}))}>{t('guide.unlock')}</Button>
          )}
        </Step>
        {open ? (
          <KeySteps ready={ready} />
        ) : (
          <>
            <Step title={t('guide.key')} done={false} />
            <Step title={t('guide.register')} done={ready} />
          </>
        )}
      </ol>
    </Dialog>
  )
}

const KeySteps = ({ ready }: { readonly ready: boolean }) => {
  const { t } = useTranslation('signing')
  const keyring = useKeyring()
  const own = usableOwn(keyring?.entries ?? [])
  const [chosen, setChosen] = useState('')
  const entry = own.find(({ id }) => id === chosen) ?? own[0]
  return (
    <>
      <Step title={t('guide.key')} done={ready || own.length === 1}>
        {keyring !== null && own.length === 0 && <MakeKey />}
        {own.length > 1 && entry !== undefined && (
          <Field label={t('guide.choose')}>
            {(ids) => (
              <Select {...ids} value={entry.id} onChange={(event) => setChosen(event.target.value)}>
                {own.map(({ id, name, email }) => (
                  <option key={id} value={id}>
                    {[name, email].filter(Boolean).join('　')}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
      </Step>
      <Step title={t('guide.register')} done={ready}>
        {entry !== undefined && <Register entry={entry} />}
      </Step>
    </>
  )
}

const MakeKey = () => {
  const { t } = useTranslation('signing')
  const known = useDesktop((state) => state?.session?.name)
  const [name, setName] = useState(known ?? '')
  const [busy, setBusy] = useState(false)
  const make = async (): Promise<void> => {
    setBusy(true)
    await act(() =>
      desktop.keys.create({ name: name.trim(), email: '', curve: '25519', companion: true, days: keyDays }),
    )
    setBusy(false)
  }
  return (
    <div className="flex items-end gap-2">
      <div className="flex-1">
        <Field label={t('guide.name')}>
          {(ids) => <TextInput {...ids} value={name} maxLength={120} onChange={(it) => setName(it.target.value)} />}
        </Field>
      </div>
      <Button
        icon={<KeyRound size={16} aria-hidden="true" />}
        disabled={busy || name.trim() === ''}
        onClick={() => void make()}
      >
        {t('guide.make')}
      </Button>
    </div>
  )
}

/** As 鍵 proposes for a new one. */
const keyDays = 730

const Register = ({ entry }: { readonly entry: KeyEntry }) => {
  const { t } = useTranslation('signing')
  const me = useDesktop((state) => state?.session?.operator)
  const administers = usePermitted('session.administer')
  const firsts = useList<{ readonly key: string }>('session.first-certificate').rows
  const registered = useList<CertificateRow>('session.certificates', { sort: 'registeredAt' }).rows
  const [newest] = entry.certificates
  if (newest === undefined || me === undefined) return null
  const { fingerprint } = newest
  const alone = administers && enrolsItself(fingerprint, me, firsts.length === 0 ? 'none' : 'taken', registered)
  const enrol = async (): Promise<void> => {
    const read = await act(async () => {
      const facts = await desktop.certificates.ofKey({ id: entry.id, fingerprint })
      const proof = await desktop.certificates.prove({ fingerprint, operator: operatorIdSchema.parse(me) })
      return { ...facts, userIds: [...facts.userIds], proof }
    })
    if (read !== null) await submit('session.enrolCertificate', read, t('guide.registered'))
  }
  const save = (): void =>
    void act(() => desktop.keys.exportFile({ id: entry.id, fingerprint, what: 'certificate', armored: true }))
  return alone ? (
    <Button onClick={() => void enrol()}>{t('guide.enrol')}</Button>
  ) : (
    <div className="flex flex-col items-start gap-2">
      <p className="text-muted">{t('guide.ask')}</p>
      <Button icon={<FileDown size={16} aria-hidden="true" />} onClick={save}>
        {t('guide.save')}
      </Button>
    </div>
  )
}

const Step = ({
  title,
  done,
  children,
}: {
  readonly title: string
  readonly done: boolean
  readonly children?: ReactNode
}) => {
  const { t } = useTranslation('signing')
  return (
    <li className="rounded-lg border border-line px-3 py-2.5">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-bold">{title}</h3>
        <Status tone={done ? 'ok' : 'off'}>{t(done ? 'guide.done' : 'guide.todo')}</Status>
      </div>
      {!done && children !== undefined && <div className="mt-2">{children}</div>}
    </li>
  )
}
