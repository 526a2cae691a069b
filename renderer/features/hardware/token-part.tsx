import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Token, TokenKey } from '#protocol/hardware.ts'
import { tokenAlgorithms, tokenEncryptions } from '#protocol/hardware-algorithms.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Status, type Tone } from '../../ui/status.tsx'
import { PersonDialog } from './person-dialog.tsx'

interface TokenPartProps {
  readonly module: string
  readonly token: Token
}

const pinTones = { good: 'ok', few: 'warning', last: 'bad', blocked: 'bad' } as const satisfies Record<string, Tone>

/** One token: its state, and after a login its keys. */
export const TokenPart = ({ module, token }: TokenPartProps) => {
  const { t } = useTranslation('hardware')
  const [form, setForm] = useState<'make' | 'take' | null>(null)
  const named = { module, token: { serial: token.serial, label: token.label } }
  const signers = token.keys?.filter(({ signs, entry }) => signs && entry === null) ?? []
  return (
    <div className="border-line border-t">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2">
        <div className="min-w-0 flex-1">
          <p className="font-bold">{token.label || '—'}</p>
          <p className="text-faint">
            {[token.manufacturer, token.model, `${t('hsm.serial')} ${token.serial || '—'}`].filter(Boolean).join('　')}
          </p>
        </div>
        {!token.initialized ? (
          <p className="text-muted">{t('hsm.uninitialised')}</p>
        ) : token.pin === 'blocked' ? (
          <Status tone="bad">{t('hsm.pinBlocked')}</Status>
        ) : (
          <>
            <Status tone={pinTones[token.pin]}>
              {token.keys === null ? t(`hsm.pin.${token.pin}`) : t('hsm.loggedIn')}
            </Status>
            {token.keys === null && (
              <Button look="primary" onClick={() => void act(() => desktop.hardware.login(named))}>
                {t('hsm.login')}
              </Button>
            )}
            {signers.length > 0 && <Button onClick={() => setForm('take')}>{t('hsm.take')}</Button>}
            <Button onClick={() => setForm('make')}>{t('hsm.make')}</Button>
          </>
        )}
      </div>
      {token.keys !== null && <TokenKeys keys={token.keys} />}
      {form === 'make' && (
        <PersonDialog
          title={t('form.makeOnToken')}
          hint={t('form.makeOnTokenHint')}
          choices={[
            {
              id: 'sign',
              label: t('form.sign'),
              options: signOptions.map((it) => ({ value: it, label: t(`algorithm.${it}`) })),
            },
            {
              id: 'encrypt',
              label: t('form.encrypt'),
              options: encryptOptions.map((it) => ({ value: it, label: t(`algorithm.${it}`) })),
            },
          ]}
          onClose={() => setForm(null)}
          onSubmit={(person, { sign, encrypt }) =>
            desktop.hardware.makeOnToken({
              ...person,
              ...named,
              sign: sign as (typeof signOptions)[number],
              encrypt: encrypt as (typeof encryptOptions)[number],
            })
          }
        />
      )}
      {form === 'take' && token.keys !== null && (
        <TakeDialog named={named} keys={token.keys} signers={signers} onClose={() => setForm(null)} />
      )}
    </div>
  )
}

/** What most devices offer stands first. */
const signOptions = tokenAlgorithms.toSorted((a, b) => Number(b === 'nistp256') - Number(a === 'nistp256'))
const encryptOptions = tokenEncryptions.toSorted((a, b) => Number(b === 'nistp256') - Number(a === 'nistp256'))

interface TakeDialogProps {
  readonly named: Pick<Parameters<typeof desktop.hardware.takeToken>[0], 'module' | 'token'>
  readonly keys: readonly TokenKey[]
  readonly signers: readonly TokenKey[]
  readonly onClose: () => void
}

const TakeDialog = ({ named, keys, signers, onClose }: TakeDialogProps) => {
  const { t } = useTranslation('hardware')
  const option = ({ id, label, algorithm }: TokenKey) => ({
    value: id,
    label: `${label || id.slice(0, 8)}（${algorithm}）`,
  })
  const readers = keys.filter(({ decrypts, entry }) => decrypts && entry === null)
  return (
    <PersonDialog
      title={t('form.takeToken')}
      hint={t('form.takeTokenHint')}
      choices={[
        { id: 'sign', label: t('form.sign'), options: signers.map(option) },
        {
          id: 'encrypt',
          label: t('form.encrypt'),
          options: [...readers.map(option), { value: '', label: t('form.none') }],
        },
      ]}
      onClose={onClose}
      onSubmit={(person, { sign = '', encrypt = '' }) =>
        desktop.hardware.takeToken({ ...person, ...named, sign, encrypt: encrypt === '' ? null : encrypt })
      }
    />
  )
}

const TokenKeys = ({ keys }: { readonly keys: readonly TokenKey[] }) => {
  const { t } = useTranslation('hardware')
  if (keys.length === 0) return <p className="px-4 pb-3 text-muted">{t('hsm.noKeys')}</p>
  const columns: readonly Column<TokenKey>[] = [
    { id: 'label', title: t('hsm.column.label'), cell: ({ label, id }) => label || id.slice(0, 8) },
    { id: 'algorithm', title: t('hsm.column.algorithm'), cell: ({ algorithm }) => algorithm },
    {
      id: 'uses',
      title: t('hsm.column.uses'),
      cell: ({ signs, decrypts }) =>
        [signs && t('hsm.signs'), decrypts && t('hsm.decrypts')].filter((it) => it !== false).join(', '),
    },
    {
      id: 'entry',
      title: t('hsm.column.entry'),
      cell: ({ entry }) =>
        entry === null ? (
          <span className="text-faint">{t('card.notTaken')}</span>
        ) : (
          <Status tone="ok">{entry.name}</Status>
        ),
    },
  ]
  return <DataTable label={t('hsm.keys')} columns={columns} rows={keys} rowKey={({ id }) => id} />
}
