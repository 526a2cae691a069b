import i18n from 'i18next'

export const sayKeys = (key: 'extended' | 'rotated' | 'removed' | 'revoked' | 'copied') => () => i18n.t(`keys:${key}`)
