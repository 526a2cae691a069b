import { fireEvent, render, screen } from '@testing-library/react'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { expect, it } from 'vitest'
import { Tabs } from './tabs.tsx'

const Two = () => {
  const [tab, setTab] = useState<'one' | 'two'>('one')
  const tabs = (['one', 'two'] as const).map((value) => ({ value, label: `tab ${value}`, icon: KeyRound }))
  return (
    <Tabs label="parts" value={tab} tabs={tabs} onChange={setTab}>
      content of {tab}
    </Tabs>
  )
}

it('shows the content of the tab that an arrow key leads to', async () => {
  render(<Two />)
  expect(screen.getByRole('tabpanel', { name: 'tab one' }).textContent).toBe('content of one')
  const one = screen.getByRole('tab', { name: 'tab one' })
  one.focus()
  fireEvent.keyDown(one, { key: 'ArrowRight' })
  const two = screen.getByRole('tab', { name: 'tab two' })
  await expect.poll(() => document.activeElement).toBe(two)
  expect(screen.getByRole('tabpanel', { name: 'tab two' }).textContent).toBe('content of two')
})
