import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CertificateFacts, CertificateRow } from '#protocol/certificates.ts'
import { type SealClass, sealClasses } from '#protocol/sealed-value.ts'
import { useNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { useDesktop } from '../../app/streams.ts'
import { sayFailure, submit } from '../../app/submit.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { grouped } from '../keys/key-text.ts'

const isIndex = (text: string): boolean => /^[0-9]{1,15}$/.test(text)

interface Receiver {
  readonly operator: string | null
  readonly fingerprint: string
  readonly certificate: string | null
  readonly name: string
}

const fromFacts = ({ fingerprint, certificate, userIds }: CertificateFacts): Receiver => ({
  ...{ operator: null, fingerprint, certificate },
  name: userIds[0] ?? '',
})

/** Says which keys go to whom and why. It is signed in the vault's window; the file is written once it is recorded. */
export const HandOverForm = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation('sealed')
  const { t: common } = useTranslation()
  const [sealClass, setClass] = useState<SealClass>('personal')
  const [from, setFrom] = useState('0')
  const [last, setLast] = useState('')
  const [reason, setReason] = useState('')
  const [receiver, setReceiver] = useState<Receiver | null>(null)
  const fits = isIndex(from) && isIndex(last) && Number(last) >= Number(from)
  const ready = fits && receiver !== null && reason.trim() !== ''
  const send = (): void => {
    if (!ready) return
    onClose()
    const { operator, fingerprint, certificate } = receiver
    // A person counts both ends in; the protocol leaves the end out.
    const range = { class: sealClass, from: Number(from), to: Number(last) + 1 }
    const params = { ...range, operator, fingerprint, certificate, reason: reason.trim() }
    void submit('sealed.handOver', params, t('handOvers.recorded'))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('handOvers.give')}
      description={t('handOvers.giveText')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={!ready} onClick={send}>
            {t('handOvers.giveAction')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t('handOvers.class')}>
          {(ids) => (
            <Select {...ids} value={sealClass} onChange={({ target }) => setClass(target.value as SealClass)}>
              {sealClasses.map((it) => (
                <option key={it} value={it}>
                  {t(`class.${it}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <div className="flex flex-wrap items-start gap-4">
          <Field label={t('handOvers.from')}>
            {(ids) => (
              <TextInput
                {...ids}
                className="w-36"
                inputMode="numeric"
                value={from}
                onChange={({ target }) => setFrom(target.value)}
              />
            )}
          </Field>
          <Field
            label={t('handOvers.last')}
            hint={t('handOvers.rangeHint')}
            error={fits || last === '' ? null : t('handOvers.rangeWrong')}
          >
            {(ids) => (
              <TextInput
                {...ids}
                className="w-36"
                inputMode="numeric"
                value={last}
                onChange={({ target }) => setLast(target.value)}
              />
            )}
          </Field>
        </div>
        <ReceiverField receiver={receiver} onChange={setReceiver} />
        <Field label={t('reason')}>
          {(ids) => (
            <TextInput {...ids} maxLength={200} value={reason} onChange={({ target }) => setReason(target.value)} />
          )}
        </Field>
        <p className="text-muted">{t('handOvers.effect')}</p>
      </div>
    </Dialog>
  )
}

interface ReceiverProps {
  readonly receiver: Receiver | null
  readonly onChange: (receiver: Receiver | null) => void
}

/** A registered certificate of somebody else, or one out of a file. */
const ReceiverField = ({ receiver, onChange }: ReceiverProps) => {
  const { t } = useTranslation('sealed')
  const now = useNow()
  const me = useDesktop((state) => state?.session?.operator ?? null)
  const usable = useList<CertificateRow>('session.certificates', { sort: 'registeredAt' }).rows.filter(
    ({ state, encrypts, expiresAt, operator }) =>
      state === 'valid' && encrypts && (expiresAt === null || expiresAt > now) && operator !== me,
  )
  const choose = (fingerprint: string): void => {
    const found = usable.find((it) => it.fingerprint === fingerprint)
    onChange(found ? { operator: found.operator, fingerprint, certificate: null, name: found.operator } : null)
  }
  const fromFile = async (): Promise<void> => {
    try {
      onChange(fromFacts(await desktop.certificates.readFile({})))
    } catch (thrown) {
      const failure = failureIn(thrown)
      if (failure.code !== 'file.not-chosen') sayFailure(failure)
    }
  }
  const outside = receiver !== null && receiver.operator === null
  return (
    <>
      <Field label={t('handOvers.receiver')} hint={t('handOvers.receiverHint')}>
        {(ids) => (
          <Select
            {...ids}
            value={outside ? 'outside' : (receiver?.fingerprint ?? '')}
            onChange={({ target }) => choose(target.value)}
          >
            <option value="">{t('choose')}</option>
            {usable.map(({ fingerprint, operator, version }) => (
              <option key={fingerprint} value={fingerprint}>
                {operator}　v{version}　…{grouped(fingerprint.slice(-16))}
              </option>
            ))}
            {outside && <option value="outside">{t('handOvers.outside', { name: receiver.name })}</option>}
          </Select>
        )}
      </Field>
      <div>
        <Button small onClick={() => void fromFile()}>
          {t('handOvers.fromFile')}
        </Button>
      </div>
      {receiver !== null && (
        <p className="selectable font-mono break-words text-muted">{grouped(receiver.fingerprint)}</p>
      )}
    </>
  )
}
