import 'i18next'
import type { ja } from './ja/index.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common'
    resources: typeof ja
  }
}
