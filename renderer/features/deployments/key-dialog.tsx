import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { KnownDeployment, OperatorKey } from '#protocol/deployments.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { OperatorKeyFields, operatorKeyOf } from './operator-key-fields.tsx'

interface KeyDialogProps {
  readonly known: KnownDeployment
  readonly onClose: () => void
  readonly onChosen: (key: OperatorKey) => void
}

/** Signs in by an OpenPGP key from now on. */
export const KeyDialog = ({ known, onClose, onChosen }: KeyDialogProps) => {
  const { t } = useTranslation('deployments')
  const { t: common } = useTranslation()
  const [wish, setWish] = useState({
    operator: known.operatorKey?.operator ?? '',
    fingerprint: known.operatorKey?.fingerprint ?? '',
  })
  const [tried, setTried] = useState(false)
  const choose = (): void => {
    setTried(true)
    const key = operatorKeyOf(wish)
    if (key === null) return
    onClose()
    onChosen(key)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('key.title')}
      description={t('key.text')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={choose}>
            {t('key.signIn')}
          </Button>
        </>
      }
    >
      <OperatorKeyFields value={wish} onChange={setWish} tried={tried} />
    </Dialog>
  )
}
