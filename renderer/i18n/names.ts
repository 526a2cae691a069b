import { useTranslation } from 'react-i18next'
import type { ja } from './ja/index.ts'

type KnownModule = keyof typeof ja.common.module

/** Names modules; one that this build does not know keeps its own name. */
export const useModuleName = (): ((module: string) => string) => {
  const { t } = useTranslation()
  return (module) => t(`module.${module as KnownModule}`, { defaultValue: module })
}

const servicePrefix = 'service:'
/** Whether a part of the backend acted, and no person. */
export const isService = (actor: string): boolean => actor.startsWith(servicePrefix)

/** Names who acted: a person by id, a part of the backend by its module. */
export const useActorName = (): ((actor: string) => string) => {
  const { t } = useTranslation()
  const moduleName = useModuleName()
  return (actor) =>
    isService(actor) ? t('automatic', { module: moduleName(actor.slice(servicePrefix.length)) }) : actor
}
