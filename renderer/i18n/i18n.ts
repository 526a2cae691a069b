import i18n from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'
import type { Locale } from '#protocol/notices.ts'
import { ja } from './ja/index.ts'

export const startI18n = (): void => {
  void i18n.use(initReactI18next).init({
    lng: 'ja',
    fallbackLng: 'ja',
    ns: Object.keys(ja),
    defaultNS: 'common',
    resources: { ja },
    initAsync: false,
    interpolation: { escapeValue: false },
  })
}

/** English comes in a file of its own, so that the first paint does not carry it. */
export const changeLocale = async (locale: Locale): Promise<void> => {
  if (locale === 'en' && !i18n.hasResourceBundle('en', 'common')) {
    const { en } = await import('./en/index.ts')
    for (const [namespace, texts] of Object.entries(en)) i18n.addResourceBundle('en', namespace, texts)
  }
  // Every text on the screen is rendered anew at a change, also at one from Japanese to Japanese.
  if (i18n.language !== locale) await i18n.changeLanguage(locale)
  document.documentElement.lang = locale
}

/** The language on the screen. */
export const localeNow = (): Locale => (i18n.language === 'en' ? 'en' : 'ja')

/** As {@link localeNow}, anew when it changes. */
export const useLocale = (): Locale => {
  useTranslation()
  return localeNow()
}
