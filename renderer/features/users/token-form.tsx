import { Copy } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { OperatorRow } from '#protocol/session.ts'
import { backendNow } from '../../app/clock.ts'
import { useList } from '../../app/collection.ts'
import { submit } from '../../app/submit.ts'
import { showToast } from '../../app/toasts.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { makeToken } from './token.ts'

const lives = [30, 90, 365] as const
const dayMs = 86_400_000

const Shown = ({ token, onClose }: { readonly token: string; readonly onClose: () => void }) => {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(token)
      showToast({ tone: 'ok', title: common('action.copied') })
    } catch {
      showToast({ tone: 'warning', title: t('tokens.copyByHand') })
    }
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('tokens.once')}
      description={t('tokens.onceText')}
      footer={
        <>
          <Button icon={<Copy size={16} aria-hidden="true" />} onClick={() => void copy()}>
            {common('action.copy')}
          </Button>
          <Button look="primary" onClick={onClose}>
            {t('tokens.kept')}
          </Button>
        </>
      }
    >
      <output className="selectable block break-all rounded-md border border-line-strong bg-canvas p-3 font-mono">
        {token}
      </output>
    </Dialog>
  )
}

/** Makes a token here and sends its digest; the token itself is shown once the log has taken it. */
export const TokenForm = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation('users')
  const { t: common } = useTranslation()
  const operators = useList<OperatorRow>('session.operators', { descending: false }).rows.filter(
    ({ disabled }) => !disabled,
  )
  const [operator, setOperator] = useState<string>('')
  const [label, setLabel] = useState('')
  const [days, setDays] = useState<number>(lives[1])
  const [token, setToken] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const chosen = operator === '' ? (operators[0]?.operator ?? '') : operator
  const issue = async (): Promise<void> => {
    setBusy(true)
    const made = await makeToken()
    const expiresAt = Math.floor(backendNow() + days * dayMs)
    const sent = await submit('session.issueToken', {
      digest: made.digest,
      operator: chosen,
      label: label.trim(),
      expiresAt,
    })
    setBusy(false)
    if (sent?.state === 'accepted' || sent?.state === 'queued') setToken(made.token)
  }
  if (token !== null) return <Shown token={token} onClose={onClose} />
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('tokens.issue')}
      description={t('tokens.issueText')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" disabled={busy || label.trim() === '' || chosen === ''} onClick={() => void issue()}>
            {t('tokens.issueAction')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={t('tokens.operator')}>
          {(ids) => (
            <Select {...ids} value={chosen} onChange={(event) => setOperator(event.target.value)}>
              {operators.map((row) => (
                <option key={row.operator} value={row.operator}>
                  {row.name}（{row.operator}）
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('tokens.label')} hint={t('tokens.labelHint')}>
          {(ids) => (
            <TextInput {...ids} value={label} maxLength={80} onChange={(event) => setLabel(event.target.value)} />
          )}
        </Field>
        <Field label={t('tokens.life')}>
          {(ids) => (
            <Select {...ids} value={days} onChange={(event) => setDays(Number(event.target.value))}>
              {lives.map((life) => (
                <option key={life} value={life}>
                  {t('tokens.days', { count: life })}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
    </Dialog>
  )
}
