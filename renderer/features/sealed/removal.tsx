import { useTranslation } from 'react-i18next'
import type { Coverage, OpeningRow } from '#protocol/sealed.ts'
import { useList } from '../../app/collection.ts'
import { submit } from '../../app/submit.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { paper } from './class-state.ts'

interface RemovalProps {
  readonly coverage: Coverage
  readonly custodian: Coverage['custodians'][number]
  readonly onClose: () => void
}

/** Removing a custodian: says plainly what they may still have. */
export const Removal = ({ coverage, custodian: { custodian, subjects }, onClose }: RemovalProps) => {
  const { t } = useTranslation('sealed')
  const isPaper = custodian === paper
  const name = isPaper ? t('paper') : custodian
  const openings = useList<OpeningRow>('sealed.openings', { sort: 'at' }).rows
  const theirs = openings.filter(
    ({ operator, class: sealClass }) => operator === custodian && sealClass === coverage.class,
  )
  const opened = new Set(theirs.map(({ subject }) => subject)).size
  return (
    <Confirm
      open
      title={t('removeTitle')}
      description={t('removeText')}
      action={t('removeAction')}
      onCancel={onClose}
      onConfirm={() => {
        onClose()
        void submit('sealed.removeCustodian', { class: coverage.class, custodian }, t('removed', { custodian: name }))
      }}
    >
      <p className="rounded-md bg-raised px-3 py-2 font-bold">
        {name}
        <span className="block font-normal text-muted">{t(`class.${coverage.class}`)}</span>
      </p>
      <ul className="mt-3 flex list-disc flex-col gap-1 pl-5 text-muted">
        <li>{t('removeFuture')}</li>
        <li>{isPaper ? t('removeKeepsPaper', { count: subjects }) : t('removeKeeps', { count: opened })}</li>
        <li>{t('removeCopies')}</li>
      </ul>
    </Confirm>
  )
}
