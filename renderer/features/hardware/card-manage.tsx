import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Card } from '#protocol/hardware.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Popover } from '../../ui/popover.tsx'

/** PINs, the way out of a blocked one, and the way back to the factory. Each PIN is asked in the vault's window. */
export const CardManage = ({ card }: { readonly card: Card }) => {
  const { t } = useTranslation('hardware')
  const [open, setOpen] = useState(false)
  const { number: of, tries } = card
  const run = (work: () => Promise<unknown>, done: string) => () => {
    setOpen(false)
    void act(work, () => done)
  }
  const { changePin, setResetCode, unblockPin, resetCard } = desktop.hardware
  return (
    <Popover
      label={t('card.manage')}
      open={open}
      onOpenChange={setOpen}
      align="end"
      trigger={<Button>{t('card.manage')}</Button>}
    >
      <div className="flex flex-col gap-1">
        <Button look="quiet" onClick={run(() => changePin({ card: of, which: 'pin' }), t('done.pin'))}>
          {t('card.changePin')}
        </Button>
        <Button look="quiet" onClick={run(() => changePin({ card: of, which: 'admin-pin' }), t('done.adminPin'))}>
          {t('card.changeAdminPin')}
        </Button>
        <Button look="quiet" onClick={run(() => setResetCode({ card: of }), t('done.resetCode'))}>
          {t('card.setResetCode')}
        </Button>
        {tries.resetCode > 0 && (
          <Button look="quiet" onClick={run(() => unblockPin({ card: of, by: 'reset-code' }), t('done.unblocked'))}>
            {t('card.unblockCode')}
          </Button>
        )}
        <Button look="quiet" onClick={run(() => unblockPin({ card: of, by: 'admin-pin' }), t('done.unblocked'))}>
          {t('card.unblockAdmin')}
        </Button>
        <Button look="quiet" onClick={run(() => resetCard({ card: of }), t('done.reset'))}>
          {t('card.reset')}
        </Button>
      </div>
    </Popover>
  )
}
