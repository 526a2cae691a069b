import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { z } from 'zod'
import { checkout, expect, test } from './app.ts'
import { pick, Shell } from './pages/shell.ts'

/** How Chromium draws an empty field of a date and a time: its parts lie in a shadow tree that no selector reaches. */
async function dateField(page: Page): Promise<string> {
  await page.evaluate(() => {
    const field = document.body.appendChild(document.createElement('input'))
    field.type = 'datetime-local'
    field.id = 'probe'
  })
  const session = await page.context().newCDPSession(page)
  const { root } = await session.send('DOM.getDocument')
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: '#probe' })
  const { node } = await session.send('DOM.describeNode', { nodeId, depth: -1, pierce: true })
  await session.detach()
  return texts(node.shadowRoots ?? []).join('')
}

interface Node {
  readonly nodeValue: string
  readonly children?: readonly Node[]
}
const texts = (nodes: readonly Node[]): readonly string[] =>
  nodes.flatMap(({ nodeValue, children = [] }) => [nodeValue, ...texts(children)])

test('language and theme change at once and outlive a restart', async ({ launch, newProfile }) => {
  const profile = newProfile()
  const first = await launch({ profile })
  expect(await dateField(first.page)).toMatch(/^yyyy\/mm\/dd/)
  await new Shell(first.page).open('設定')
  await pick(first.page.getByRole('radio', { name: 'ライト' }))
  await expect(first.page.locator('html')).toHaveAttribute('data-theme', 'light')
  await pick(first.page.getByRole('radio', { name: 'English' }))
  await expect(first.page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  await first.quit()
  const second = await launch({ profile })
  await expect(second.page.locator('html')).toHaveAttribute('data-theme', 'light')
  await expect(second.page.getByRole('navigation', { name: 'Pages' })).toBeVisible()
  expect(await dateField(second.page)).toMatch(/^mm\/dd\/yyyy/)
})

test('情報 tells versions, that this build is unofficial where it is, and licences', async ({ libral: { page } }) => {
  await new Shell(page).open('情報')
  await expect(page.getByText('Electron', { exact: true })).toBeVisible()
  const build = z
    .object({ commit: z.string(), official: z.boolean() })
    .parse(JSON.parse(readFileSync(join(checkout, 'out/build.json'), 'utf8')))
  await expect(page.getByText(build.commit, { exact: true })).toBeVisible()
  await expect(page.getByText('非公式ビルド')).toHaveCount(build.official ? 0 : 1)
  await page.getByRole('textbox', { name: '名前で検索' }).fill('react-dom')
  await page.getByRole('button', { name: 'react-domのライセンス', exact: true }).click()
  await expect(page.getByRole('dialog')).toContainText('MIT')
})
