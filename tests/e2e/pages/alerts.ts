import type { Locator, Page } from '@playwright/test'

/** アラート. */
export class AlertsPage {
  readonly page: Page
  readonly rules: Locator
  readonly alerts: Locator

  constructor(page: Page) {
    this.page = page
    this.rules = page.getByRole('table', { name: 'アラートルールの一覧' })
    this.alerts = page.getByRole('table', { name: 'アラートの一覧' })
  }

  part(name: 'アラート' | 'ルール'): Locator {
    return this.page.getByRole('radio', { name, exact: true })
  }

  rule(name: string): Locator {
    return this.rules.getByRole('row').filter({ hasText: name })
  }

  alert(name: string): Locator {
    return this.alerts.getByRole('row').filter({ hasText: name })
  }
}
