import { useTranslation } from 'react-i18next'
import type { EntryStanding } from '#protocol/bundle.ts'
import { Status, type Tone } from '../../ui/status.tsx'

export const standingTones: Readonly<Record<EntryStanding, Tone>> = {
  verified: 'ok',
  unconfirmed: 'warning',
  attention: 'warning',
  failed: 'bad',
}

export const StandingMark = ({ standing }: { readonly standing: EntryStanding }) => {
  const { t } = useTranslation('review')
  return <Status tone={standingTones[standing]}>{t(`standing.${standing}`)}</Status>
}
