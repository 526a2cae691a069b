import { Component, type ErrorInfo, type ReactNode } from 'react'
import { Failed } from '../ui/states/states.tsx'

interface BoundaryProps {
  readonly children: ReactNode
}

/** A page that throws while it renders leaves the shell standing and offers another try. */
export class PageBoundary extends Component<BoundaryProps, { readonly broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError(): { readonly broken: boolean } {
    return { broken: true }
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    // Main keeps the renderer's console in the local log; texts of data never come into an error of React's.
    console.error('page.broken', error.name, info.componentStack)
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children
    return (
      <Failed failure={{ code: 'internal.unexpected', params: {} }} onRetry={() => this.setState({ broken: false })} />
    )
  }
}
