import { fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startI18n } from '../i18n/i18n.ts'
import { SearchInput } from './search-input.tsx'

beforeEach(() => {
  startI18n()
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

it('searches a moment after the last key, once', () => {
  const onSearch = vi.fn()
  render(<SearchInput label="検索" value="" onSearch={onSearch} />)
  const input = screen.getByRole('textbox')
  fireEvent.change(input, { target: { value: 'di' } })
  vi.advanceTimersByTime(200)
  fireEvent.change(input, { target: { value: 'disk' } })
  vi.advanceTimersByTime(1_000)
  expect(onSearch.mock.calls).toEqual([['disk']])
})

it('searches nothing while an IME composes', () => {
  const onSearch = vi.fn()
  render(<SearchInput label="検索する" value="" onSearch={onSearch} />)
  const input = screen.getByRole('textbox', { name: '検索する' })
  fireEvent.compositionStart(input)
  fireEvent.change(input, { target: { value: 'けっさい' } })
  vi.advanceTimersByTime(2_000)
  expect(onSearch).not.toHaveBeenCalled()
  fireEvent.change(input, { target: { value: '決済' } })
  fireEvent.compositionEnd(input)
  vi.advanceTimersByTime(1_000)
  expect(onSearch.mock.calls).toEqual([['決済']])
})
