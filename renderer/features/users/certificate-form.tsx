import { FileBadge, KeyRound } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CertificateFacts, CertificateRow, PossessionProof } from '#protocol/certificates.ts'
import type { KeyEntry } from '#protocol/keys.ts'
import type { OperatorRow } from '#protocol/session.ts'
import { act } from '../../app/act.ts'
import { useList } from '../../app/collection.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { useDesktop } from '../../app/streams.ts'
import { sayFailure, submit } from '../../app/submit.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Field, Select, TextInput } from '../../ui/field.tsx'
import { useKeyring, useVault } from '../keys/use-keys.ts'
import { enrolsItself } from '../signing/key-guide.ts'
import { CertificateFactsList } from './certificate-facts.tsx'
import { compared } from './certificate-state.ts'

/** A certificate that was read, and what is known of its fingerprint already. */
interface Chosen {
  readonly facts: CertificateFacts
  /** Of one's own key, which proves itself; marked 確認済み in the keyring; or neither. */
  readonly from: 'own' | 'confirmed' | 'file'
}

interface FormProps {
  readonly onClose: () => void
}

/** Chooses a certificate, shows what it says, and registers it once its fingerprint was compared. */
export const CertificateForm = ({ onClose }: FormProps) => {
  const { t } = useTranslation('users')
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const choose = async (read: () => Promise<CertificateFacts>, from: Chosen['from']): Promise<void> => {
    try {
      setChosen({ facts: await read(), from })
    } catch (thrown) {
      const failure = failureIn(thrown)
      if (failure.code !== 'file.not-chosen') sayFailure(failure)
    }
  }
  if (chosen !== null) return <Registration chosen={chosen} onClose={onClose} />
  return (
    <Dialog open onClose={onClose} title={t('certificates.register')} description={t('certificates.registerText')}>
      <div className="flex flex-col gap-4">
        <Button
          icon={<FileBadge size={16} aria-hidden="true" />}
          onClick={() => void choose(() => desktop.certificates.readFile({}), 'file')}
        >
          {t('certificates.fromFile')}
        </Button>
        <FromKeyring
          onChoose={(entry, fingerprint, from) =>
            void choose(() => desktop.certificates.ofKey({ id: entry.id, fingerprint }), from)
          }
        />
      </div>
    </Dialog>
  )
}

const FromKeyring = ({
  onChoose,
}: {
  readonly onChoose: (entry: KeyEntry, fingerprint: string, from: Chosen['from']) => void
}) => {
  const { t } = useTranslation('users')
  const vault = useVault()
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-bold">{t('certificates.fromKeyring')}</h3>
      {vault?.state === 'unlocked' ? (
        <KeyringList onChoose={onChoose} />
      ) : (
        <p className="text-muted">{t('certificates.keyringLocked')}</p>
      )}
    </section>
  )
}

const KeyringList = ({
  onChoose,
}: {
  readonly onChoose: (entry: KeyEntry, fingerprint: string, from: Chosen['from']) => void
}) => {
  const { t } = useTranslation('users')
  const keyring = useKeyring()
  const usable = (keyring?.entries ?? []).filter(({ state }) => state === 'valid' || state === 'expiring')
  if (keyring !== null && usable.length === 0) return <p className="text-muted">{t('certificates.keyringEmpty')}</p>
  return (
    <ul className="flex max-h-56 flex-col gap-1 overflow-y-auto">
      {usable.flatMap((entry) =>
        entry.certificates.map(({ fingerprint, version, confirmedAt }) => (
          <li key={fingerprint}>
            <Button
              look="quiet"
              className="w-full justify-start"
              icon={<KeyRound size={14} aria-hidden="true" />}
              onClick={() =>
                onChoose(entry, fingerprint, entry.own ? 'own' : confirmedAt === null ? 'file' : 'confirmed')
              }
            >
              {entry.name}　v{version}　…{fingerprint.slice(-8).toUpperCase()}
            </Button>
          </li>
        )),
      )}
    </ul>
  )
}

const Registration = ({ chosen: { facts, from }, onClose }: FormProps & { readonly chosen: Chosen }) => {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const operators = useList<OperatorRow>('session.operators', { descending: false }).rows.filter(
    ({ disabled }) => !disabled,
  )
  const me = useDesktop((state) => state?.session?.operator)
  const first = useList<{ readonly key: string }>('session.first-certificate').rows.length === 0 ? 'none' : 'taken'
  const registered = useList<CertificateRow>('session.certificates', { sort: 'registeredAt' }).rows
  const [operator, setOperator] = useState('')
  const [pasted, setPasted] = useState('')
  const [seen, setSeen] = useState(false)
  const comparison = compared(pasted, facts.fingerprint)
  const agreed = comparison === 'same' || (comparison === 'empty' && (seen || from !== 'file'))
  const prove = async (): Promise<PossessionProof | null> =>
    from === 'own'
      ? desktop.certificates.prove({ fingerprint: facts.fingerprint, operator: operator as OperatorRow['operator'] })
      : null
  const register = async (): Promise<void> => {
    const proof = await act(async () => ({ value: await prove() }))
    if (proof === null) return
    onClose()
    const said = t('certificates.registered', { operator })
    const read = { ...facts, userIds: [...facts.userIds] }
    if (proof.value !== null && operator === me && enrolsItself(facts.fingerprint, me, first, registered))
      void submit('session.enrolCertificate', { ...read, proof: proof.value }, said)
    else void submit('session.registerCertificate', { ...read, operator, proof: proof.value }, said)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('certificates.register')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={operator === '' || !agreed} onClick={() => void register()}>
            {t('certificates.registerAction')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <CertificateFactsList facts={facts} />
        <Field label={t('certificates.owner')} hint={t('certificates.ownerHint')}>
          {(ids) => (
            <Select {...ids} value={operator} onChange={(event) => setOperator(event.target.value)}>
              <option value="">{t('certificates.choose')}</option>
              {operators.map((row) => (
                <option key={row.operator} value={row.operator}>
                  {row.name}（{row.operator}）
                </option>
              ))}
            </Select>
          )}
        </Field>
        {from !== 'file' ? (
          <p className="text-muted">{t(from === 'own' ? 'certificates.willProve' : 'certificates.known')}</p>
        ) : (
          <>
            <Field
              label={t('certificates.compare')}
              hint={comparison === 'same' ? t('certificates.same') : t('certificates.compareHint')}
              error={comparison === 'other' ? t('certificates.other') : null}
            >
              {(ids) => <TextInput {...ids} value={pasted} onChange={(event) => setPasted(event.target.value)} />}
            </Field>
            {comparison === 'empty' && (
              <Checkbox checked={seen} onChange={(event) => setSeen(event.target.checked)}>
                {t('certificates.seen')}
              </Checkbox>
            )}
          </>
        )}
      </div>
    </Dialog>
  )
}
