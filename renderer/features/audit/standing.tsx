import { useTranslation } from 'react-i18next'
import type { ReviewStanding } from '#protocol/review.ts'
import { Status, type Tone } from '../../ui/status.tsx'

export const standingTones: Readonly<Record<ReviewStanding, Tone>> = {
  verified: 'ok',
  unconfirmed: 'warning',
  attention: 'warning',
  failed: 'bad',
}

export const StandingMark = ({ standing }: { readonly standing: ReviewStanding }) => {
  const { t } = useTranslation('review')
  return <Status tone={standingTones[standing]}>{t(`standing.${standing}`)}</Status>
}
