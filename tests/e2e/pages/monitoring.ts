import type { Locator, Page } from '@playwright/test'

/** 監視. */
export class MonitoringPage {
  readonly page: Page
  readonly modules: Locator

  constructor(page: Page) {
    this.page = page
    this.modules = page.getByRole('table', { name: 'モジュール' })
  }

  tile(name: string): Locator {
    return this.page.getByRole('article', { name, exact: true })
  }

  chart(name: string): Locator {
    return this.page.getByRole('img', { name, exact: true })
  }

  range(name: string): Locator {
    return this.page.getByRole('radio', { name, exact: true })
  }

  module(name: string): Locator {
    return this.modules.getByRole('row').filter({ hasText: name })
  }

  /** The row of a backend's process. */
  instance(name: string): Locator {
    return this.page
      .getByRole('table', { name: 'バックエンドのインスタンス' })
      .getByRole('row')
      .filter({ hasText: name })
  }

  panel(title: string): Locator {
    return this.page.getByRole('region', { name: title, exact: true })
  }

  action(module: string, action: string): Locator {
    return this.page.getByRole('button', { name: `${module}を${action}`, exact: true })
  }
}
