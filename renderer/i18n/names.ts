import { useTranslation } from 'react-i18next'
import type { ja } from './ja/index.ts'

type KnownModule = keyof typeof ja.common.module

/** Names modules; one that this build does not know keeps its own name. */
export const useModuleName = (): ((module: string) => string) => {
  const { t } = useTranslation()
  return (module) => t(`module.${module as KnownModule}`, { defaultValue: module })
}
