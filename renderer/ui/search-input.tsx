import { Search, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.tsx'
import { TextInput } from './field.tsx'

interface SearchInputProps {
  readonly label: string
  readonly value: string
  readonly onSearch: (text: string) => void
}

const settleMs = 250

/**
 * Text to search for, told a moment after the last key. While an IME composes, nothing is searched: half-typed kana are
 * no query.
 */
export const SearchInput = ({ label, value, onSearch }: SearchInputProps) => {
  const { t } = useTranslation()
  const [text, setText] = useState(value)
  const [composing, setComposing] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const told = useRef(value)
  const tell = useRef(onSearch)
  tell.current = onSearch
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    if (composing || text === told.current) return
    const timer = setTimeout(() => {
      // Somebody has gone elsewhere meanwhile, and the page that comes keeps this one hidden until it is there.
      if (field.current?.checkVisibility?.() === false) return
      told.current = text
      tell.current(text)
    }, settleMs)
    return () => clearTimeout(timer)
  }, [text, composing])
  return (
    <div className="relative min-w-36 flex-1">
      <Search size={16} aria-hidden="true" className="pointer-events-none absolute top-2 left-2.5 text-faint" />
      <TextInput
        ref={field}
        data-search=""
        aria-label={label}
        placeholder={label}
        value={text}
        maxLength={200}
        className="pr-8 pl-8"
        onChange={(event) => setText(event.target.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !event.nativeEvent.isComposing) setText('')
        }}
      />
      {text !== '' && (
        <IconButton label={t('action.clearText')} className="absolute top-0 right-0" onClick={() => setText('')}>
          <X size={14} aria-hidden="true" />
        </IconButton>
      )}
    </div>
  )
}
